//! Parses Shopify's orders and refunds into facts.
//!
//! Shopify signs only the body. The topic is a header, which anyone who saw one delivery could change, so it isn't
//! used: a body is an order or a refund by its own fields, and an order means what its `financial_status` and
//! `cancelled_at` say. Every event of one order therefore reports the same sale.
//!
//! Amounts are decimal text in the shop's currency; the buyer's currency stands beside it in `…_set` (shopify.dev, REST
//! Admin API, "Order" and "Refund"). We use the shop's.

mod order;
mod refund;

use serde_json::Value;

use super::{Reading, malformed, moment, parse};
use crate::fact::Unreadable;

pub(super) fn read(body: &str) -> Result<Reading, Unreadable> {
    let body: Value = serde_json::from_str(body).map_err(|error| malformed(error.to_string()))?;
    if !body["refund_line_items"].is_null() {
        return parse(body).and_then(|refund: refund::Refund| refund.read());
    }
    if !body["financial_status"].is_null() {
        return parse(body).and_then(|order: order::Order| order.read());
    }
    // Customers, products and all other topics have one of these times.
    let time = ["updated_at", "created_at"].iter().find_map(|name| body[*name].as_str());
    time.ok_or_else(|| malformed("neither an order nor a refund")).and_then(moment).map(Reading::nothing)
}

#[cfg(test)]
mod tests;
