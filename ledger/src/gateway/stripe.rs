//! Stripe's events, read into facts.
//!
//! Both invoice shapes are read: before and since API version 2025-03-31.basil, which moved an invoice's subscription
//! to `parent.subscription_details` and its tax to `total_taxes` (Stripe changelog "basil"). The shape follows the
//! endpoint's version, not ours, so each field is looked for in both places. Fields: Stripe API reference, "The Checkout
//! Session object", "The Invoice object".

use serde::Deserialize;
use serde_json::{Map, Value};
use shared::{config::is_slug, money::Currency, timestamp::Timestamp, token::TOKEN_PREFIX};

use crate::fact::{Buyer, ConversionFact, Evidence, Fact, Unreadable};

/// What one Stripe event says. An event of a type that moves no commission has no fact and no evidence.
#[derive(Debug, Clone, PartialEq)]
pub struct Reading {
    pub at: Timestamp,
    pub customer: Option<Buyer>,
    pub evidence: Evidence,
    pub fact: Option<Fact>,
}

#[derive(Debug, Deserialize)]
struct Envelope {
    #[serde(rename = "type")]
    kind: String,
    /// Unix seconds.
    created: i64,
    data: Data,
}

#[derive(Debug, Deserialize)]
struct Data {
    object: Value,
}

/// # Errors
/// [`Unreadable`] where the body is not a Stripe event or an amount or currency in it can't be right.
pub fn read(body: &str) -> Result<Reading, Unreadable> {
    let envelope: Envelope =
        serde_json::from_str(body).map_err(|error| Unreadable::new("malformed_event", error.to_string()))?;
    let created = Timestamp::from_seconds(envelope.created)
        .map_err(|error| Unreadable::new("malformed_event", format!("created {error}")))?;
    match envelope.kind.as_str() {
        "checkout.session.completed" | "checkout.session.async_payment_succeeded" => {
            parse(envelope.data.object).and_then(|session: Session| session.read(created))
        }
        // `invoice.payment_succeeded` tells the same payments once more: only one of the two may count.
        "invoice.paid" => parse(envelope.data.object).and_then(|invoice: Invoice| invoice.read(created)),
        _ => Ok(Reading { at: created, customer: None, evidence: Evidence::default(), fact: None }),
    }
}

fn parse<T: serde::de::DeserializeOwned>(object: Value) -> Result<T, Unreadable> {
    serde_json::from_value(object).map_err(|error| Unreadable::new("malformed_event", error.to_string()))
}

fn currency(code: &str) -> Result<Currency, Unreadable> {
    code.parse().map_err(|error| Unreadable::new("unsupported_currency", format!("currency {error}")))
}

