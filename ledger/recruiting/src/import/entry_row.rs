//! Parses one row of a file of past bonuses or payments: amounts of the past that no sale in the file earned. Pure.

use shared::{id::EventId, money::Money, timestamp::Timestamp};

use super::{
    field::{Field, Kind},
    row::{Refusal, cell, token},
    sale_row::{ID_MAX, Reading, Settled, amount, currency, past, settlement},
};
use kit::email_address;

/// The longest reason of a bonus.
const REASON_MAX: usize = 1_000;

/// A bonus or a payment, as the file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EntryRow {
    /// The file's id or reference, or an id derived from the row's content.
    pub external_id: String,
    /// When the bonus was given, or the payment sent.
    pub at: Timestamp,
    pub affiliate_email: Option<String>,
    pub affiliate_slug: Option<String>,
    /// More than 0.
    pub amount: Money,
    pub settled: Settled,
    /// If it was paid: when, and in which payout there.
    pub paid_at: Option<Timestamp>,
    pub payout_id: Option<String>,
    /// Why the bonus was given, in the file's words.
    pub reason: Option<String>,
    pub notes: Vec<String>,
}

/// Reads a row of a file of [`Kind::Bonuses`] or [`Kind::Payouts`].
///
/// # Errors
/// A [`Refusal`] naming what is missing or unclear.
pub fn entry(kind: Kind, cells: &[String], reading: Reading<'_>) -> Result<EntryRow, Refusal> {
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
    let is_payment = kind == Kind::Payouts;
    let date = get(if is_payment { Field::SentAt } else { Field::GivenAt });
    let at = past(date.ok_or_else(|| Refusal::new("date_missing", "This row doesn't have a date."))?, reading)?;
    let currency = currency(get(Field::Currency), reading)?;
    let amount = amount(get(Field::EntryAmount), Field::EntryAmount, currency, reading)?
        .ok_or_else(|| Refusal::new("amount_missing", "This row doesn't have an amount."))?;
    if amount.minor <= 0 {
        return Err(Refusal::new("amount_not_positive", "Only amounts above 0 are imported."));
    }
    // The status of a payment says whether it was sent; a bonus's, how it was settled.
    let (settled, paid_at) = settlement(get(Field::Status), get(Field::PaidAt), reading)?;
    let own = |text: &&str| text.chars().count() <= ID_MAX;
    let given_id = get(Field::EntryId).filter(own);
    if is_payment && settled != Settled::Paid && get(Field::Status).is_some() {
        return Err(Refusal::new("not_sent", "This payment wasn't sent, so it isn't imported."));
    }
    let mut notes = Vec::new();
    let (settled, paid_at, payout_id) = if is_payment {
        (Settled::Paid, Some(at), given_id)
    } else if settled == Settled::Paid {
        if paid_at.is_none() {
            notes.push("No payment date: counted as paid on the day of the bonus.".to_owned());
        }
        (settled, Some(paid_at.unwrap_or(at)), get(Field::PayoutId).filter(own))
    } else {
        (settled, None, None)
    };
    let content = [
        affiliate_email.as_deref().or(affiliate_slug.as_deref()).unwrap_or_default(),
        &at.to_string(),
        &amount.to_string(),
        get(Field::Reason).unwrap_or_default(),
    ]
    .map(str::to_lowercase);
    let derived = || EventId::derived(&content.each_ref().map(|part| part.as_bytes())).to_string();
    Ok(EntryRow {
        external_id: given_id.map_or_else(derived, str::to_owned),
        at,
        amount,
        settled,
        paid_at,
        payout_id: payout_id.map(str::to_owned),
        reason: get(Field::Reason).map(|text| text.chars().take(REASON_MAX).collect()),
        affiliate_email,
        affiliate_slug,
        notes,
    })
}

#[cfg(test)]
mod tests {
    use shared::money::Currency;

