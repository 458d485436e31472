//! Parses paid invoices, which are the sales and renewals of subscriptions, and their payments (Stripe API reference,
//! "The Invoice object", "The Invoice Line Item object", "The Invoice Payment object").

use serde::Deserialize;
use serde_json::Value;
use shared::{event::Gateway, timestamp::Timestamp};

use super::{Payment, Reading, Reference, checkout::ShippingCost, id, seconds, take_discounts};
use crate::{
    fact::{ConversionFact, Details, Evidence, Fact, Unreadable},
    gateway::{buyer, evidence, lead, parts, units},
};

#[derive(Debug, Deserialize)]
pub(super) struct Invoice {
    id: String,
    customer: Option<Reference>,
    customer_email: Option<String>,
    #[serde(default)]
    customer_address: Value,
    currency: String,
    amount_paid: i64,
    total: i64,
    total_excluding_tax: Option<i64>,
    /// Before basil.
    tax: Option<i64>,
    /// Since basil.
    total_taxes: Option<Vec<Amount>>,
    shipping_cost: Option<ShippingCost>,
    billing_reason: Option<String>,
    status_transitions: Option<StatusTransitions>,
    /// Before basil.
    subscription: Option<Reference>,
    /// Before basil.
    subscription_details: Option<SubscriptionDetails>,
    /// Since basil.
    parent: Option<Parent>,
    /// Before basil.
    charge: Option<Reference>,
    /// Before basil.
    payment_intent: Option<Reference>,
    /// Since basil, if the endpoint expands it.
    payments: Option<List<InvoicePayment>>,
    /// Before basil.
    #[serde(default)]
    discount: Value,
    #[serde(default)]
    discounts: Value,
    lines: Option<List<Line>>,
    #[serde(default)]
    metadata: Value,
}

#[derive(Debug, Deserialize)]
struct Amount {
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
    metadata: Value,
}

#[derive(Debug, Deserialize)]
struct List<T> {
    #[serde(default = "Vec::new")]
    data: Vec<T>,
}

#[derive(Debug, Deserialize)]
struct Line {
    amount: Option<i64>,
    #[serde(default)]
    metadata: Value,
    discount_amounts: Option<Vec<Amount>>,
    /// Discounts and credit grants; if present, it includes the discounts too.
    pretax_credit_amounts: Option<Vec<Amount>>,
    /// Since basil.
    taxes: Option<Vec<LineTax>>,
    /// Before basil.
    tax_amounts: Option<Vec<LineTax>>,
    /// Since basil.
    pricing: Option<Pricing>,
    /// Before basil.
    price: Option<PriceDetails>,
}

#[derive(Debug, Deserialize)]
struct LineTax {
    amount: i64,
    /// Since basil.
    tax_behavior: Option<String>,
    /// Before basil.
    inclusive: Option<bool>,
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
    pub(super) fn read(self, created: Timestamp) -> Result<Reading, Unreadable> {
        let at = match self.status_transitions.as_ref().and_then(|transitions| transitions.paid_at) {
            Some(paid_at) => seconds(paid_at)?,
            None => created,
        };
        let mut facts: Vec<Fact> = self.sale()?.or_else(|| self.lead()).into_iter().collect();
        facts.extend(self.payment().aliases());
        for payment in self.payments.iter().flat_map(|payments| &payments.data) {
            facts.extend(payment.names(Some(&self.id)).aliases());
        }
        Ok(Reading {
            at,
            customer: buyer(id(self.customer.as_ref()), self.customer_email.as_deref()),
            evidence: Evidence { purchase: self.subscription().map(str::to_owned), ..self.evidence() },
            facts,
        })
    }

    fn subscription(&self) -> Option<&str> {
        let of_details = self.subscription_details().and_then(|details| details.subscription.as_ref());
        id(of_details.or(self.subscription.as_ref()))
    }

    /// An invoice of zero is no sale, but its evidence still counts. See [`Self::lead`].
    fn sale(&self) -> Result<Option<Fact>, Unreadable> {
        let amount = self.commissionable()?;
        if amount == 0 {
            return Ok(None);
        }
        let currency = units::currency(&self.currency)?;
        let amount = units::nearest(Gateway::Stripe, currency, amount)?;
        let lines = self.lines().iter().map(|line| (line.product(), line.without_tax()));
        let (product_id, items) = parts::of(amount, lines);
        Ok(Some(Fact::Conversion(Box::new(ConversionFact {
            external_id: self.id.clone(),
            lead: false,
            reported_recurring: self.billing_reason.as_deref() == Some("subscription_cycle"),
            amount,
            paid: units::exact(Gateway::Stripe, currency, self.amount_paid)?,
            paid_known: true,
            currency,
            subscription_id: self.subscription().map(str::to_owned),
            product_id,
            details: Details { items, ..self.details() },
        }))))
    }

