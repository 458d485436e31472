//! The fields of an import, and how to guess which column contains which: by its name, ignoring case, spaces and
//! underscores. The names are those of the platforms' exports and APIs. Pure.

use shared::text_enum;

use std::collections::BTreeMap;

text_enum! {
    /// The platform that a file comes from.
    Source { Rewardful, FirstPromoter, Tapfiliate, PartnerStack, Tolt, Dub, Csv }
}

impl Source {
    pub const ALL: [Self; 7] =
        [Self::Rewardful, Self::FirstPromoter, Self::Tapfiliate, Self::PartnerStack, Self::Tolt, Self::Dub, Self::Csv];

    /// The name shown to people.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Csv => "Another platform (any CSV)",
            named => named.as_str(),
        }
    }

    /// The name in a note about an affiliate.
    pub const fn place(self) -> &'static str {
        match self {
            Self::Csv => "another platform",
            named => named.as_str(),
        }
    }
}

text_enum! {
    /// The kind of the file's rows.
    Kind { Affiliates, Customers }
}

text_enum! {
    /// The field that a column contains.
    Field {
        Email,
        Name,
        FirstName,
        LastName,
        Slug,
        Coupon,
        PayPal,
        Status,
        Country,
        Since,
        CustomerId,
        CustomerEmail,
        AffiliateEmail,
        AffiliateSlug,
    }
}

/// The column of each field.
pub type Mapping = BTreeMap<String, usize>;

impl Kind {
    pub const ALL: [Self; 2] = [Self::Affiliates, Self::Customers];

    /// Returns the fields that a row of this kind may have.
    pub const fn fields(self) -> &'static [Field] {
        match self {
            Self::Affiliates => &[
                Field::Email,
                Field::Name,
                Field::FirstName,
                Field::LastName,
                Field::Slug,
                Field::Coupon,
                Field::PayPal,
                Field::Status,
                Field::Country,
                Field::Since,
            ],
            Self::Customers => {
                &[Field::CustomerId, Field::CustomerEmail, Field::AffiliateEmail, Field::AffiliateSlug, Field::Since]
            }
        }
    }

    /// Returns what is missing in a mapping, in words.
    pub fn missing(self, mapping: &Mapping) -> Option<&'static str> {
        let has = |field: Field| mapping.contains_key(field.as_str());
        match self {
            Self::Affiliates if !has(Field::Email) => Some("Choose the column with affiliate emails."),
            Self::Customers if !has(Field::CustomerId) && !has(Field::CustomerEmail) => {
                Some("Choose the column with customer IDs or customer emails.")
            }
            Self::Customers if !has(Field::AffiliateEmail) && !has(Field::AffiliateSlug) => {
                Some("Choose the column with each customer's affiliate: their email or link name.")
            }
            _ => None,
        }
    }
}

