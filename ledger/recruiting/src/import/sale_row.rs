//! Parses one row of a file of past sales with their commissions, or says why it is refused. Pure.

use shared::{
    id::EventId,
    money::{Currency, Money},
    text_enum,
    timestamp::Timestamp,
};

use super::{
    amount,
    date::{self, Order},
    field::{Field, Mapping, is_in_cents},
    row::{Refusal, cell, token, unreadable},
};
use kit::email_address;

pub(super) const ID_MAX: usize = 200;

text_enum! {
    /// What happens to commissions that the other platform hasn't paid.
    Unpaid {
        /// They are settled there, and never paid here.
        SettledThere,
        /// They become payable here after the plan's hold.
        PaidHere,
    }
}

text_enum! {
    /// How a commission was or will be settled.
    Settled { Paid, SettledThere, PaidHere }
}

/// How the rows of past sales, bonuses and payments are read and booked, as chosen for the import.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SaleTerms {
    pub unpaid: Unpaid,
    /// Whether the other platform reports its payments to the tax authority.
    pub taxed_there: bool,
    /// The currency of rows that name none.
    pub currency: Option<Currency>,
    /// Whether amounts are in minor units even in columns that aren't called so.
    pub in_cents: bool,
}

impl Default for SaleTerms {
    fn default() -> Self {
        Self { unpaid: Unpaid::SettledThere, taxed_there: false, currency: None, in_cents: false }
    }
}

/// What is needed to read a row.
#[derive(Debug, Clone, Copy)]
pub struct Reading<'a> {
    pub head: &'a [String],
    pub mapping: &'a Mapping,
    pub dates: Order,
    pub terms: SaleTerms,
    pub now: Timestamp,
}

/// A past sale, or a past lead without amounts, as the file states it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SaleRow {
    /// The file's id of the sale, or one derived from the row's content.
    pub external_id: String,
    pub is_lead: bool,
    pub sold_at: Timestamp,
    pub affiliate_email: Option<String>,
    pub affiliate_slug: Option<String>,
    pub customer_id: Option<String>,
    pub customer_email: Option<String>,
    pub subscription_id: Option<String>,
    pub amount: Money,
    /// In the same currency.
    pub earned: Money,
    pub settled: Settled,
    /// For paid commissions: when, and in which payout there.
    pub paid_at: Option<Timestamp>,
    pub payout_id: Option<String>,
    pub notes: Vec<String>,
}

pub fn sale(cells: &[String], reading: Reading<'_>) -> Result<SaleRow, Refusal> {
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
    let text = get(Field::SoldAt).ok_or_else(|| Refusal::new("date_missing", "This row doesn't have a date."))?;
    let sold_at = past(text, reading)?;
    let currency = currency(get(Field::Currency), reading)?;
    let money = |field| amount(get(field), field, currency, reading);
    let earned = money(Field::Commission)?
        .ok_or_else(|| Refusal::new("commission_missing", "This row doesn't have a commission."))?;
    let mut notes = Vec::new();
    let amount = money(Field::SaleAmount)?.unwrap_or_else(|| {
        notes.push(
            "The sale's amount is unknown and counts as 0: any refund takes back the whole commission.".to_owned(),
        );
        Money::zero(currency)
    });
    let (settled, paid_at) = settlement(get(Field::Status), get(Field::PaidAt), reading)?;
    if settled == Settled::Paid && paid_at.is_none() {
        notes.push("No payment date: counted as paid on the day of the sale.".to_owned());
    }
    let (customer_id, customer_email) = (get(Field::CustomerId), get(Field::CustomerEmail));
    let customer_email = customer_email.and_then(email_address::parse);
    let own = |text: &&str| text.chars().count() <= ID_MAX;
    let content = [
        affiliate_email.as_deref().or(affiliate_slug.as_deref()).unwrap_or_default(),
        customer_id.or(customer_email.as_deref()).unwrap_or_default(),
        &sold_at.to_string(),
        &amount.to_string(),
        &earned.to_string(),
    ]
    .map(str::to_lowercase);
    let derived = || EventId::derived(&content.each_ref().map(|part| part.as_bytes())).to_string();
    Ok(SaleRow {
        external_id: get(Field::SaleId).filter(own).map_or_else(derived, str::to_owned),
        is_lead: false,
        sold_at,
        customer_id: customer_id.filter(own).map(str::to_owned),
        customer_email,
        subscription_id: get(Field::SubscriptionId).filter(own).map(str::to_owned),
        amount,
        earned,
        settled,
        paid_at: (settled == Settled::Paid).then(|| paid_at.unwrap_or(sold_at)),
        payout_id: get(Field::PayoutId).filter(own).map(str::to_owned),
        affiliate_email,
        affiliate_slug,
        notes,
    })
}

