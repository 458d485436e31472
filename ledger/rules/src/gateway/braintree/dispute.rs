//! Parses disputes (developer.paypal.com/braintree, "Dispute"): the notification's kind gives the state.

use shared::timestamp::Timestamp;

use super::{Reading, amount, currency, required, xml::Element};
use crate::{
    fact::{DisputeFact, DisputeState, Fact, Unreadable},
    gateway::malformed,
};

/// Reads what happened to a dispute after it was opened. A retrieval is only a request for information: no money is
/// taken, and no one wins or loses, so whatever happens to it frees the commission. A chargeback that follows is
/// another dispute (PayPal's help, FAQ3379).
pub(super) fn changed(at: Timestamp, dispute: &Element, state: DisputeState) -> Result<Reading, Unreadable> {
    let is_retrieval = dispute.text_of("kind") == Some("retrieval");
    read(at, dispute, if is_retrieval { DisputeState::Won } else { state })
}

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
