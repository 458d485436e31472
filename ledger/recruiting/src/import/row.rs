//! Parses one row of a file, or says why it is refused. Pure.

use shared::{
    config::{is_reserved, is_slug},
    timestamp::Timestamp,
    via,
};
use url::Url;

use super::{
    date::{self, Order},
    field::{Field, Mapping},
};
use kit::email_address;
use rules::coupon::key::can_be_typed;

const NAME_MAX: usize = 200;
const CODE_MAX: usize = 100;
const CUSTOMER_MAX: usize = 200;

/// The reason a row is refused: a stable code, and a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    pub code: &'static str,
    pub message: String,
}

impl Refusal {
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into() }
    }
}

/// An affiliate, as described by the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AffiliateRow {
    /// In lower case.
    pub email: String,
    pub name: String,
    pub slug: Option<String>,
    /// The token that credited them on the source platform, in lower case, even if it can't be a slug here.
    pub token: Option<String>,
    pub coupon: Option<String>,
    pub paypal: Option<String>,
    pub approved: bool,
    pub country: Option<String>,
    pub since: Option<Timestamp>,
    /// Notes on fields that can't be imported although the rest of the row can.
    pub notes: Vec<String>,
}

/// A customer, and the affiliate they belong to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CustomerRow {
    pub id: Option<String>,
    /// In lower case.
    pub email: Option<String>,
    /// The id if present, otherwise the email.
    pub name: String,
    pub affiliate_email: Option<String>,
    pub affiliate_slug: Option<String>,
    pub since: Option<Timestamp>,
}

pub(super) fn cell<'c>(cells: &'c [String], mapping: &Mapping, field: Field) -> Option<&'c str> {
    let text = cells.get(*mapping.get(field.as_str())?)?.trim();
    (!text.is_empty() && !text.chars().any(char::is_control)).then_some(text)
}

pub fn affiliate(cells: &[String], mapping: &Mapping, dates: Order) -> Result<AffiliateRow, Refusal> {
    let get = |field| cell(cells, mapping, field);
    let email = get(Field::Email).ok_or_else(|| Refusal::new("email_missing", "No email address."))?;
    let email = email_address::parse(email)
        .ok_or_else(|| Refusal::new("email_malformed", format!("\"{email}\" isn't a valid email address.")))?;
    let approved = approved(get(Field::Status))?;
    let parts = [get(Field::FirstName), get(Field::LastName)].into_iter().flatten().collect::<Vec<_>>().join(" ");
    let name = get(Field::Name).map(str::to_owned).or_else(|| Some(parts).filter(|name| !name.is_empty()));
    let name = name.unwrap_or_else(|| email.split('@').next().unwrap_or_default().to_owned());
    let mut notes = Vec::new();
    let there = get(Field::Slug).map(token);
    let slug = get(Field::Slug).map(slug).filter(|slug| {
        if !is_slug(slug) {
            notes.push(format!(
                "We couldn't keep the link name {slug}. Link names need 3 to 64 letters, digits, hyphens or \
                 underscores."
            ));
        } else if is_reserved(slug) {
            notes.push(format!("We couldn't keep the link name {slug} because it's reserved."));
        }
        is_slug(slug) && !is_reserved(slug)
    });
    let coupon = get(Field::Coupon).filter(|code| {
        let short = code.chars().count() <= CODE_MAX;
        if !short {
            notes.push(format!("Coupon not imported: it's longer than {CODE_MAX} characters."));
        } else if !can_be_typed(code) {
            notes.push("Coupon not imported: it has characters that a buyer can't type.".to_owned());
        }
        short && can_be_typed(code)
    });
    let paypal = get(Field::PayPal).and_then(|text| {
        let address = email_address::parse(text);
        if address.is_none() {
            notes.push(format!("\"{text}\" isn't a valid PayPal email address."));
        }
        address
    });
    let since = get(Field::Since).and_then(|text| {
        let since = date::read(text, dates);
        if since.is_none() {
            notes.push(unreadable(text).message);
        }
        since
    });
    Ok(AffiliateRow {
        token: there.map(|token| token.to_lowercase()).filter(|token| token.chars().count() <= NAME_MAX),
        name: name.chars().take(NAME_MAX).collect(),
        email,
        slug,
        coupon: coupon.map(str::to_owned),
        paypal,
        approved,
        country: get(Field::Country).map(|text| text.chars().take(60).collect()),
        since,
        notes,
    })
}

