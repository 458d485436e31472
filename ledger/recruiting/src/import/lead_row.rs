//! Parses one row of a file of past leads: people who signed up and hadn't bought. Pure.

use shared::{
    id::EventId,
    money::{Currency, Money},
};

use super::{
    field::Field,
    row::{Refusal, cell, token},
    sale_row::{ID_MAX, Reading, SaleRow, Settled, past},
};
use kit::email_address;

/// Tells the ids of leads from those of sales, as for leads of gateways.
const PREFIX: &str = "lead_";

/// Reads a lead; it earns nothing.
///
/// # Errors
/// A [`Refusal`] naming what is missing or unclear.
pub fn lead(cells: &[String], reading: Reading<'_>) -> Result<SaleRow, Refusal> {
    let get = |field| cell(cells, reading.mapping, field);
    let affiliate_email = get(Field::AffiliateEmail).map(|text| {
        email_address::parse(text)
            .ok_or_else(|| Refusal::new("affiliate_unknown", format!("\"{text}\" isn't a valid affiliate email.")))
    });
    let affiliate_email = affiliate_email.transpose()?;
    let affiliate_slug = get(Field::AffiliateSlug).map(token);
    if affiliate_email.is_none() && affiliate_slug.is_none() {
        return Err(Refusal::new("affiliate_missing", "This row doesn't name an affiliate."));
    }
    let date = get(Field::LeadAt).ok_or_else(|| Refusal::new("date_missing", "This row doesn't have a date."))?;
    let sold_at = past(date, reading)?;
    let own = |text: &&str| text.chars().count() <= ID_MAX - PREFIX.len();
    let customer_id = get(Field::CustomerId).filter(own).map(str::to_owned);
    let customer_email = get(Field::CustomerEmail).and_then(email_address::parse);
    let customer = customer_id
        .as_deref()
        .or(customer_email.as_deref())
        .ok_or_else(|| Refusal::new("customer_missing", "No customer ID or valid customer email."))?;
    let derived = || EventId::derived(&[b"lead", customer.as_bytes()]).to_string();
    Ok(SaleRow {
        external_id: format!("{PREFIX}{}", get(Field::EntryId).filter(own).map_or_else(derived, str::to_owned)),
        is_lead: true,
        sold_at,
        affiliate_email,
        affiliate_slug,
        subscription_id: None,
        amount: Money::zero(Currency::USD),
        earned: Money::zero(Currency::USD),
        settled: Settled::SettledThere,
        paid_at: None,
        payout_id: None,
        notes: Vec::new(),
        customer_id,
        customer_email,
    })
}

#[cfg(test)]
mod tests {
    use shared::timestamp::Timestamp;

    use super::*;
    use crate::import::{
        date::Order,
        field::{Kind, guess},
        sale_row::SaleTerms,
    };

    #[test]
    fn a_lead_is_what_the_row_says() {
        let head = ["lead_id", "customer_email", "affiliate_email", "became_lead_at"].map(str::to_owned);
        let mapping = guess(Kind::Leads, &head);
        let now = Timestamp::parse_rfc3339("2026-11-20T08:00:00Z").unwrap();
        let reading =
            Reading { head: &head, mapping: &mapping, dates: Order::Automatic, terms: SaleTerms::default(), now };
        let read = |row: [&str; 4]| lead(&row.map(str::to_owned), reading);
        let row = read(["r_1", "Ann@b.test", "lauren@a.test", "2025-03-01"]).unwrap();
        assert_eq!((row.external_id.as_str(), row.is_lead, row.earned.minor), ("lead_r_1", true, 0));
        assert_eq!((row.customer_email.as_deref(), row.customer_id), (Some("ann@b.test"), None));
        let id = |row| read(row).unwrap().external_id;
        let once = id(["", "ann@b.test", "lauren@a.test", "2025-03-01"]);
        assert_eq!(once, id(["", "ann@b.test", "nina@a.test", "2025-04-01"]), "one lead per customer");
        for (row, code) in [
            (["r_1", "ann@b.test", "", "2025-03-01"], "affiliate_missing"),
            (["r_1", "nowhere", "lauren@a.test", "2025-03-01"], "customer_missing"),
            (["r_1", "ann@b.test", "lauren@a.test", ""], "date_missing"),
            (["r_1", "ann@b.test", "lauren@a.test", "2027-03-01"], "date_in_future"),
        ] {
            assert_eq!(read(row).unwrap_err().code, code, "{row:?}");
        }
    }
}