#[derive(Debug, Deserialize)]
struct Session {
    id: String,
    mode: String,
    payment_status: String,
    client_reference_id: Option<String>,
    customer: Option<Reference>,
    customer_email: Option<String>,
    customer_details: Option<CustomerDetails>,
    invoice: Option<Reference>,
    payment_intent: Option<Reference>,
    currency: Option<String>,
    amount_total: Option<i64>,
    total_details: Option<TotalDetails>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct CustomerDetails {
    email: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
struct TotalDetails {
    #[serde(default)]
    amount_tax: i64,
}

impl Session {
    /// A session always brings evidence; it is a sale itself only for a paid one-off payment without an invoice.
    fn read(self, created: Timestamp) -> Result<Reading, Unreadable> {
        let email = self.customer_details.and_then(|details| details.email).or(self.customer_email);
        let evidence = evidence([self.client_reference_id.as_deref()], [self.metadata.as_ref()]);
        let is_sale = self.mode == "payment" && self.payment_status == "paid" && self.invoice.is_none();
        let amount = self.amount_total.unwrap_or(0);
        let fact = if is_sale && amount > 0 {
            let tax = self.total_details.unwrap_or_default().amount_tax;
            Some(Fact::Conversion(ConversionFact {
                // What refunds of it will name; the session's own id where there is no payment.
                external_id: self.payment_intent.map_or(self.id, Reference::into_id),
                lead: false,
                told_recurring: false,
                amount: commissionable(amount, tax)?,
                currency: currency(self.currency.as_deref().unwrap_or_default())?,
                subscription_id: None,
                product_id: None,
            }))
        } else {
            None
        };
        let customer = Buyer::new(self.customer.as_ref().map(Reference::id), email.as_deref());
        Ok(Reading { at: created, customer, evidence, fact })
    }
}

#[derive(Debug, Deserialize)]
struct Invoice {
    id: String,
    customer: Option<Reference>,
    customer_email: Option<String>,
    currency: String,
    amount_paid: i64,
    total: i64,
    total_excluding_tax: Option<i64>,
    /// Before basil.
    tax: Option<i64>,
    /// Since basil.
    total_taxes: Option<Vec<Tax>>,
    billing_reason: Option<String>,
    status_transitions: Option<StatusTransitions>,
    /// Before basil.
    subscription: Option<Reference>,
    /// Before basil.
    subscription_details: Option<SubscriptionDetails>,
    /// Since basil.
    parent: Option<Parent>,
    lines: Option<Lines>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct Tax {
    amount: i64,
}

#[derive(Debug, Deserialize)]
struct StatusTransitions {
    paid_at: Option<i64>,
}

#[derive(Debug, Deserialize)]
struct Parent {
    subscription_details: Option<SubscriptionDetails>,
}

#[derive(Debug, Deserialize)]
struct SubscriptionDetails {
    subscription: Option<Reference>,
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
}

#[derive(Debug, Deserialize)]
struct Lines {
    #[serde(default)]
    data: Vec<Line>,
}

#[derive(Debug, Deserialize)]
struct Line {
    #[serde(default)]
    metadata: Option<Map<String, Value>>,
    /// Since basil.
    pricing: Option<Pricing>,
    /// Before basil.
    price: Option<PriceDetails>,
}

#[derive(Debug, Deserialize)]
struct Pricing {
    price_details: Option<PriceDetails>,
}

#[derive(Debug, Deserialize)]
struct PriceDetails {
    product: Option<Reference>,
}

impl Invoice {
    fn read(self, created: Timestamp) -> Result<Reading, Unreadable> {
        let paid_at = self.status_transitions.as_ref().and_then(|transitions| transitions.paid_at);
        let at = match paid_at {
            Some(seconds) => Timestamp::from_seconds(seconds)
                .map_err(|error| Unreadable::new("malformed_event", format!("paid_at {error}")))?,
            None => created,
        };
        let amount = self.amount()?;
        let details = self
            .parent
            .as_ref()
            .and_then(|parent| parent.subscription_details.as_ref())
            .or(self.subscription_details.as_ref());
        let lines = self.lines.as_ref().map(|lines| lines.data.as_slice()).unwrap_or_default();
        let evidence = evidence(
            [None],
            [self.metadata.as_ref(), details.and_then(|details| details.metadata.as_ref())]
                .into_iter()
                .chain(lines.iter().map(|line| line.metadata.as_ref())),
        );
        let subscription = details.and_then(|details| details.subscription.as_ref()).or(self.subscription.as_ref());
        // A trial's first invoice is paid with nothing: no conversion, but its evidence still counts.
        let fact = (amount > 0).then(|| -> Result<_, Unreadable> {
            Ok(Fact::Conversion(ConversionFact {
                external_id: self.id.clone(),
                lead: false,
                told_recurring: self.billing_reason.as_deref() == Some("subscription_cycle"),
                amount,
                currency: currency(&self.currency)?,
                subscription_id: subscription.map(|subscription| subscription.id().to_owned()),
                product_id: lines.iter().find_map(Line::product).map(str::to_owned),
            }))
        });
        Ok(Reading {
            at,
            customer: Buyer::new(self.customer.as_ref().map(Reference::id), self.customer_email.as_deref()),
            evidence,
            fact: fact.transpose()?,
        })
    }

    /// What was really paid, without tax. A part-paid invoice counts its payment, less tax in proportion.
    fn amount(&self) -> Result<i64, Unreadable> {
        if self.amount_paid <= 0 {
            return Ok(0);
        }
        let taxes = self.total_taxes.as_ref().map(|taxes| taxes.iter().map(|tax| tax.amount).sum::<i64>());
        let excluding_tax = self.total_excluding_tax.unwrap_or(self.total - taxes.or(self.tax).unwrap_or(0));
        if self.amount_paid == self.total || self.total <= 0 {
            return commissionable(excluding_tax, 0);
        }
        let share = i128::from(excluding_tax) * i128::from(self.amount_paid) / i128::from(self.total);
        commissionable(i64::try_from(share).unwrap_or(-1), 0)
    }
}

impl Line {
    fn product(&self) -> Option<&str> {
        let details =
            self.pricing.as_ref().and_then(|pricing| pricing.price_details.as_ref()).or(self.price.as_ref())?;
        details.product.as_ref().map(Reference::id)
    }
}

fn commissionable(total: i64, tax: i64) -> Result<i64, Unreadable> {
    total
        .checked_sub(tax)
        .filter(|amount| *amount >= 0)
        .ok_or_else(|| Unreadable::new("negative_amount", "the amount less tax is negative"))
}

/// Finds the click token wherever the brand could put it, and a slug under its documented names.
fn evidence<'a>(
    references: impl IntoIterator<Item = Option<&'a str>>,
    metadata: impl IntoIterator<Item = Option<&'a Map<String, Value>>>,
) -> Evidence {
    let mut found = Evidence::default();
    for reference in references.into_iter().flatten() {
        found.take(reference, true);
    }
    for (key, value) in metadata.into_iter().flatten().flatten() {
        if let Some(text) = value.as_str() {
            found.take(text, matches!(key.as_str(), "rekomi_ref" | "rekomi_slug" | "via"));
        }
    }
    found
}

impl Evidence {
    fn take(&mut self, text: &str, may_be_slug: bool) {
        if text.starts_with(TOKEN_PREFIX) {
            self.click_token.get_or_insert_with(|| text.to_owned());
        } else if may_be_slug && is_slug(text) {
            self.slug.get_or_insert_with(|| text.to_owned());
        }
    }
}

/// Stripe sends an id, or the object itself where the endpoint expands it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum Reference {
    Id(String),
    Object { id: String },
}

impl Reference {
    fn id(&self) -> &str {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }

    fn into_id(self) -> String {
        match self {
            Self::Id(id) | Self::Object { id } => id,
        }
    }
}

#[cfg(test)]
mod tests;
