//! Parses completed transactions: sales and renewals (developer.paddle.com, `transaction.completed`).

use serde::Deserialize;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Reading, moment};
use crate::{
    fact::{ConversionFact, Details, Evidence, Fact, Unreadable},
    gateway::{buyer, evidence, lead, parts, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Transaction {
    id: String,
    origin: Option<String>,
    collection_mode: Option<String>,
    billed_at: Option<String>,
    customer_id: Option<String>,
    subscription_id: Option<String>,
    discount_id: Option<String>,
    #[serde(default)]
    custom_data: Value,
    details: TransactionDetails,
}

#[derive(Debug, Deserialize)]
struct TransactionDetails {
    totals: Totals,
    /// After adjustments.
    adjusted_totals: Option<Totals>,
    #[serde(default)]
    line_items: Vec<LineItem>,
}

#[derive(Debug, Deserialize)]
struct Totals {
    /// After discount and tax, before credits.
    total: String,
    tax: String,
    /// After credits: the amount that the buyer pays.
    grand_total: Option<String>,
    /// Exists since 2026.
    grand_total_tax: Option<String>,
    currency_code: String,
}

#[derive(Debug, Deserialize)]
struct LineItem {
    totals: Option<LineTotals>,
    product: Option<Product>,
}

#[derive(Debug, Deserialize)]
struct LineTotals {
    total: String,
    tax: String,
}

#[derive(Debug, Deserialize)]
struct Product {
    id: String,
}

impl Transaction {
    pub(super) fn read(self, occurred_at: Timestamp) -> Result<Reading, Unreadable> {
        // A manually paid invoice was billed when it was sent, which may be a month earlier.
        let at = match &self.billed_at {
            Some(billed_at) if !self.is_invoice() => moment(billed_at)?,
            _ => occurred_at,
        };
        let mut evidence = Evidence::default();
        evidence.take_data(&self.custom_data);
        self.discount_id.iter().for_each(|id| evidence.take_coupon(id));
        evidence.purchase.clone_from(&self.subscription_id);
        let facts = self.sale()?.or_else(|| self.lead()).into_iter().collect();
        Ok(Reading { at, customer: buyer(self.customer_id.as_deref(), None), evidence, facts })
    }

    /// Whether the buyer paid an invoice, instead of being charged automatically.
    fn is_invoice(&self) -> bool {
        self.collection_mode.as_deref() == Some("manual")
    }

    /// What the buyer had to pay. The brand can credit a part of an invoice before it is paid, which only changes the
    /// adjusted totals. Refunds change them, too, but come after the event that reports the payment.
    fn totals(&self) -> &Totals {
        let adjusted = self.details.adjusted_totals.as_ref().filter(|_| self.is_invoice());
        adjusted.unwrap_or(&self.details.totals)
    }

    /// A transaction of zero is no sale, nor is one that credits pay for, or a downgrade that credits the buyer.
    fn sale(&self) -> Result<Option<Fact>, Unreadable> {
        let totals = self.totals();
        let currency = units::currency(&totals.currency_code)?;
        let (total, paid) = (units::integer(&totals.total)?, totals.paid()?);
        // If nothing was credited, a negative payment is a mistake, which `exact` refuses.
        let is_unexplained = paid < 0 && total >= 0;
        if (paid <= 0 || total <= 0) && !is_unexplained {
            return Ok(None);
        }
        let paid = units::exact(Gateway::Paddle, currency, paid)?;
        let amount = units::nearest(Gateway::Paddle, currency, totals.commissionable()?)?;
        if amount == 0 {
            return Ok(None);
        }
        let mut lines = Vec::with_capacity(self.details.line_items.len());
        for line in &self.details.line_items {
            let product = line.product.as_ref().map(|product| product.id.as_str());
            let weight = line.totals.as_ref().map_or(Ok(0), LineTotals::without_tax)?;
            lines.push((product, weight));
        }
        let (product_id, items) = parts::of(amount, lines);
        Ok(Some(Fact::Conversion(Box::new(ConversionFact {
            external_id: self.id.clone(),
            lead: false,
            reported_recurring: self.origin.as_deref() == Some("subscription_recurring"),
            amount,
            paid,
            paid_known: true,
            currency,
            subscription_id: self.subscription_id.clone(),
            product_id,
            details: Details { items, ..self.details() },
        }))))
    }

    /// A subscription's first transaction has a total of zero if it begins with a trial or a discount for all of it. It
    /// comes from a checkout or the API; other origins report what happens to a subscription later, such as another
    /// payment method.
    fn lead(&self) -> Option<Fact> {
        let begins = matches!(self.origin.as_deref(), Some("web" | "api"));
        let is_free = units::integer(&self.details.totals.total) == Ok(0);
        let subscription = self.subscription_id.as_deref().filter(|id| begins && is_free && !id.is_empty())?;
        let product = self.details.line_items.iter().find_map(|line| Some(line.product.as_ref()?.id.as_str()));
        let currency = Some(self.details.totals.currency_code.as_str());
        lead(subscription, currency, product.filter(|id| !id.is_empty()), self.details())
    }

    /// The buyer's country is in a separate address entity, which no event contains.
    fn details(&self) -> Details {
        Details { metadata: evidence::texts([&self.custom_data]), ..Details::default() }
    }
}

impl Totals {
    fn paid(&self) -> Result<i64, Unreadable> {
        units::integer(self.grand_total.as_ref().unwrap_or(&self.total))
    }

    /// The payment without its tax. If the payment's own tax isn't reported, the tax of the total in proportion.
    fn commissionable(&self) -> Result<i64, Unreadable> {
        let paid = self.paid()?;
        if let Some(tax) = &self.grand_total_tax {
            return units::less(paid, units::integer(tax)?);
        }
        let total = units::integer(&self.total)?;
        let net = units::less(total, units::integer(&self.tax)?)?;
        if paid == total || total == 0 { Ok(net) } else { units::share(net, paid, total) }
    }
}

impl LineTotals {
    fn without_tax(&self) -> Result<i64, Unreadable> {
        Ok(units::integer(&self.total)?.saturating_sub(units::integer(&self.tax)?))
    }
}