pub fn customer(cells: &[String], mapping: &Mapping, dates: Order) -> Result<CustomerRow, Refusal> {
    let get = |field| cell(cells, mapping, field);
    let id = get(Field::CustomerId).filter(|id| id.chars().count() <= CUSTOMER_MAX).map(str::to_owned);
    let email = get(Field::CustomerEmail).and_then(email_address::parse);
    let name = id
        .clone()
        .or_else(|| email.clone())
        .ok_or_else(|| Refusal::new("customer_missing", "No customer ID or valid customer email."))?;
    // If an affiliate's email is given but invalid, the row is refused even if it also has a slug.
    let affiliate_email = get(Field::AffiliateEmail).map(|text| {
        email_address::parse(text)
            .ok_or_else(|| Refusal::new("affiliate_unknown", format!("\"{text}\" isn't a valid affiliate email.")))
    });
    let affiliate_email = affiliate_email.transpose()?;
    let affiliate_slug = get(Field::AffiliateSlug).map(token);
    if affiliate_email.is_none() && affiliate_slug.is_none() {
        return Err(Refusal::new("affiliate_missing", "This row doesn't name an affiliate."));
    }
    let since = get(Field::Since).map(|text| date::read(text, dates).ok_or_else(|| unreadable(text))).transpose()?;
    Ok(CustomerRow { id, email, name, affiliate_email, affiliate_slug, since })
}

/// Active affiliates become approved here; pending ones stay pending.
fn approved(status: Option<&str>) -> Result<bool, Refusal> {
    let Some(status) = status else { return Ok(true) };
    match status.to_lowercase().as_str() {
        "active" | "approved" | "enabled" | "accepted" | "confirmed" | "true" | "yes" | "1" | "enrolled" | "live" => {
            Ok(true)
        }
        "pending" | "invited" | "unconfirmed" | "applied" | "waiting" | "new" | "submitted" | "in review" => Ok(false),
        other => Err(Refusal::new(
            "not_active",
            format!("Not active: their status is {other}. Only active and pending affiliates are imported."),
        )),
    }
}

/// Returns the token: the text itself, or, for a whole link, its tracking parameter or else the last part of its path.
pub(super) fn token(text: &str) -> String {
    let Ok(url) = Url::parse(text) else { return text.to_owned() };
    let named =
        |requested: &&str| url.query_pairs().find(|(name, _)| name == *requested).map(|(_, value)| value.into_owned());
    let token = via::PARAMETERS.iter().find_map(|name| Some(via::token(name, named(name)?)));
    token.unwrap_or_else(|| {
        let last = url.path_segments().and_then(|mut parts| parts.rfind(|part| !part.is_empty()));
        last.map_or_else(|| text.to_owned(), str::to_owned)
    })
}

/// Returns the slug that a text stands for, if it can be one.
pub(super) fn slug(text: &str) -> String {
    let token = token(text);
    via::without_dot(&token).unwrap_or(token)
}

