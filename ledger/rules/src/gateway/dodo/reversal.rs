//! Parses refunds and disputes. The event's type says what happened.

use serde::Deserialize;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Customer, Reading};
use crate::{
    fact::{Basis, DisputeFact, DisputeState, Fact, RefundEffect, RefundFact, Unreadable},
    gateway::{malformed, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Refund {
    refund_id: String,
    payment_id: String,
    amount: Option<i64>,
    currency: Option<String>,
    customer: Option<Customer>,
}

impl Refund {
    pub(super) fn read(self, at: Timestamp, effect: RefundEffect) -> Result<Reading, Unreadable> {
        let missing = || malformed("refund without amount or currency");
        let currency = units::currency(self.currency.as_deref().ok_or_else(missing)?)?;
        let amount = self.amount.ok_or_else(missing)?;
        let fact = Fact::Refund(RefundFact {
            external_id: self.refund_id,
            refund_of: self.payment_id,
            amount: units::exact(Gateway::Dodo, currency, amount)?,
            currency,
            basis: Basis::Paid,
            effect,
        });
        Ok(Reading { customer: self.customer.as_ref().and_then(Customer::buyer), ..Reading::of(at, vec![fact]) })
    }
}

#[derive(Debug, Deserialize)]
pub(super) struct Dispute {
    dispute_id: String,
    payment_id: String,
    /// Text "to accommodate precision". The reference doesn't say which unit it is in.
    amount: String,
    currency: String,
    customer: Option<Customer>,
}

impl Dispute {
    /// Digits alone are the smallest unit, like every other amount of Dodo's; with a point they are a decimal number.
    pub(super) fn read(self, at: Timestamp, state: DisputeState) -> Result<Reading, Unreadable> {
        let currency = units::currency(&self.currency)?;
        let amount = if self.amount.contains('.') {
            units::decimal(currency, &self.amount)?
        } else {
            units::exact(Gateway::Dodo, currency, units::integer(self.amount.trim())?)?
        };
        let fact = Fact::Dispute(DisputeFact {
            external_id: self.dispute_id,
            dispute_of: self.payment_id,
            amount,
            total: None,
            currency,
            state,
        });
        Ok(Reading { customer: self.customer.as_ref().and_then(Customer::buyer), ..Reading::of(at, vec![fact]) })
    }
}
