//! Events as Creem publishes them (`tests/fixtures/creem`), with made-up values.

use serde_json::json;

use super::*;
use crate::fact::{Alias, Basis, ConversionFact, DisputeState, Fact, RefundEffect};

macro_rules! shape {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/fixtures/creem/", $name, ".json")))
            .unwrap()
    };
}

fn read(event: &Value) -> Result<Reading, Unreadable> {
    super::read(&event.to_string())
}

fn with(mut event: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        event["object"][field] = value.clone();
    }
    event
}

fn odette() -> Option<Buyer> {
    Buyer::new(Some("cust_fixture"), Some("odette@buyers.example"))
}

fn sale(reading: &Reading) -> Option<&ConversionFact> {
    reading.facts.iter().find_map(|fact| if let Fact::Conversion(sale) = fact { Some(&**sale) } else { None })
}

fn totals(event: &Value) -> Result<Option<(i64, i64)>, &'static str> {
    let reading = read(event).map_err(|error| error.code)?;
    Ok(sale(&reading).map(|sale| (sale.amount, sale.paid)))
}

#[test]
fn a_one_off_sale_is_its_checkout() {
    let reading = read(&shape!("checkout.completed.onetime")).unwrap();
    assert_eq!((reading.at.to_string().as_str(), &reading.customer), ("2026-11-18T12:26:40.104Z", &odette()));
    let sale = sale(&reading).unwrap();
    assert_eq!((sale.external_id.as_str(), sale.amount, sale.paid), ("ord_fixture", 4_900, 5_929));
    assert_eq!((sale.currency.code(), sale.subscription_id.as_deref(), sale.paid_known), ("EUR", None, true));
    assert_eq!((sale.product_id.as_deref(), sale.details.country.as_deref()), (Some("prod_studio"), Some("NL")));
    assert_eq!((reading.evidence.slug.as_deref(), &*sale.details.metadata["seats"]), (Some("lauren"), "3"));
}

#[test]
fn an_order_may_say_less() {
    let order = |fields: Value| {
        let mut event = shape!("checkout.completed.onetime");
        for (field, value) in fields.as_object().unwrap() {
            event["object"]["order"][field] = value.clone();
        }
        totals(&event)
    };
    // The example in the documentation has nothing but the amount.
    assert_eq!(order(json!({ "amount": 1_000, "amount_paid": null, "tax_amount": null })), Ok(Some((1_000, 1_000))));
    assert_eq!(order(json!({ "status": "pending" })), Ok(None));
    assert_eq!(order(json!({ "amount": 0, "amount_paid": 0, "tax_amount": 0 })), Ok(None));
    assert_eq!(order(json!({ "tax_amount": 5_930 })), Err("negative_amount"));
    assert_eq!(order(json!({ "amount_paid": -1 })), Err("negative_amount"));
    assert_eq!(order(json!({ "currency": "XYZ" })), Err("unsupported_currency"));
    assert_eq!(order(json!({ "amount": 10.5 })), Err("malformed_event"));
    assert_eq!(totals(&with(shape!("checkout.completed.onetime"), json!({ "order": null }))), Ok(None));
    let coupon =
        with(shape!("checkout.completed.onetime"), json!({ "discount": { "id": "dis_1", "code": "LAUREN15" } }));
    assert_eq!(read(&coupon).unwrap().evidence.coupons, ["LAUREN15", "dis_1"]);
}

#[test]
fn a_subscriptions_first_payment_counts_once() {
    let checkout = read(&shape!("checkout.completed.recurring")).unwrap();
    assert_eq!((checkout.facts.len(), checkout.evidence.purchase.as_deref()), (0, Some("sub_fixture")));
    assert_eq!(checkout.evidence.slug.as_deref(), Some("lauren"));
    let reading = read(&shape!("subscription.paid")).unwrap();
    assert_eq!((reading.at.to_string().as_str(), &reading.customer), ("2026-11-18T12:26:38.109Z", &odette()));
    let sale = sale(&reading).unwrap();
    assert_eq!((sale.external_id.as_str(), sale.amount, sale.paid), ("tran_fixture", 4_900, 5_929));
    assert_eq!((sale.subscription_id.as_deref(), sale.paid_known), (Some("sub_fixture"), true));
}

