//! Parses adjustments: what happens to a transaction's money afterwards (developer.paddle.com, `adjustment.created`).
//!
//! Refunds wait for Paddle's approval. Chargebacks are created by Paddle and count immediately; one that is won comes
//! as an adjustment of its own, `chargeback_reverse`, and only then does the chargeback itself become `reversed`. So a
//! `reversed` chargeback still counts as one that happened: undoing it as well would return the money twice.

use serde::Deserialize;
use shared::{event::Gateway, money::Currency, timestamp::Timestamp};

use super::Reading;
use crate::{
    fact::{Basis, DisputeFact, DisputeState, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::{buyer, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Adjustment {
    id: String,
    transaction_id: String,
    customer_id: Option<String>,
    action: String,
    status: String,
    totals: Totals,
}

#[derive(Debug, Deserialize)]
struct Totals {
    /// Without tax.
    subtotal: String,
    total: String,
    currency_code: String,
}

impl Adjustment {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let facts = match (self.action.as_str(), self.status.as_str()) {
            ("refund", "approved") => vec![self.refund(RefundEffect::Made)?],
            ("refund", "reversed") => vec![self.refund(RefundEffect::Undone)?],
            // The chargeback takes the money, so an earlier warning has nothing left to freeze.
            ("chargeback", "approved" | "reversed") => {
                vec![self.refund(RefundEffect::Made)?, self.warning(DisputeState::Won)?]
            }
            ("chargeback_reverse", "approved") => vec![self.refund(RefundEffect::Restored)?],
            ("chargeback_warning", "approved") => vec![self.warning(DisputeState::Open)?],
            ("chargeback_warning", "reversed") | ("chargeback_warning_reverse", "approved") => {
                vec![self.warning(DisputeState::Won)?]
            }
            // A credit that Paddle makes pays for a later transaction and lowers its grand total and commission: it
            // would count twice. One that a person makes lowers what is due on an invoice that isn't paid yet, and the
            // payment reports it (developer.paddle.com, "Create an adjustment"). The same goes for `credit_reverse`.
            // Adjustments that wait for approval, or are rejected, have no effect.
            _ => Vec::new(),
        };
        Ok(Reading { customer: buyer(self.customer_id.as_deref(), None), ..Reading::of(at, facts) })
    }

    fn refund(&self, effect: RefundEffect) -> Result<Fact, Unreadable> {
        let currency = units::currency(&self.totals.currency_code)?;
        Ok(Fact::Refund(RefundFact {
            external_id: self.id.clone(),
            refund_of: self.transaction_id.clone(),
            amount: amount(currency, &self.totals.subtotal)?,
            currency,
            basis: Basis::Commissionable,
            effect,
        }))
    }

    /// A warning and its end are two adjustments; they have the transaction in common.
    fn warning(&self, state: DisputeState) -> Result<Fact, Unreadable> {
        let currency = units::currency(&self.totals.currency_code)?;
        Ok(Fact::Dispute(DisputeFact {
            external_id: format!("warning:{}", self.transaction_id),
            dispute_of: self.transaction_id.clone(),
            amount: amount(currency, &self.totals.total)?,
            total: None,
            currency,
            state,
        }))
    }
}

fn amount(currency: Currency, text: &str) -> Result<i64, Unreadable> {
    units::exact(Gateway::Paddle, currency, units::integer(text)?)
}
