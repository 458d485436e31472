//! Parses disputes (developer.paypal.com/braintree, "Dispute"): the notification's kind gives the state.

use shared::timestamp::Timestamp;

use super::{Reading, amount, currency, required, xml::Element};
use crate::{
    fact::{DisputeFact, DisputeState, Fact, Unreadable},
    gateway::malformed,
};

pub(super) fn read(at: Timestamp, dispute: &Element, state: DisputeState) -> Result<Reading, Unreadable> {
    let transaction = dispute.child("transaction").ok_or_else(|| malformed("dispute without transaction"))?;
    let currency = currency(dispute)?;
    let disputed = match amount(dispute, "amount-disputed", currency)? {
        Some(disputed) => Some(disputed),
        None => amount(dispute, "amount", currency)?,
    };
    let fact = DisputeFact {
        external_id: required(dispute, "id")?.to_owned(),
        dispute_of: required(transaction, "id")?.to_owned(),
        total: amount(transaction, "amount", currency)?,
        amount: disputed.ok_or_else(|| malformed("dispute without amount"))?,
        currency,
        state,
    };
    Ok(Reading::of(at, vec![Fact::Dispute(fact)]))
}