/// Commission periods count from this date: a guessed or missing date would pay for longer than was promised.
pub(super) fn unreadable(text: &str) -> Refusal {
    let message = format!(
        "The date {text} is ambiguous. Choose a date format, write dates as 2024-03-01, or don't import this column."
    );
    Refusal::new("date_unreadable", message)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mapping(fields: &[Field]) -> Mapping {
        fields.iter().enumerate().map(|(place, field)| (field.as_str().to_owned(), place)).collect()
    }

    fn cells(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| (*text).to_owned()).collect()
    }

    #[test]
    fn an_affiliate_is_what_the_row_says() {
        let fields = [Field::Email, Field::FirstName, Field::LastName, Field::Slug, Field::Status, Field::PayPal];
        let read = |texts: &[&str]| affiliate(&cells(texts), &mapping(&fields), Order::Automatic);
        let lauren =
            read(&["Lauren@A.test ", "Lauren", "Vale", "https://acme.test/?via=lauren", "active", "p@a.test"]).unwrap();
        assert_eq!(
            (lauren.email.as_str(), lauren.name.as_str(), lauren.slug.as_deref(), lauren.approved),
            ("lauren@a.test", "Lauren Vale", Some("lauren"), true)
        );
        let odd = read(&["nina@a.test", "", "", "jo", "pending", "nowhere"]).unwrap();
        assert_eq!((odd.name.as_str(), odd.slug, odd.paypal, odd.approved), ("nina", None, None, false));
        assert_eq!(odd.notes.len(), 2);
        // Customers and sales of the same export have the token with its dot.
        for text in ["4201.f3A2", "https://acme.test/?rfsn=4201.f3A2"] {
            let moved = read(&["mia@a.test", "", "", text, "active", ""]).unwrap();
            assert_eq!((moved.slug.as_deref(), moved.token.as_deref()), (Some("4201-f3A2"), Some("4201.f3a2")));
            assert!(moved.notes.is_empty(), "{:?}", moved.notes);
        }
        for (texts, code) in [
            (["", "", "", "", "", ""], "email_missing"),
            (["x", "", "", "", "", ""], "email_malformed"),
            (["a@b.test", "", "", "", "suspicious", ""], "not_active"),
        ] {
            assert_eq!(read(&texts).unwrap_err().code, code);
        }
    }

    #[test]
    fn a_link_names_its_affiliate_as_the_script_reads_it() {
        for (link, slug) in [
            ("https://acme.test/?fp_ref=lauren", "lauren"),
            ("https://acme.test/?ps_xid=x&gspk=NDg2ODEzOQ", "4868139"),
            ("https://acme.test/?r=other&rfsn=4201.f3a2", "4201.f3a2"),
            ("https://go.acme.test/lauren/?utm_source=x", "lauren"),
            ("lauren", "lauren"),
        ] {
            assert_eq!(token(link), slug, "{link}");
        }
    }

    #[test]
    fn a_customer_is_named_by_id_else_by_address() {
        let fields = [Field::CustomerId, Field::CustomerEmail, Field::AffiliateSlug, Field::Since];
        let read = |texts: &[&str]| customer(&cells(texts), &mapping(&fields), Order::Automatic);
        let known = read(&["cus_1", "B@b.test", "lauren", "2024-03-01 08:30:00 UTC"]).unwrap();
        assert_eq!((known.name.as_str(), known.email.as_deref()), ("cus_1", Some("b@b.test")));
        assert_eq!(known.since, Timestamp::parse_rfc3339("2024-03-01T08:30:00Z").ok());
        assert_eq!(read(&["", "b@b.test", "lauren", ""]).unwrap().name, "b@b.test");
        assert_eq!(read(&["", "", "lauren", ""]).unwrap_err().code, "customer_missing");
        assert_eq!(read(&["cus_1", "", "", ""]).unwrap_err().code, "affiliate_missing");
        let fields = [Field::CustomerId, Field::AffiliateEmail, Field::AffiliateSlug];
        let odd = customer(&cells(&["cus_1", "nowhere", "lauren"]), &mapping(&fields), Order::Automatic);
        assert_eq!(odd.unwrap_err().code, "affiliate_unknown");
    }

    #[test]
    fn links_are_read_for_what_credits_in_them() {
        for (text, expected) in [
            ("lauren", "lauren"),
            ("https://acme.test/?fpr=lauren", "lauren"),
            ("https://go.acme.test/lauren", "lauren"),
            ("https://acme.test/pricing?x=1&ref=lauren", "lauren"),
        ] {
            assert_eq!(token(text), expected);
        }
    }

    #[test]
    fn a_date_that_can_be_read_in_two_ways_needs_an_order() {
        let fields = [Field::CustomerId, Field::AffiliateSlug, Field::Since];
        let cells = cells(&["cus_1", "lauren", "03/01/2024"]);
        let read = |order| customer(&cells, &mapping(&fields), order);
        let refused = read(Order::Automatic).unwrap_err();
        assert!(refused.code == "date_unreadable" && refused.message.contains("03/01/2024"), "{refused:?}");
        assert_eq!(read(Order::DayFirst).unwrap().since, Timestamp::parse_rfc3339("2024-01-03T00:00:00Z").ok());
    }
}
