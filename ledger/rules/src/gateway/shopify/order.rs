//! Parses orders: sales, and where the referral is (shopify.dev, REST Admin API, "The Order resource").

use serde::{Deserialize, Deserializer};
use serde_json::Value;
use shared::money::Currency;

use super::{Reading, moment, refund::Refund};
use crate::{
    fact::{ConversionFact, Details, Evidence, Fact, Unreadable},
    gateway::{buyer, evidence, parts, units},
};

/// `source_name` of an order that a subscription's billing creates; the first one comes from the checkout and has
/// another name. Not documented as a closed list, so a renewal may come under another name: it then counts as one
/// because its customer bought before.
const RENEWAL: &str = "subscription_contract";

#[derive(Debug, Deserialize)]
pub(super) struct Order {
    id: u64,
    created_at: String,
    processed_at: Option<String>,
    cancelled_at: Option<String>,
    financial_status: String,
    /// The shop's.
    currency: String,
    #[serde(default)]
    taxes_included: bool,
    /// Including tax, shipping, duties and tips; neither edits nor refunds change it.
    total_price: String,
    /// After discounts, without shipping; including tax if `taxes_included`.
    subtotal_price: String,
    total_tax: Option<String>,
    email: Option<String>,
    customer: Option<Customer>,
    source_name: Option<String>,
    /// Path and query of the first page that the buyer saw.
    landing_site: Option<String>,
    #[serde(default, deserialize_with = "or_empty")]
    note_attributes: Vec<Pair>,
    #[serde(default, deserialize_with = "or_empty")]
    discount_codes: Vec<DiscountCode>,
    #[serde(default, deserialize_with = "or_empty")]
    line_items: Vec<Line>,
    #[serde(default, deserialize_with = "or_empty")]
    shipping_lines: Vec<ShippingLine>,
    billing_address: Option<Address>,
    shipping_address: Option<Address>,
    #[serde(default, deserialize_with = "or_empty")]
    refunds: Vec<Refund>,
}

#[derive(Debug, Deserialize)]
struct Customer {
    id: Option<CustomerId>,
    email: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum CustomerId {
    Number(u64),
    /// What an erasure puts in its place.
    Erased(String),
}

/// A cart attribute, or a property of a line.
#[derive(Debug, Deserialize)]
struct Pair {
    name: String,
    #[serde(default)]
    value: Value,
}

#[derive(Debug, Deserialize)]
struct DiscountCode {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Line {
    product_id: Option<u64>,
    price: String,
    quantity: i64,
    gift_card: Option<bool>,
    #[serde(default, deserialize_with = "or_empty")]
    properties: Vec<Pair>,
    #[serde(default, deserialize_with = "or_empty")]
    discount_allocations: Vec<Allocation>,
    #[serde(default, deserialize_with = "or_empty")]
    tax_lines: Vec<TaxLine>,
}

#[derive(Debug, Deserialize)]
struct ShippingLine {
    #[serde(default, deserialize_with = "or_empty")]
    tax_lines: Vec<TaxLine>,
}

#[derive(Debug, Deserialize)]
struct Allocation {
    amount: String,
}

#[derive(Debug, Deserialize)]
struct TaxLine {
    price: String,
}

#[derive(Debug, Deserialize)]
struct Address {
    country_code: Option<String>,
}

/// Shopify sends some empty lists as null.
pub(super) fn or_empty<'de, D: Deserializer<'de>, T: Deserialize<'de>>(deserializer: D) -> Result<Vec<T>, D::Error> {
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

impl Order {
    pub(super) fn read(self) -> Result<Reading, Unreadable> {
        let at = moment(self.processed_at.as_ref().unwrap_or(&self.created_at))?;
        let currency = units::currency(&self.currency)?;
        let mut facts: Vec<Fact> = self.sale(currency)?.into_iter().collect();
        for refund in &self.refunds {
            facts.extend(refund.fact(Some(currency))?);
        }
        let customer = self.customer.as_ref();
        let id = customer.and_then(|customer| customer.id.as_ref()).map(|id| match id {
            CustomerId::Number(id) => id.to_string(),
            CustomerId::Erased(id) => id.clone(),
        });
        let email = customer.and_then(|customer| customer.email.as_deref()).or(self.email.as_deref());
        Ok(Reading { customer: buyer(id.as_deref(), email), evidence: self.evidence(), ..Reading::of(at, facts) })
    }

