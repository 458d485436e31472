//! Events as Dodo Payments publishes them (`tests/fixtures/dodo`), with made-up values.

use serde_json::json;

use super::*;
use crate::fact::{Basis, ConversionFact, Fact};

macro_rules! shape {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/fixtures/dodo/", $name, ".json")))
            .unwrap()
    };
}

fn read(event: &Value) -> Result<Reading, Unreadable> {
    super::read(&event.to_string())
}

fn with(mut event: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        event["data"][field] = value.clone();
    }
    event
}

fn odette() -> Option<Buyer> {
    Buyer::new(Some("cus_fixture"), Some("odette@buyers.example"))
}

fn sale(reading: &Reading) -> Option<&ConversionFact> {
    reading.facts.iter().find_map(|fact| if let Fact::Conversion(sale) = fact { Some(&**sale) } else { None })
}

fn totals(fields: Value) -> Result<Option<(i64, i64)>, &'static str> {
    let reading = read(&with(shape!("payment.succeeded"), fields)).map_err(|error| error.code)?;
    Ok(sale(&reading).map(|sale| (sale.amount, sale.paid)))
}

#[test]
fn a_payment_is_a_sale_without_its_tax() {
    let reading = read(&shape!("payment.succeeded")).unwrap();
    assert_eq!((reading.at.to_string().as_str(), &reading.customer), ("2026-11-18T12:26:40.104Z", &odette()));
    let sale = sale(&reading).unwrap();
    assert_eq!((sale.external_id.as_str(), sale.amount, sale.paid), ("pay_fixture", 4_900, 5_929));
    assert_eq!((sale.currency.code(), sale.subscription_id.as_deref()), ("EUR", Some("sub_fixture")));
    assert_eq!((sale.product_id.as_deref(), sale.details.country.as_deref()), (Some("pdt_studio"), Some("FR")));
    assert_eq!(sale.details.metadata["seats"], "3");
    let evidence = &reading.evidence;
    assert_eq!((evidence.slug.as_deref(), evidence.purchase.as_deref()), (Some("lauren"), Some("sub_fixture")));
    assert_eq!(evidence.coupons, ["LAUREN15", "dsc_fixture"]);
}

#[test]
fn only_money_that_came_is_a_sale() {
    for kind in ["payment.failed", "payment.processing", "payment.cancelled", "payout.success", "something.new"] {
        let mut event = shape!("payment.succeeded");
        event["type"] = json!(kind);
        let reading = read(&event).unwrap();
        assert_eq!(reading, Reading::nothing(reading.at), "{kind}");
    }
    assert_eq!(totals(json!({ "total_amount": 0, "tax": 0 })), Ok(None));
    assert_eq!(totals(json!({ "is_update_payment_method": true })), Ok(None));
    let least = json!({ "tax": null, "customer": null, "billing": null, "product_cart": null, "metadata": null,
                        "subscription_id": null, "discounts": null, "discount_id": null });
    assert_eq!(totals(least), Ok(Some((5_929, 5_929))));
}

#[test]
fn amounts_are_in_the_currencys_smallest_unit() {
    for (fields, expected) in [
        (json!({ "currency": "JPY" }), Ok(Some((4_900, 5_929)))),
        (json!({ "currency": "KWD" }), Ok(Some((4_900, 5_929)))),
        (json!({ "currency": "XYZ" }), Err("unsupported_currency")),
        (json!({ "total_amount": "5929" }), Err("malformed_event")),
        (json!({ "total_amount": 59.29 }), Err("malformed_event")),
        (json!({ "total_amount": -1 }), Err("negative_amount")),
        (json!({ "tax": 5_930 }), Err("negative_amount")),
    ] {
        assert_eq!(totals(fields.clone()), expected, "{fields}");
    }
}

#[test]
fn refunds_count_and_failed_ones_are_undone() {
    for (kind, effect) in [("refund.succeeded", RefundEffect::Made), ("refund.failed", RefundEffect::Undone)] {
        let mut event = shape!("refund.succeeded");
        event["type"] = json!(kind);
        let reading = read(&event).unwrap();
        let [Fact::Refund(refund)] = reading.facts.as_slice() else { panic!("{reading:?}") };
        assert_eq!((&*refund.external_id, &*refund.refund_of, refund.amount), ("ref_fixture", "pay_fixture", 1_186));
        assert_eq!((refund.basis, refund.effect, reading.customer), (Basis::Paid, effect, odette()));
    }
    for field in ["amount", "currency"] {
        let event = with(shape!("refund.succeeded"), json!({ field: null }));
        assert_eq!(read(&event).unwrap_err().code, "malformed_event", "{field}");
    }
}

#[test]
fn what_each_dispute_does() {
    use DisputeState::{Lost, Open, Won};
    for (kind, state) in [
        ("opened", Open),
        ("challenged", Open),
        ("won", Won),
        ("cancelled", Won),
        ("lost", Lost),
        ("accepted", Lost),
        ("expired", Lost),
    ] {
        let mut event = shape!("dispute.opened");
        event["type"] = json!(format!("dispute.{kind}"));
        let reading = read(&event).unwrap();
        let [Fact::Dispute(dispute)] = reading.facts.as_slice() else { panic!("{reading:?}") };
        assert_eq!((&*dispute.external_id, &*dispute.dispute_of), ("dp_fixture", "pay_fixture"));
        assert_eq!((dispute.amount, dispute.state), (5_929, state), "{kind}");
    }
    for (amount, expected) in
        [("59.29", Ok(5_929)), ("59.299", Err("fractional_amount")), ("x", Err("malformed_event"))]
    {
        let reading = read(&with(shape!("dispute.opened"), json!({ "amount": amount })));
        let read = reading.map_err(|error| error.code).map(|reading| match reading.facts.as_slice() {
            [Fact::Dispute(dispute)] => dispute.amount,
            other => panic!("{other:?}"),
        });
        assert_eq!(read, expected, "{amount}");
    }
}

#[test]
fn a_subscription_brings_evidence() {
    for kind in ["active", "renewed", "cancelled", "updated", "something_new"] {
        let mut event = shape!("subscription.active");
        event["type"] = json!(format!("subscription.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!((reading.facts.len(), reading.customer), (0, odette()), "{kind}");
        assert_eq!(reading.evidence.slug.as_deref(), Some("lauren"));
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"));
    }
}