#[test]
fn a_payment_without_its_transaction() {
    let without = |fields: Value| {
        let event = with(shape!("subscription.paid"), json!({ "last_transaction": null }));
        totals(&with(event, fields))
    };
    assert_eq!(without(json!({})), Ok(Some((4_900, 4_900))), "the price is without tax");
    let inclusive = json!({ "id": "prod_studio", "price": 4_900, "currency": "EUR", "tax_mode": "inclusive" });
    for unclear in [
        json!({ "product": inclusive }),
        json!({ "product": "prod_studio" }),
        json!({ "discount": { "id": "dis_1", "code": "LAUREN15" } }),
        json!({ "last_transaction_id": null }),
    ] {
        assert_eq!(without(unclear.clone()), Err("amount_missing"), "{unclear}");
    }
    let untaxed = json!({ "last_transaction": { "id": "tran_2", "amount": 4_900, "currency": "EUR" } });
    assert_eq!(totals(&with(shape!("subscription.paid"), untaxed)), Ok(Some((4_900, 4_900))));
    let taxed =
        json!({ "last_transaction": { "id": "tran_2", "amount": 4_900, "tax_amount": 1_029, "currency": "EUR" } });
    assert_eq!(totals(&with(shape!("subscription.paid"), taxed)), Ok(Some((4_900, 5_929))));
}

#[test]
fn a_refund_finds_its_sale_by_transaction_or_order() {
    for (status, effect) in [
        ("succeeded", RefundEffect::Made),
        ("pending", RefundEffect::Made),
        ("failed", RefundEffect::Undone),
        ("canceled", RefundEffect::Undone),
    ] {
        let reading = read(&with(shape!("refund.created"), json!({ "status": status }))).unwrap();
        let [Fact::Refund(refund)] = reading.facts.as_slice() else { panic!("{reading:?}") };
        assert_eq!((&*refund.external_id, &*refund.refund_of, refund.amount), ("ref_fixture", "tran_fixture", 1_186));
        assert_eq!((refund.basis, refund.effect, reading.customer), (Basis::Paid, effect, odette()), "{status}");
    }
    let mut once = shape!("refund.created");
    once["object"]["transaction"]["subscription"] = json!(null);
    let alias = Alias { alias: "tran_fixture".to_owned(), name: "ord_fixture".to_owned() };
    let facts = read(&once).unwrap().facts;
    assert!(matches!(facts.as_slice(), [Fact::Alias(of), Fact::Refund(_)] if *of == alias), "{facts:?}");
}

#[test]
fn a_chargeback_is_lost_and_any_other_dispute_is_open() {
    for (status, state) in [("chargeback", DisputeState::Lost), ("paid", DisputeState::Open)] {
        let mut event = shape!("dispute.created");
        event["object"]["transaction"]["status"] = json!(status);
        let reading = read(&event).unwrap();
        let [Fact::Dispute(dispute)] = reading.facts.as_slice() else { panic!("{reading:?}") };
        assert_eq!((&*dispute.external_id, &*dispute.dispute_of), ("disp_fixture", "tran_fixture"));
        assert_eq!((dispute.amount, dispute.total, dispute.state), (5_929, Some(5_929), state), "{status}");
    }
}

#[test]
fn other_events_bring_evidence_or_nothing() {
    for kind in ["active", "trialing", "canceled", "scheduled_cancel", "past_due", "expired", "update", "paused"] {
        let mut event = shape!("subscription.paid");
        event["eventType"] = json!(format!("subscription.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!((reading.facts.len(), reading.customer), (0, odette()), "{kind}");
        assert_eq!(reading.evidence.slug.as_deref(), Some("lauren"));
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"));
    }
    let other =
        json!({ "id": "evt_1", "eventType": "license.created", "created_at": 1_795_004_800_000_i64, "object": {} });
    let reading = read(&other).unwrap();
    assert_eq!(reading, Reading::nothing(reading.at));
    let late = json!({ "id": "evt_1", "eventType": "license.created", "created_at": i64::MAX, "object": {} });
    assert_eq!(read(&late).unwrap_err().code, "malformed_event");
}