    use super::*;
    use crate::import::{
        date::Order,
        field::guess,
        sale_row::{SaleTerms, Unpaid},
    };

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    fn read(kind: Kind, head: &str, row: &str, terms: SaleTerms) -> Result<EntryRow, Refusal> {
        let head: Vec<String> = head.split(',').map(str::to_owned).collect();
        let cells: Vec<String> = row.split(',').map(str::to_owned).collect();
        let mapping = guess(kind, &head);
        let now = at("2026-11-20T08:00:00Z");
        entry(kind, &cells, Reading { head: &head, mapping: &mapping, dates: Order::Automatic, terms, now })
    }

    #[test]
    fn a_payment_is_what_the_row_says() {
        let head = "affiliate_email,amount,currency,paid_at,reference";
        let read = |row| read(Kind::Payouts, head, row, SaleTerms::default());
        let row = read("Lauren@A.test,120.50,usd,2025-04-15,PAY-1").unwrap();
        assert_eq!((row.amount, row.at), (Money::new(12_050, Currency::USD), at("2025-04-15T00:00:00Z")));
        assert_eq!((row.settled, row.paid_at), (Settled::Paid, Some(row.at)));
        assert_eq!((row.external_id.as_str(), row.payout_id.as_deref()), ("PAY-1", Some("PAY-1")));
        let nameless = read("lauren@a.test,120.50,usd,2025-04-15,").unwrap();
        assert_eq!(nameless.payout_id, None);
        assert_eq!(nameless.external_id, read("LAUREN@a.test,120.5,USD,2025-04-15,").unwrap().external_id);
        for (row, code) in [
            (",120.50,usd,2025-04-15,x", "affiliate_missing"),
            ("l@a.test,,usd,2025-04-15,x", "amount_missing"),
            ("l@a.test,0,usd,2025-04-15,x", "amount_not_positive"),
            ("l@a.test,5,,2025-04-15,x", "currency_missing"),
            ("l@a.test,5,usd,,x", "date_missing"),
            ("l@a.test,5,usd,2027-04-15,x", "date_in_future"),
        ] {
            assert_eq!(read(row).unwrap_err().code, code, "{row}");
        }
    }

    #[test]
    fn only_payments_that_were_sent_count() {
        let head = "id,partner_email,amount_cents,currency,date,status";
        let read = |status: &str| {
            read(Kind::Payouts, head, &format!("1,l@a.test,500,usd,2025-04-15,{status}"), SaleTerms::default())
        };
        assert_eq!(read("completed").unwrap().amount.minor, 500);
        assert_eq!(read("").unwrap().settled, Settled::Paid);
        for (status, code) in [("pending", "not_sent"), ("canceled", "voided"), ("odd", "status_unknown")] {
            assert_eq!(read(status).unwrap_err().code, code, "{status}");
        }
    }

    #[test]
    fn a_bonus_is_settled_as_its_row_and_the_brand_say() {
        let head = "id,date,affiliate_email,amount,currency,status,paid_at,payout_id,reason";
        let terms = SaleTerms { unpaid: Unpaid::PaidHere, ..SaleTerms::default() };
        let read = |row| read(Kind::Bonuses, head, row, terms);
        let paid = read("b_1,2025-03-01,l@a.test,50,usd,paid,2025-04-15,po_1,Launch video").unwrap();
        assert_eq!((paid.settled, paid.paid_at), (Settled::Paid, Some(at("2025-04-15T00:00:00Z"))));
        assert_eq!((paid.payout_id.as_deref(), paid.reason.as_deref()), (Some("po_1"), Some("Launch video")));
        let undated = read("b_2,2025-03-01,l@a.test,50,usd,paid,,,").unwrap();
        assert_eq!((undated.paid_at, undated.notes.len()), (Some(undated.at), 1));
        let open = read("b_3,2025-03-01,l@a.test,50,usd,pending,,po_1,").unwrap();
        assert_eq!((open.settled, open.paid_at, open.payout_id), (Settled::PaidHere, None, None));
    }
}