pub(super) fn past(text: &str, reading: Reading<'_>) -> Result<Timestamp, Refusal> {
    let at = date::read(text, reading.dates).ok_or_else(|| unreadable(text))?;
    if at > reading.now {
        return Err(Refusal::new("date_in_future", format!("The date {text} is in the future.")));
    }
    Ok(at)
}

pub(super) fn currency(text: Option<&str>, reading: Reading<'_>) -> Result<Currency, Refusal> {
    let missing = || Refusal::new("currency_missing", "This row doesn't have a currency. Choose one for the import.");
    match text {
        Some(text) => text
            .parse()
            .map_err(|_| Refusal::new("currency_unknown", format!("{text} isn't a currency that we support."))),
        None => reading.terms.currency.ok_or_else(missing),
    }
}

pub(super) fn amount(
    text: Option<&str>,
    field: Field,
    currency: Currency,
    reading: Reading<'_>,
) -> Result<Option<Money>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    let in_cents = reading.terms.in_cents || is_in_cents(reading.head, reading.mapping, field);
    let minor = amount::read(text, currency, in_cents).ok_or_else(|| {
        Refusal::new("amount_unreadable", format!("We can't tell which amount {text} is. Write amounts as 1234.50."))
    })?;
    Ok(Some(Money::new(minor, currency)))
}

/// Decides by the status and the date of the payment how a commission was settled. A column that only says yes or no is
/// one without dates.
pub(super) fn settlement(
    status: Option<&str>,
    paid: Option<&str>,
    reading: Reading<'_>,
) -> Result<(Settled, Option<Timestamp>), Refusal> {
    let unpaid = match reading.terms.unpaid {
        Unpaid::SettledThere => Settled::SettledThere,
        Unpaid::PaidHere => Settled::PaidHere,
    };
    let (is_paid, paid_at) = match paid.map(str::to_lowercase).as_deref() {
        None | Some("false" | "no" | "0" | "unpaid" | "-") => (false, None),
        Some("true" | "yes" | "1" | "paid") => (true, None),
        Some(text) => (true, Some(past(text, reading)?)),
    };
    let status = status.map(str::to_lowercase);
    match status.as_deref() {
        Some("paid" | "completed" | "fulfilled" | "sent") => Ok((Settled::Paid, paid_at)),
        _ if is_paid && !status.as_deref().is_some_and(is_void) => Ok((Settled::Paid, paid_at)),
        None => Ok((unpaid, None)),
        Some(
            "pending" | "due" | "approved" | "unpaid" | "hold" | "on hold" | "scheduled" | "processed" | "processing"
            | "open" | "earned" | "confirmed" | "true",
        ) => Ok((unpaid, None)),
        Some(status) if is_void(status) => {
            Err(Refusal::new("voided", format!("This commission earned nothing: its status is {status}.")))
        }
        Some(status) => Err(Refusal::new("status_unknown", format!("We don't know the status {status}."))),
    }
}

fn is_void(status: &str) -> bool {
    matches!(
        status,
        "void"
            | "voided"
            | "rejected"
            | "declined"
            | "denied"
            | "disapproved"
            | "refunded"
            | "reversed"
            | "canceled"
            | "cancelled"
            | "fraud"
            | "duplicate"
            | "false"
            | "unqualified"
    )
}

#[cfg(test)]
mod tests;
