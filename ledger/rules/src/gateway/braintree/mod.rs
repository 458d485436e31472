//! Parses Braintree's notifications into facts.
//!
//! A notification is XML: `notification/{timestamp, kind, subject}` (developer.paypal.com/braintree, "Webhooks: Parse",
//! and the official SDKs' sample notifications). Braintree reports subscriptions' charges, and of other transactions
//! only bank debits: a single card sale and a card's refund have no notification at all, and come through our API or by
//! polling.

mod charge;
mod dispute;
mod xml;

pub use self::charge::DECLINED;
use shared::{money::Currency, timestamp::Timestamp};

use self::xml::Element;
use super::{Reading, malformed, units};
use crate::fact::{DisputeState, Unreadable};

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let notification = xml::parse(body)?;
    if notification.name != "notification" {
        return Err(malformed("not a Braintree notification"));
    }
    let kind = notification.text_of("kind").ok_or_else(|| malformed("kind is missing"))?;
    let at = moment(notification.text_of("timestamp").ok_or_else(|| malformed("timestamp is missing"))?)?;
    let subject = |name: &str| {
        let element = notification.child("subject").and_then(|subject| subject.child(name));
        element.ok_or_else(|| malformed(format!("{kind} without {name}")))
    };
    match kind {
        "subscription_charged_successfully" => charge::subscription(at, subject("subscription")?),
        "transaction_settled" => charge::settled(at, subject("transaction")?),
        "transaction_settlement_declined" => charge::declined(at, subject("transaction")?),
        "refund_failed" => charge::refund_failed(at, subject("transaction")?),
        "dispute_opened" => dispute::read(at, subject("dispute")?, DisputeState::Open),
        "dispute_under_review" | "dispute_disputed" => dispute::changed(at, subject("dispute")?, DisputeState::Open),
        "dispute_won" => dispute::changed(at, subject("dispute")?, DisputeState::Won),
        "dispute_lost" | "dispute_accepted" | "dispute_auto_accepted" | "dispute_expired" => {
            dispute::changed(at, subject("dispute")?, DisputeState::Lost)
        }
        // These include `check`, the control panel's test, and `transaction_disbursed`, which reports no new money.
        _ => Ok(Reading::nothing(at)),
    }
}

fn moment(text: &str) -> Result<Timestamp, Unreadable> {
    Timestamp::parse_rfc3339(text).map_err(|error| malformed(format!("time {error}")))
}

/// Every real transaction and dispute has its currency. The SDKs' samples leave it out: they use US dollars, the
/// default of our own S2S posts too.
fn currency(element: &Element) -> Result<Currency, Unreadable> {
    element.text_of("currency-iso-code").map_or(Ok(Currency::USD), units::currency)
}

/// A decimal amount; `None` if absent or empty.
fn amount(element: &Element, name: &str, currency: Currency) -> Result<Option<i64>, Unreadable> {
    element.text_of(name).map(|text| units::decimal(currency, text)).transpose()
}

fn required<'a>(element: &'a Element, name: &str) -> Result<&'a str, Unreadable> {
    element.text_of(name).ok_or_else(|| malformed(format!("{} without {name}", element.name)))
}

#[cfg(test)]
mod tests;