    /// Only a paid order is a sale. One that was canceled isn't: if it was paid, the refund may be on its way, and
    /// whatever was earned before stays until then.
    fn sale(&self, currency: Currency) -> Result<Option<Fact>, Unreadable> {
        let was_paid = matches!(self.financial_status.as_str(), "paid" | "partially_refunded" | "refunded");
        if !was_paid || self.cancelled_at.is_some() {
            return Ok(None);
        }
        let amount = self.commissionable(currency)?;
        if amount == 0 {
            return Ok(None);
        }
        let mut lines = Vec::with_capacity(self.line_items.len());
        for line in self.line_items.iter().filter(|line| !line.is_gift_card()) {
            lines.push((line.product_id.map(|id| id.to_string()), line.weight(currency, self.taxes_included)?));
        }
        let (product_id, items) =
            parts::of(amount, lines.iter().map(|(product, weight)| (product.as_deref(), *weight)));
        let addresses = [&self.billing_address, &self.shipping_address].into_iter().flatten();
        let country = addresses.filter_map(|address| address.country_code.as_deref()).find_map(evidence::country);
        let mut details = Details { country, items, ..Details::default() };
        for pair in &self.note_attributes {
            if let Some(text) = pair.value.as_str() {
                evidence::keep(&mut details.metadata, &pair.name, text.to_owned());
            }
        }
        Ok(Some(Fact::Conversion(Box::new(ConversionFact {
            external_id: self.id.to_string(),
            lead: false,
            reported_recurring: self.source_name.as_deref() == Some(RENEWAL),
            amount,
            paid: units::decimal(currency, &self.total_price)?,
            paid_known: true,
            currency,
            // An order doesn't name its subscription contract.
            subscription_id: None,
            product_id,
            details,
        }))))
    }

    /// The goods after discounts, without tax and shipping. A gift card is none of them: it isn't taxed, and what is
    /// bought with it is a sale.
    fn commissionable(&self, currency: Currency) -> Result<i64, Unreadable> {
        let gift_cards = self.line_items.iter().filter(|line| line.is_gift_card());
        let gift_cards = gift_cards.map(|line| line.weight(currency, self.taxes_included));
        let gift_cards = units::sum(gift_cards.collect::<Result<Vec<_>, _>>()?)?;
        let goods = units::less(units::decimal(currency, &self.subtotal_price)?, gift_cards)?;
        if !self.taxes_included {
            return Ok(goods);
        }
        let tax = self.total_tax.as_deref().map_or(Ok(0), |tax| units::decimal(currency, tax))?;
        let of_shipping = taxes(currency, self.shipping_lines.iter().flat_map(|line| &line.tax_lines))?;
        units::less(goods, units::less(tax, of_shipping)?)
    }

    /// The cart's attributes and the lines' properties are the brand's own; the landing page has the link's parameters
    /// if the brand's theme adds nothing to the cart.
    fn evidence(&self) -> Evidence {
        let mut found = Evidence { purchase: Some(self.id.to_string()), ..Evidence::default() };
        let properties = self.line_items.iter().flat_map(|line| &line.properties);
        for pair in self.note_attributes.iter().chain(properties) {
            pair.value.as_str().into_iter().for_each(|text| found.take_pair(&pair.name, text));
        }
        let landing = self.landing_site.as_deref().and_then(|page| page.split_once('?'));
        let query = landing.map(|(_, query)| query.split('#').next().unwrap_or_default()).unwrap_or_default();
        query.split('&').filter_map(|pair| pair.split_once('=')).for_each(|(key, text)| found.take_pair(key, text));
        self.discount_codes.iter().for_each(|discount| found.take_coupon(&discount.code));
        found
    }
}

impl Line {
    fn is_gift_card(&self) -> bool {
        self.gift_card == Some(true)
    }

    /// What the line cost after discounts and without tax.
    fn weight(&self, currency: Currency, taxes_included: bool) -> Result<i64, Unreadable> {
        let price = units::decimal(currency, &self.price)?.saturating_mul(self.quantity);
        let mut discounts = 0_i64;
        for allocation in &self.discount_allocations {
            discounts = discounts.saturating_add(units::decimal(currency, &allocation.amount)?);
        }
        let tax = if taxes_included { taxes(currency, &self.tax_lines)? } else { 0 };
        Ok(price.saturating_sub(discounts).saturating_sub(tax))
    }
}

fn taxes<'a>(currency: Currency, lines: impl IntoIterator<Item = &'a TaxLine>) -> Result<i64, Unreadable> {
    let taxes: Result<Vec<i64>, Unreadable> =
        lines.into_iter().map(|line| units::decimal(currency, &line.price)).collect();
    units::sum(taxes?)
}