    /// A subscription's first invoice has a total of zero if it begins with a trial or a coupon for all of it (Stripe
    /// docs, "Use trial periods on subscriptions"). A later one of zero, or one that the customer's balance pays, says
    /// nothing about a beginning.
    fn lead(&self) -> Option<Fact> {
        let begins = self.billing_reason.as_deref() == Some("subscription_create");
        let subscription = self.subscription().filter(|_| begins && self.total == 0 && self.amount_paid == 0)?;
        lead(subscription, Some(&self.currency), self.lines().iter().find_map(Line::product), self.details())
    }

    fn details(&self) -> Details {
        let of_subscription = self.subscription_details().map(|details| &details.metadata);
        Details {
            country: self.customer_address["country"].as_str().and_then(evidence::country),
            metadata: evidence::texts(of_subscription.into_iter().chain([&self.metadata])),
            ..Details::default()
        }
    }

    /// The amount actually paid, without tax and shipping, in Stripe's units. A partly paid invoice counts with its
    /// payment, less tax and shipping in proportion; so does one that a credit paid in part. What is paid beyond the
    /// total is an older debt of the customer's balance, which this invoice only collects.
    fn commissionable(&self) -> Result<i64, Unreadable> {
        // A payment on an invoice of zero settles an older debt of the customer's balance.
        if self.amount_paid <= 0 || self.total <= 0 {
            return Ok(0);
        }
        let taxes = match &self.total_taxes {
            Some(taxes) => units::sum(taxes.iter().map(|tax| tax.amount))?,
            None => self.tax.unwrap_or(0),
        };
        let shipping = self.shipping_cost.as_ref().map_or(0, ShippingCost::without_tax);
        let net = match self.total_excluding_tax {
            Some(excluding_tax) => units::less(excluding_tax, shipping)?,
            None => units::less(self.total, units::sum([taxes, shipping])?)?,
        };
        let paid = self.amount_paid.min(self.total);
        if paid == self.total { Ok(net) } else { units::share(net, paid, self.total) }
    }

    fn evidence(&self) -> Evidence {
        let mut evidence = Evidence::default();
        evidence.take_data(&self.metadata);
        self.subscription_details().iter().for_each(|details| evidence.take_data(&details.metadata));
        self.lines().iter().for_each(|line| evidence.take_data(&line.metadata));
        take_discounts(&mut evidence, &self.discount);
        take_discounts(&mut evidence, &self.discounts);
        evidence
    }

    fn subscription_details(&self) -> Option<&SubscriptionDetails> {
        let of_parent = self.parent.as_ref().and_then(|parent| parent.subscription_details.as_ref());
        of_parent.or(self.subscription_details.as_ref())
    }

    fn lines(&self) -> &[Line] {
        self.lines.as_ref().map(|lines| lines.data.as_slice()).unwrap_or_default()
    }

    fn payment(&self) -> Payment<'_> {
        let (charge, intent) = (id(self.charge.as_ref()), id(self.payment_intent.as_ref()));
        Payment { charge, intent, invoice: Some(&self.id) }
    }
}

impl Line {
    fn product(&self) -> Option<&str> {
        let of_pricing = self.pricing.as_ref().and_then(|pricing| pricing.price_details.as_ref());
        id(of_pricing.or(self.price.as_ref())?.product.as_ref())
    }

    /// Only a weight relative to the other lines (see [`parts`]), so it doesn't need to be exact to the cent.
    fn without_tax(&self) -> i64 {
        let of = |amounts: &Option<Vec<Amount>>| -> i64 {
            amounts.iter().flatten().fold(0, |sum, one| sum.saturating_add(one.amount))
        };
        let inclusive = self
            .taxes
            .iter()
            .flatten()
            .chain(self.tax_amounts.iter().flatten())
            .filter(|tax| tax.tax_behavior.as_deref() == Some("inclusive") || tax.inclusive == Some(true));
        let tax = inclusive.fold(0, |sum: i64, tax| sum.saturating_add(tax.amount));
        let credits = of(&self.discount_amounts).max(of(&self.pretax_credit_amounts));
        self.amount.unwrap_or(0).saturating_sub(credits).saturating_sub(tax)
    }
}

/// Reports which payment pays which invoice, since basil removed that from the invoice.
#[derive(Debug, Deserialize)]
pub(super) struct InvoicePayment {
    invoice: Option<Reference>,
    payment: Option<PaymentOfInvoice>,
}

#[derive(Debug, Deserialize)]
struct PaymentOfInvoice {
    payment_intent: Option<Reference>,
    charge: Option<Reference>,
}

impl InvoicePayment {
    /// `invoice.paid` reports the sale itself, once it is paid in full.
    pub(super) fn read(&self, at: Timestamp) -> Reading {
        Reading::of(at, self.names(id(self.invoice.as_ref())).aliases().collect())
    }

    fn names<'a>(&'a self, invoice: Option<&'a str>) -> Payment<'a> {
        let payment = self.payment.as_ref();
        let intent = payment.and_then(|payment| id(payment.payment_intent.as_ref()));
        Payment { charge: payment.and_then(|payment| id(payment.charge.as_ref())), intent, invoice }
    }
}
