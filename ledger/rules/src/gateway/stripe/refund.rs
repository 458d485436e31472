//! Parses refunds. Stripe reports them twice: each refund by itself, and the charge's total so far (Stripe API
//! reference, "The Refund object", "The Charge object"). A brand's endpoint may send either or both, so both are
//! parsed, and a total is reported as such: [`RefundEffect::Total`] is never added to single refunds.

use serde::Deserialize;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Payment, Reading, Reference, id};
use crate::{
    fact::{Basis, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::units,
};

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: String,
    amount: i64,
    currency: String,
    charge: Option<Reference>,
    payment_intent: Option<Reference>,
    status: Option<String>,
}

impl Refund {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let payment =
            Payment { charge: id(self.charge.as_ref()), intent: id(self.payment_intent.as_ref()), invoice: None };
        let mut facts: Vec<Fact> = payment.aliases().collect();
        let effect = match self.status.as_deref() {
            Some("succeeded") => RefundEffect::Made,
            Some("failed" | "canceled") => RefundEffect::Undone,
            // `pending` and `requires_action`: `refund.updated` reports the result.
            _ => return Ok(Reading::of(at, facts)),
        };
        facts.extend(refund(self.id, &payment, self.amount, &self.currency, effect)?);
        Ok(Reading::of(at, facts))
    }
}

/// A charge as in `charge.refunded`.
#[derive(Debug, Deserialize)]
pub(super) struct Charge {
    id: String,
    amount_refunded: i64,
    currency: String,
    payment_intent: Option<Reference>,
    /// Before basil.
    invoice: Option<Reference>,
}

impl Charge {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let payment = Payment {
            charge: Some(&self.id),
            intent: id(self.payment_intent.as_ref()),
            invoice: id(self.invoice.as_ref()),
        };
        let mut facts: Vec<Fact> = payment.aliases().collect();
        facts.extend(refund(self.id.clone(), &payment, self.amount_refunded, &self.currency, RefundEffect::Total)?);
        Ok(Reading::of(at, facts))
    }
}

/// A refund without a payment returns a customer's own balance: it reduces no sale.
fn refund(
    external_id: String,
    payment: &Payment<'_>,
    amount: i64,
    currency: &str,
    effect: RefundEffect,
) -> Result<Option<Fact>, Unreadable> {
    let Some(refund_of) = payment.name().map(str::to_owned) else { return Ok(None) };
    let currency = units::currency(currency)?;
    let amount = units::exact(Gateway::Stripe, currency, amount)?;
    Ok(Some(Fact::Refund(RefundFact { external_id, refund_of, amount, currency, basis: Basis::Paid, effect })))
}
