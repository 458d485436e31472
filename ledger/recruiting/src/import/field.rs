//! The fields of an import, and how to guess which column contains which: by its name, ignoring case, spaces and
//! underscores. The names are those of the platforms' exports and APIs. Pure.

mod names;

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
    Kind { Affiliates, Customers, Sales, Bonuses, Payouts, Leads }
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
        SaleId,
        SoldAt,
        SaleAmount,
        Commission,
        Currency,
        PaidAt,
        PayoutId,
        SubscriptionId,
        EntryId,
        GivenAt,
        SentAt,
        EntryAmount,
        Reason,
        LeadAt,
    }
}

/// The column of each field.
pub type Mapping = BTreeMap<String, usize>;

impl Kind {
    pub const ALL: [Self; 6] =
        [Self::Affiliates, Self::Customers, Self::Sales, Self::Bonuses, Self::Payouts, Self::Leads];

    /// Whether its rows are amounts of the past, which are read and booked by the terms of the import.
    pub const fn has_amounts(self) -> bool {
        matches!(self, Self::Sales | Self::Bonuses | Self::Payouts)
    }

    /// The field with the date of what a row is about.
    pub const fn date(self) -> Field {
        match self {
            Self::Affiliates | Self::Customers => Field::Since,
            Self::Sales => Field::SoldAt,
            Self::Bonuses => Field::GivenAt,
            Self::Payouts => Field::SentAt,
            Self::Leads => Field::LeadAt,
        }
    }

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
            Self::Sales => &[
                Field::SaleId,
                Field::SoldAt,
                Field::AffiliateEmail,
                Field::AffiliateSlug,
                Field::Commission,
                Field::SaleAmount,
                Field::Currency,
                Field::Status,
                Field::PaidAt,
                Field::PayoutId,
                Field::CustomerId,
                Field::CustomerEmail,
                Field::SubscriptionId,
            ],
            Self::Bonuses => &[
                Field::EntryId,
                Field::GivenAt,
                Field::AffiliateEmail,
                Field::AffiliateSlug,
                Field::EntryAmount,
                Field::Currency,
                Field::Status,
                Field::PaidAt,
                Field::PayoutId,
                Field::Reason,
            ],
            Self::Payouts => &[
                Field::EntryId,
                Field::SentAt,
                Field::AffiliateEmail,
                Field::AffiliateSlug,
                Field::EntryAmount,
                Field::Currency,
                Field::Status,
            ],
            Self::Leads => &[
                Field::EntryId,
                Field::LeadAt,
                Field::AffiliateEmail,
                Field::AffiliateSlug,
                Field::CustomerId,
                Field::CustomerEmail,
            ],
        }
    }

    /// Returns what is missing in a mapping, in words.
    pub fn missing(self, mapping: &Mapping) -> Option<&'static str> {
        let has = |field: Field| mapping.contains_key(field.as_str());
        match self {
            Self::Affiliates if !has(Field::Email) => Some("Choose the column with affiliate emails."),
            Self::Customers | Self::Leads if !has(Field::CustomerId) && !has(Field::CustomerEmail) => {
                Some("Choose the column with customer IDs or customer emails.")
            }
            Self::Customers if !has(Field::AffiliateEmail) && !has(Field::AffiliateSlug) => {
                Some("Choose the column with each customer's affiliate: their email or link name.")
            }
            Self::Bonuses | Self::Payouts | Self::Leads
                if !has(Field::AffiliateEmail) && !has(Field::AffiliateSlug) =>
            {
                Some("Choose the column with each row's affiliate: their email or link name.")
            }
            Self::Bonuses if !has(Field::GivenAt) => Some("Choose the column with the date of each bonus."),
            Self::Leads if !has(Field::LeadAt) => Some("Choose the column with the date of each lead."),
            Self::Payouts if !has(Field::SentAt) => Some("Choose the column with the date of each payment."),
            Self::Bonuses | Self::Payouts if !has(Field::EntryAmount) => Some("Choose the column with the amounts."),
            Self::Sales if !has(Field::AffiliateEmail) && !has(Field::AffiliateSlug) => {
                Some("Choose the column with each sale's affiliate: their email or link name.")
            }
            Self::Sales if !has(Field::SoldAt) => Some("Choose the column with the date of each sale."),
            Self::Sales if !has(Field::Commission) => Some("Choose the column with each sale's commission."),
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
            Self::SaleId => "Sale ID",
            Self::SoldAt => "Date of the sale",
            Self::SaleAmount => "Sale amount",
            Self::Commission => "Commission",
            Self::Currency => "Currency",
            Self::PaidAt => "Date of the payment",
            Self::PayoutId => "Payout ID",
            Self::SubscriptionId => "Subscription ID",
            Self::EntryId => "ID or reference",
            Self::GivenAt => "Date of the bonus",
            Self::SentAt => "Date of the payment",
            Self::EntryAmount => "Amount",
            Self::Reason => "Reason",
            Self::LeadAt => "Date of the lead",
        }
    }

    pub const fn hint(self) -> &'static str {
        match self {
            Self::Slug => "We keep these so old links keep working. Full links work too.",
            Self::Status => {
                "Only active and pending affiliates, and only commissions that weren't voided, are imported."
            }
            Self::SaleId => {
                "Your gateway's ID, such as Stripe's ch_…, if the file has it: later refunds find the sale by it."
            }
            Self::PaidAt => "What was paid without a date counts as paid on the day of the sale or bonus.",
            Self::EntryId => "A row with the same ID is imported only once.",
            Self::Reason => "The affiliate may see it.",
            Self::CustomerId => "The ID from your gateway or backend. Stripe IDs start with cus_.",
            _ => "",
        }
    }
}

fn plain(name: &str) -> String {
    name.chars().filter(|character| character.is_alphanumeric()).flat_map(char::to_lowercase).collect()
}

/// Recognizes what a file contains: sales have an amount, a commission, a date and an affiliate; customers have an
/// affiliate.
pub fn recognize(head: &[String]) -> Kind {
    let (sales, customers) = (guess(Kind::Sales, head), guess(Kind::Customers, head));
    let has = |mapping: &Mapping, field: Field| mapping.contains_key(field.as_str());
    let names_customers = || head.iter().any(|name| plain(name).contains("customer"));
    if Kind::Sales.missing(&sales).is_none() && has(&sales, Field::SaleAmount) {
        Kind::Sales
    } else if Kind::Customers.missing(&customers).is_none()
        && (has(&customers, Field::AffiliateEmail) || names_customers())
    {
        Kind::Customers
    } else {
        Kind::Affiliates
    }
}

/// Whether a column is named as one of minor units, such as `amount_cents`.
pub fn is_in_cents(head: &[String], mapping: &Mapping, field: Field) -> bool {
    let name = mapping.get(field.as_str()).and_then(|column| head.get(*column));
    name.is_some_and(|name| plain(name).ends_with("cents"))
}

/// Columns with the id of a payout.
const PAYOUT_IDS: &[&str] = &["payoutid", "payoutkey", "paymentid"];

/// Guesses the mapping from the heading; each column contains one field.
pub fn guess(kind: Kind, head: &[String]) -> Mapping {
    let head: Vec<String> = head.iter().map(|name| plain(name)).collect();
    let mut mapping = Mapping::new();
    let mut taken = vec![false; head.len()];
    // In a file of bonuses, several rows may name one payout: its id isn't theirs.
    let own_ids = (kind == Kind::Payouts).then_some(Field::EntryId);
    for field in kind.fields() {
        let found = field
            .names()
            .iter()
            .chain(if own_ids == Some(*field) { PAYOUT_IDS } else { &[] })
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
mod tests;
