//! Goal: our fixtures have what Stripe says its events have, in the right version.
//! Method: the fields that the reader depends on are asserted on both invoice shapes, so that a fixture can't drift into
//! what we would like Stripe to send. In no shape is anything expanded.

use serde_json::Value;
use world::{
    settings,
    stripe::{nothing_is_expanded, shape},
};

fn object(name: &str) -> Value {
    shape(name)["data"]["object"].clone()
}

#[test]
fn envelopes() {
    for name in [
        "checkout.session.completed.subscription",
        "checkout.session.completed.payment",
        "checkout.session.completed.unpaid",
        "checkout.session.async_payment_succeeded",
        "invoice.paid.basil",
        "invoice.paid.before_basil",
        "invoice.paid.trial",
    ] {
        let event = shape(name);
        assert!(name.starts_with(event["type"].as_str().unwrap()), "{name}");
        for field in ["id", "object", "api_version", "created", "data", "livemode", "pending_webhooks", "request"] {
            assert!(!event[field].is_null(), "{name} has {field}");
        }
    }
}

#[test]
fn discounts_are_ids() {
    let files = std::fs::read_dir(settings::root().join("tests/fixtures/stripe")).unwrap();
    let names = files.map(|file| file.unwrap().path().file_stem().unwrap().to_string_lossy().into_owned());
    names.for_each(|name| nothing_is_expanded(&shape(&name)));
    let subscription = object("customer.subscription.created");
    let discount = object("customer.discount.created");
    assert_eq!(subscription["discounts"][0], discount["id"]);
    assert!(discount["promotion_code"].is_string() && discount["source"]["coupon"].is_string());
}

/// Stripe changelog, 2025-03-31.basil: what moved and what went.
#[test]
fn invoices_before_and_since_basil() {
    let (old, new) = (object("invoice.paid.before_basil"), object("invoice.paid.basil"));
    for gone in ["subscription", "subscription_details", "tax", "total_tax_amounts", "charge", "payment_intent", "paid"]
    {
        assert!(old.get(gone).is_some() && new.get(gone).is_none(), "{gone}");
    }
    for came in ["parent", "total_taxes", "amount_overpaid"] {
        assert!(old.get(came).is_none() && new.get(came).is_some(), "{came}");
    }
    for invoice in [&old, &new] {
        let number = |field: &str| invoice[field].as_i64().unwrap();
        assert_eq!(number("total"), 10_890);
        assert_eq!(number("total_excluding_tax"), 9_900);
        assert_eq!(number("amount_paid"), number("total"));
    }
    let (line_old, line_new) = (&old["lines"]["data"][0], &new["lines"]["data"][0]);
    assert!(line_old.get("price").is_some() && line_new.get("price").is_none() && line_new.get("pricing").is_some());
}

#[test]
fn sessions() {
    let session = object("checkout.session.completed.subscription");
    assert_eq!((session["mode"].as_str(), session["payment_status"].as_str()), (Some("subscription"), Some("paid")));
    assert!(session["invoice"].is_string() && session["payment_intent"].is_null());
    let session = object("checkout.session.completed.payment");
    assert!(session["invoice"].is_null() && session["payment_intent"].is_string());
    assert_eq!(object("checkout.session.completed.unpaid")["payment_status"].as_str(), Some("unpaid"));
}
