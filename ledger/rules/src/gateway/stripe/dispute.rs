//! Parses disputes: charges that the buyer contests at their bank (Stripe API reference, "The Dispute object").

use serde::Deserialize;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Payment, Reading, Reference, id};
use crate::{
    fact::{DisputeFact, DisputeState, Fact, Unreadable},
    gateway::{malformed, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    charge: Option<Reference>,
    payment_intent: Option<Reference>,
    status: String,
}

impl Dispute {
    /// Every event of a dispute contains its status, which counts whatever the type of event.
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let payment =
            Payment { charge: id(self.charge.as_ref()), intent: id(self.payment_intent.as_ref()), invoice: None };
        let mut facts: Vec<Fact> = payment.aliases().collect();
        let currency = units::currency(&self.currency)?;
        // Known if the event contains the whole charge.
        let total = self.charge.as_ref().and_then(Reference::amount);
        facts.push(Fact::Dispute(DisputeFact {
            external_id: self.id,
            dispute_of: payment.name().ok_or_else(|| malformed("dispute without payment"))?.to_owned(),
            amount: units::exact(Gateway::Stripe, currency, self.amount)?,
            total: total.map(|total| units::exact(Gateway::Stripe, currency, total)).transpose()?,
            currency,
            state: state(&self.status),
        }));
        Ok(Reading::of(at, facts))
    }
}

/// `warning_…` are inquiries, which may become disputes: they freeze commissions too, and one that closes was no
/// dispute after all. An appeal is open again until it is won or lost.
fn state(status: &str) -> DisputeState {
    match status {
        "won" | "warning_closed" | "prevented" => DisputeState::Won,
        "lost" => DisputeState::Lost,
        _ => DisputeState::Open,
    }
}
