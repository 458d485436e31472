//! What Stripe answers. Pure. Only the fields that matter here are read.
//!
//! Source: <https://docs.stripe.com/api/subscriptions/object>, <https://docs.stripe.com/api/invoices/object>, in the
//! version that every call names: since 2025-03-31, a subscription's period is on its items, and an invoice's
//! subscription in its `parent`.

use std::collections::BTreeMap;

use serde::Deserialize;
use shared::timestamp::Timestamp;

/// A customer; a deleted one has an ID and nothing else.
#[derive(Debug, Clone, Deserialize)]
pub struct Customer {
    pub id: String,
    #[serde(default)]
    pub deleted: bool,
    #[serde(default)]
    pub metadata: BTreeMap<String, String>,
}

/// A checkout, or a session of the customer portal.
#[derive(Debug, Clone, Deserialize)]
pub struct Session {
    pub id: String,
    pub url: String,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Subscriptions {
    pub data: Vec<Subscription>,
}

#[derive(Debug, Clone, Deserialize)]
pub struct Subscription {
    pub id: String,
    /// In Stripe's words, such as `past_due`.
    pub status: String,
    /// Unix seconds, as in the other fields.
    pub created: i64,
    #[serde(default)]
    pub cancel_at_period_end: bool,
    #[serde(default)]
    pub cancel_at: Option<i64>,
    #[serde(default)]
    pub current_period_end: Option<i64>,
    #[serde(default)]
    pub trial_end: Option<i64>,
    items: Items,
}

#[derive(Debug, Clone, Deserialize)]
struct Items {
    data: Vec<Item>,
}

#[derive(Debug, Clone, Deserialize)]
struct Item {
    price: Price,
}

#[derive(Debug, Clone, Deserialize)]
struct Price {
    id: String,
}

impl Subscription {
    /// The price of its first item: a checkout creates one with a single item.
    pub fn price(&self) -> Option<&str> {
        self.items.data.first().map(|item| item.price.id.as_str())
    }

    /// When it ends, if it was cancelled.
    pub fn ends_at(&self) -> Option<Timestamp> {
        moment(self.cancel_at.or(self.current_period_end.filter(|_| self.cancel_at_period_end)))
    }

    pub fn trial_ends_at(&self) -> Option<Timestamp> {
        moment(self.trial_end)
    }

    pub fn period_ends_at(&self) -> Option<Timestamp> {
        moment(self.current_period_end)
    }
}

#[derive(Debug, Clone, Deserialize)]
pub struct Invoice {
    pub id: String,
    pub customer: Option<String>,
    /// `draft`, `open`, `paid`, `uncollectible` or `void`.
    #[serde(default)]
    pub status: Option<String>,
    /// In minor units, as in the other fields.
    pub amount_paid: i64,
    pub amount_due: i64,
    /// In lower case.
    pub currency: String,
    #[serde(default)]
    pub number: Option<String>,
    #[serde(default)]
    pub attempt_count: u32,
    #[serde(default)]
    next_payment_attempt: Option<i64>,
    /// The page with the invoice and its receipt, at Stripe.
    #[serde(default)]
    pub hosted_invoice_url: Option<String>,
}

impl Invoice {
    /// When Stripe tries to charge the card again, if it does.
    pub fn retried_at(&self) -> Option<Timestamp> {
        moment(self.next_payment_attempt)
    }

    pub fn is_paid(&self) -> bool {
        self.status.as_deref() == Some("paid")
    }

    /// Whether it waits for its payment.
    pub fn is_open(&self) -> bool {
        self.status.as_deref() == Some("open")
    }
}

fn moment(seconds: Option<i64>) -> Option<Timestamp> {
    seconds.and_then(|seconds| Timestamp::from_seconds(seconds).ok())
}
