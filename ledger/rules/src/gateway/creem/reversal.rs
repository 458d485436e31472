//! Parses refunds and disputes. Creem documents no event for what becomes of them, so each counts as it is created.

use serde::Deserialize;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Reading, Reference, Transaction};
use crate::{
    fact::{Alias, Basis, DisputeFact, DisputeState, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::units,
};

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    id: String,
    status: Option<String>,
    refund_amount: i64,
    refund_currency: String,
    transaction: Transaction,
    customer: Option<Reference>,
}

impl Refund {
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let effect = match self.status.as_deref() {
            Some("failed" | "canceled") => RefundEffect::Undone,
            _ => RefundEffect::Made,
        };
        let currency = units::currency(&self.refund_currency)?;
        let mut facts = self.transaction.alias();
        facts.push(Fact::Refund(RefundFact {
            external_id: self.id,
            refund_of: self.transaction.id,
            amount: units::exact(Gateway::Creem, currency, self.refund_amount)?,
            currency,
            basis: Basis::Paid,
            effect,
        }));
        Ok(Reading { customer: self.customer.as_ref().and_then(Reference::buyer), ..Reading::of(at, facts) })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    id: String,
    amount: i64,
    currency: String,
    transaction: Transaction,
    customer: Option<Reference>,
}

impl Dispute {
    /// A transaction that is a chargeback has lost its money already, as in Creem's example; any other is only frozen.
    pub(super) fn read(self, at: Timestamp) -> Result<Reading, Unreadable> {
        let currency = units::currency(&self.currency)?;
        let exact = |amount| units::exact(Gateway::Creem, currency, amount);
        let is_lost = self.transaction.status.as_deref() == Some("chargeback");
        let mut facts = self.transaction.alias();
        facts.push(Fact::Dispute(DisputeFact {
            external_id: self.id,
            dispute_of: self.transaction.id,
            amount: exact(self.amount)?,
            total: self.transaction.amount_paid.map(exact).transpose()?,
            currency,
            state: if is_lost { DisputeState::Lost } else { DisputeState::Open },
        }));
        Ok(Reading { customer: self.customer.as_ref().and_then(Reference::buyer), ..Reading::of(at, facts) })
    }
}

impl Transaction {
    /// A one-off sale has its order's id.
    fn alias(&self) -> Vec<Fact> {
        let order = self.order.as_ref().filter(|_| self.subscription.is_none());
        let alias = |order: &Reference| Alias { alias: self.id.clone(), name: order.id().to_owned() };
        order.map(alias).map(Fact::Alias).into_iter().collect()
    }
}
