//! A shop at Shopify, whose owner creates the webhooks in its settings: a connection makes no calls to Shopify, so the
//! only requests are those of `/stand-in`.

use axum::response::Response;
use serde_json::{Value, json};

use super::{
    Answer, Call, FakeServer, Vendor,
    checkout::{self, Sale, Sells, decimal},
    write,
};
use crate::{
    vendor_webhooks::{SHOP, shape},
    wait::now,
};

/// What the shop signs its webhooks with.
pub const SIGNING_KEY: &str = "shpss_canarystandinofshopify000001";

#[derive(Debug, Default)]
pub struct Shopify {
    /// The addresses of its webhooks.
    urls: Vec<String>,
    sales: Vec<Sale>,
}

pub fn start() -> FakeServer<Shopify> {
    FakeServer::of(Shopify::default())
}

pub const fn shop() -> &'static str {
    SHOP
}

impl Vendor for Shopify {
    /// `POST /stand-in/webhook` with `url`: what *Create webhook* does in the shop's settings.
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() != "POST /stand-in/webhook" {
            return Answer(404, json!({"errors": "Not Found"}));
        }
        let form: Vec<(String, String)> = url::form_urlencoded::parse(&call.body).into_owned().collect();
        let url = form.into_iter().find(|(name, _)| name == "url").map(|(_, url)| url);
        let Some(url) = url.filter(|url| url::Url::parse(url).is_ok()) else {
            return Answer(400, json!({"error": "url must be the webhook URL of the connection"}));
        };
        self.urls = vec![url];
        Answer(200, json!({ "webhooks": self.urls }))
    }

    fn respond(&mut self, call: &Call) -> Response {
        checkout::respond(self, call).unwrap_or_else(|| write(&self.answer(call)))
    }
}

impl Sells for Shopify {
    const KIND: &'static str = "shopify";

    fn sales(&mut self) -> &mut Vec<Sale> {
        &mut self.sales
    }

    fn webhooks(&self) -> Vec<(String, String)> {
        self.urls.iter().map(|url| (url.clone(), SIGNING_KEY.to_owned())).collect()
    }

    fn sold(&self, sale: &Sale) -> (&'static str, Value) {
        let mut order = shape(Self::KIND, "orders.paid");
        let (time, price) = (json!(now().to_string()), json!(decimal(sale.amount)));
        let mut line = order["line_items"][0].take();
        for (field, value) in [
            ("price", price.clone()),
            ("quantity", json!(1)),
            ("discount_allocations", json!([])),
            ("tax_lines", json!([])),
            ("properties", json!([])),
        ] {
            line[field] = value;
        }
        for (field, value) in [
            ("id", json!(sale.number)),
            ("created_at", time.clone()),
            ("processed_at", time),
            ("currency", json!(sale.currency)),
            ("email", json!(sale.email())),
            ("subtotal_price", price.clone()),
            ("total_price", price),
            ("total_tax", json!("0.00")),
            ("line_items", json!([line])),
            ("shipping_lines", json!([])),
            ("discount_codes", json!([])),
            ("landing_site", json!(null)),
            ("note_attributes", json!([{ "name": "rekomi_ref", "value": sale.reference }])),
            ("refunds", json!([])),
        ] {
            order[field] = value;
        }
        order["customer"]["id"] = json!(sale.number + 1);
        order["customer"]["email"] = json!(sale.email());
        ("orders/paid", order)
    }

    fn refunded(&self, sale: &Sale, amount: i64) -> (&'static str, Value) {
        let mut refund = shape(Self::KIND, "refunds.create");
        let time = json!(now().to_string());
        let mut transaction = refund["transactions"][0].take();
        transaction["amount"] = json!(decimal(amount));
        transaction["currency"] = json!(sale.currency);
        let id = sale.number + sale.refunded.unsigned_abs();
        for (field, value) in [
            ("id", json!(id)),
            ("order_id", json!(sale.number)),
            ("created_at", time.clone()),
            ("processed_at", time),
            ("transactions", json!([transaction])),
            ("refund_line_items", json!([])),
            ("order_adjustments", json!([])),
            ("total_duties_set", json!(null)),
        ] {
            refund[field] = value;
        }
        ("refunds/create", refund)
    }

    fn sale_id(number: u64) -> String {
        number.to_string()
    }
}