impl Field {
    pub const fn title(self) -> &'static str {
        match self {
            Self::Email => "Email",
            Self::Name => "Name",
            Self::FirstName => "First name",
            Self::LastName => "Last name",
            Self::Slug => "Link name, slug or token",
            Self::Coupon => "Coupon code",
            Self::PayPal => "PayPal address",
            Self::Status => "Status",
            Self::Country => "Country",
            Self::Since => "Since",
            Self::CustomerId => "Customer ID",
            Self::CustomerEmail => "Customer email",
            Self::AffiliateEmail => "Affiliate email",
            Self::AffiliateSlug => "Affiliate link name, slug or token",
        }
    }

    pub const fn hint(self) -> &'static str {
        match self {
            Self::Slug => "We keep these so old links keep working. Full links work too.",
            Self::Status => "Active affiliates become approved and waiting ones become pending. Others are skipped.",
            Self::CustomerId => "The ID from your gateway or backend. Stripe IDs start with cus_.",
            _ => "",
        }
    }

    /// Returns column names, without case and punctuation, the likeliest first.
    const fn names(self) -> &'static [&'static str] {
        match self {
            Self::Email => &[
                "email",
                "emailaddress",
                "affiliateemail",
                "partneremail",
                "promoteremail",
                "mail",
                "contactemail",
                "useremail",
            ],
            Self::Name => &[
                "name",
                "fullname",
                "affiliatename",
                "partnername",
                "promotername",
                "displayname",
                "affiliate",
                "partner",
            ],
            Self::FirstName => {
                &["firstname", "affiliatefirstname", "partnerfirstname", "profilefirstname", "givenname", "first"]
            }
            Self::LastName => &[
                "lastname",
                "affiliatelastname",
                "partnerlastname",
                "profilelastname",
                "familyname",
                "surname",
                "last",
            ],
            Self::Slug => &[
                "token",
                "slug",
                "refid",
                "custref",
                "defaultrefid",
                "referralcode",
                "linktoken",
                "linkslug",
                "via",
                "trackingparameter",
                "linkvalue",
                "param",
                "referralid",
                "affiliatecode",
                "linkkey",
                "partnerkey",
                "key",
                "link",
                "referrallink",
                "affiliatelink",
                "links",
                "url",
                "code",
            ],
            Self::Coupon => &["coupon", "couponcode", "promocode", "promotioncode", "discountcode", "coupons"],
            Self::PayPal => &["paypalemail", "affiliatepaypalemail", "profilepaypalemail", "paypal", "paypaladdress"],
            Self::Status => &["status", "state", "affiliatestatus", "approved"],
            Self::Country => &["country", "countrycode", "addresscountry", "profilecountry", "addresscountrycode"],
            Self::Since => &[
                "since",
                "becamecustomerat",
                "becameconversionat",
                "convertedat",
                "customersince",
                "createdat",
                "created",
                "joinedat",
                "datejoined",
                "joined",
                "signedupat",
                "signupdate",
                "referredat",
                "date",
            ],
            Self::CustomerId => &[
                "stripecustomerid",
                "customerid",
                "customerexternalid",
                "externalid",
                "providerkey",
                "customerkey",
                "importedid",
                "custid",
                "leaduid",
                "uid",
                "customer",
                "userid",
                "id",
            ],
            Self::CustomerEmail => {
                &["customeremail", "leademail", "referralemail", "referredemail", "email", "useremail"]
            }
            Self::AffiliateEmail => &[
                "affiliateemail",
                "partneremail",
                "promoteremail",
                "referreremail",
                "referredbyemail",
                "affiliateemailaddress",
            ],
            Self::AffiliateSlug => &[
                "affiliatetoken",
                "affiliateslug",
                "token",
                "slug",
                "via",
                "refid",
                "referralcode",
                "affiliatecode",
                "partnerkey",
                "partnershipkey",
                "link",
                "affiliate",
                "promoter",
                "partner",
            ],
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Guesses the mapping from the heading; each column contains one field.
pub fn guess(kind: Kind, head: &[String]) -> Mapping {
    let head: Vec<String> = head.iter().map(|name| plain(name)).collect();
    let mut mapping = Mapping::new();
    let mut taken = vec![false; head.len()];
    for field in kind.fields() {
        let found = field
            .names()
            .iter()
            .find_map(|name| head.iter().enumerate().find(|(place, own)| own.as_str() == *name && !taken[*place]))
            .map(|(place, _)| place);
        if let Some(place) = found {
            taken[place] = true;
            mapping.insert(field.as_str().to_owned(), place);
        }
    }
    mapping
}

#[cfg(test)]
mod tests {
    use super::*;

    fn guessed(kind: Kind, head: &str) -> Vec<(String, String)> {
        let head: Vec<String> = head.split(',').map(str::to_owned).collect();
        guess(kind, &head).into_iter().map(|(field, place)| (field, head[place].clone())).collect()
    }

    fn of(kind: Kind, head: &str, field: &str) -> Option<String> {
        guessed(kind, head).into_iter().find(|(own, _)| own == field).map(|(_, column)| column)
    }

    #[test]
    fn each_platforms_columns_are_known() {
        let affiliates = [
            ("id,first_name,last_name,email,paypal_email,state,stripe_customer_id,token,created_at", "token"),
            ("Id,Email,First Name,Last Name,Ref ID,Paypal Email,Status", "Ref ID"),
            ("Firstname,Lastname,Email,Referral Code,Coupon", "Referral Code"),
            ("Partner Key,Email,First Name,Last Name,Country", "Partner Key"),
            ("Name,Email,Tracking Parameter,PayPal Email", "Tracking Parameter"),
            ("Name,Email,Country,Key", "Key"),
        ];
        for (head, slug) in affiliates {
            assert_eq!(of(Kind::Affiliates, head, "Slug").as_deref(), Some(slug), "{head}");
            assert!(of(Kind::Affiliates, head, "Email").is_some(), "{head}");
        }
        let customers = "Stripe Customer ID,Email,Affiliate Email,Affiliate First Name,Token,Created At";
        assert_eq!(of(Kind::Customers, customers, "CustomerId").as_deref(), Some("Stripe Customer ID"));
        assert_eq!(of(Kind::Customers, customers, "CustomerEmail").as_deref(), Some("Email"));
        assert_eq!(of(Kind::Customers, customers, "AffiliateEmail").as_deref(), Some("Affiliate Email"));
        assert_eq!(of(Kind::Customers, customers, "AffiliateSlug").as_deref(), Some("Token"));
        assert_eq!(of(Kind::Customers, customers, "Since").as_deref(), Some("Created At"));
    }

    #[test]
    fn a_column_holds_one_thing() {
        assert_eq!(guessed(Kind::Affiliates, "email"), [("Email".to_owned(), "email".to_owned())]);
        assert!(guessed(Kind::Affiliates, "x,y").is_empty());
    }
}
