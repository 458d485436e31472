//! Events as Paddle publishes them (`tests/fixtures/paddle`), with made-up values.

use serde_json::json;
use shared::{id::EventId, money::Money, token::TOKEN_PREFIX};

use super::*;
use crate::{
    conversion::given_back::{Paid, Refund, given_back},
    fact::{Basis, Buyer, ConversionFact, DisputeState, Fact, RefundEffect},
};

macro_rules! shape {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/fixtures/paddle/", $name, ".json")))
            .unwrap()
    };
}

const SALE: &str = "txn_01k9fixturesale0000000000";
const BUYER: &str = "ctm_01k9fixturebuyer000000000";

fn read(event: &Value) -> Result<Reading, Unreadable> {
    super::read(&event.to_string())
}

fn with(mut event: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        event["data"][field] = value.clone();
    }
    event
}

/// The completed transaction with other totals.
fn totals(fields: Value) -> Result<Option<(i64, i64)>, &'static str> {
    let mut event = shape!("transaction.completed");
    for (field, value) in fields.as_object().unwrap() {
        event["data"]["details"]["totals"][field] = value.clone();
    }
    let reading = read(&event).map_err(|error| error.code)?;
    Ok(sale(&reading).map(|sale| (sale.amount, sale.paid)))
}

fn sale(reading: &Reading) -> Option<&ConversionFact> {
    match reading.facts.as_slice() {
        [Fact::Conversion(sale)] => Some(sale).filter(|sale| !sale.lead).map(|sale| &**sale),
        [] => None,
        other => panic!("{other:?}"),
    }
}

/// The reading's lead: its id, product and currency.
fn lead(reading: &Reading) -> Option<(&str, Option<&str>, &str)> {
    match reading.facts.as_slice() {
        [Fact::Conversion(fact)] if fact.lead => {
            assert_eq!((fact.amount, fact.paid, fact.reported_recurring), (0, 0, false));
            assert_eq!(fact.subscription_id.as_deref(), fact.external_id.strip_prefix("lead_"));
            Some((&*fact.external_id, fact.product_id.as_deref(), fact.currency.code()))
        }
        _ => None,
    }
}

/// The completed transaction of a trial or of a full discount.
fn free(origin: &str) -> Value {
    let mut event = with(shape!("transaction.completed"), json!({ "origin": origin }));
    for field in ["subtotal", "discount", "tax", "total", "grand_total", "grand_total_tax"] {
        event["data"]["details"]["totals"][field] = json!("0");
    }
    event
}

#[test]
fn a_trial_is_one_lead_in_all_of_its_events() {
    let expected = Some(("lead_sub_01k9fixture00000000000000", Some("pro_01k9studio"), "USD"));
    for kind in ["created", "trialing"] {
        let mut event = with(shape!("subscription.created"), json!({ "status": "trialing" }));
        event["event_type"] = json!(format!("subscription.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!(lead(&reading), expected, "{kind}");
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_01k9fixture00000000000000"));
        assert_eq!(reading.evidence.slug.as_deref(), Some("lauren"));
    }
    for origin in ["web", "api"] {
        assert_eq!(lead(&read(&free(origin)).unwrap()), expected, "{origin}");
    }
}

#[test]
fn only_a_beginning_without_a_payment_is_a_lead() {
    let none = |event: &Value| assert_eq!(lead(&read(event).unwrap()), None, "{event}");
    for origin in ["subscription_recurring", "subscription_update", "subscription_payment_method_change"] {
        none(&free(origin));
    }
    none(&with(free("web"), json!({ "subscription_id": null })));
    none(&shape!("transaction.completed"));
    let mut by_credit = shape!("transaction.completed");
    by_credit["data"]["details"]["totals"]["grand_total"] = json!("0");
    by_credit["data"]["details"]["totals"]["grand_total_tax"] = json!("0");
    none(&by_credit);
    none(&shape!("subscription.created"));
    let mut later = with(shape!("subscription.created"), json!({ "status": "trialing" }));
    for kind in ["updated", "resumed", "activated"] {
        later["event_type"] = json!(format!("subscription.{kind}"));
        none(&later);
    }
}

#[test]
fn a_completed_transaction_is_a_sale_without_tax() {
    let reading = read(&shape!("transaction.completed")).unwrap();
    let report = sale(&reading).unwrap();
    assert_eq!(
        (report.external_id.as_str(), report.amount, report.paid, report.currency.code()),
        (SALE, 10_800, 11_880, "USD")
    );
    assert_eq!(
        (report.reported_recurring, report.subscription_id.as_deref()),
        (false, Some("sub_01k9fixture00000000000000"))
    );
    assert_eq!(report.product_id.as_deref(), Some("pro_01k9studio"));
    let items: Vec<(&str, i64)> =
        report.details.items.iter().map(|item| (item.product_id.as_str(), item.amount)).collect();
    assert_eq!(items, [("pro_01k9studio", 8_100), ("pro_01k9rooms", 2_700)]);
    assert_eq!(report.details.metadata, [("rekomi_ref".into(), "lauren".into()), ("seats".into(), "3".into())].into());
    assert_eq!(
        (reading.evidence.slug.as_deref(), reading.evidence.coupons),
        (Some("lauren"), vec!["dsc_01k9fixturelauren20000000".into()])
    );
    assert_eq!(
        (reading.customer, reading.at.to_string()),
        (Buyer::new(Some(BUYER), None), "2026-11-18T12:26:38.5Z".into())
    );
}

#[test]
fn the_origin_tells_a_renewal_and_only_completion_tells_a_sale() {
    for (origin, renewal) in [("subscription_recurring", true), ("subscription_update", false), ("api", false)] {
        let reading = read(&with(shape!("transaction.completed"), json!({ "origin": origin }))).unwrap();
        assert_eq!(sale(&reading).unwrap().reported_recurring, renewal, "{origin}");
    }
    let kinds = ["billed", "canceled", "created", "paid", "past_due", "payment_failed", "ready", "revised", "updated"];
    for kind in kinds {
        let mut event = shape!("transaction.completed");
        event["event_type"] = json!(format!("transaction.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!(reading, Reading::nothing(reading.at), "{kind}");
    }
    let by_hand = read(&with(shape!("transaction.completed"), json!({ "collection_mode": "manual" }))).unwrap();
    assert_eq!(by_hand.at.to_string(), "2026-11-18T12:26:40.104Z", "paid when it completed, not when it was sent");
}

#[test]
fn credits_and_missing_totals() {
    // 18.80 of 118.80 by credit: 100.00 paid, 9.09 of it tax.
    assert_eq!(
        totals(json!({ "credit": "1880", "grand_total": "10000", "grand_total_tax": "909" })),
        Ok(Some((9_091, 10_000)))
    );
    assert_eq!(
        totals(json!({ "credit": "1880", "grand_total": "10000", "grand_total_tax": null })),
        Ok(Some((9_090, 10_000)))
    );
    assert_eq!(totals(json!({ "grand_total": null, "grand_total_tax": null })), Ok(Some((10_800, 11_880))));
    assert_eq!(totals(json!({ "grand_total": "0", "grand_total_tax": "0" })), Ok(None));
    let free = json!({ "subtotal": "0", "tax": "0", "total": "0", "grand_total": "0", "grand_total_tax": "0" });
    assert_eq!(totals(free), Ok(None));
    assert_eq!(totals(json!({ "currency_code": "JPY" })), Ok(Some((10_800, 11_880))));
}

/// A completed transaction of 1,000.00 that is adjusted to this amount.
fn adjusted(mode: &str, amount: Option<&str>) -> Value {
    let totals = |amount: &str| json!({ "tax": "0", "total": amount, "grand_total": amount, "currency_code": "USD" });
    let mut event = with(shape!("transaction.completed"), json!({ "collection_mode": mode }));
    event["data"]["details"]["totals"] = totals("100000");
    event["data"]["details"]["adjusted_totals"] = amount.map_or(json!(null), totals);
    event
}

#[test]
fn a_credit_on_an_invoice_is_no_part_of_the_sale() {
    for (mode, amount, expected) in [
        ("manual", Some("60000"), 60_000),
        ("manual", None, 100_000),
        ("automatic", Some("60000"), 100_000),
        ("automatic", None, 100_000),
    ] {
        let reading = read(&adjusted(mode, amount)).unwrap();
        let report = sale(&reading).unwrap();
        assert_eq!((report.amount, report.paid), (expected, expected), "{mode} {amount:?}");
    }
    assert_eq!(sale(&read(&adjusted("manual", Some("0"))).unwrap()), None, "credited in full");

    // A refund is a part of what was paid.
    let reading = read(&adjusted("manual", Some("60000"))).unwrap();
    let report = sale(&reading).unwrap();
    let back = |subtotal: &str| {
        let mut event = shape!("adjustment.updated");
        event["data"]["totals"]["subtotal"] = json!(subtotal);
        let Some(Fact::Refund(fact)) = read(&event).unwrap().facts.pop() else { panic!("no refund: {event}") };
        let refund = Refund { event_id: EventId::from_bytes([1; 16]), occurred_at: reading.at, fact };
        let paid = Paid { minor: report.paid, is_known: report.paid_known };
        let back = given_back(Money::new(report.amount, report.currency), paid, &[refund], &[]).unwrap();
        (back.amount, back.issues)
    };
    assert_eq!(back("30000"), (30_000, vec![]));
    assert_eq!(back("60000"), (60_000, vec![]));
}

#[test]
fn a_downgrade_that_credits_the_buyer_is_neither_sale_nor_lead() {
    // 5.00 to the buyer's balance, 0.83 of it tax.
    for (paid, its_tax) in [
        (json!("0"), json!(null)),
        (json!("0"), json!("0")),
        (json!("0"), json!("-83")),
        (json!("-500"), json!("-83")),
        (json!("-500"), json!(null)),
        (json!(null), json!(null)),
    ] {
        for tax in ["-83", "0"] {
            let fields = json!({ "total": "-500", "tax": tax, "grand_total": paid, "grand_total_tax": its_tax });
            assert_eq!(totals(fields.clone()), Ok(None), "{fields}");
            let mut event = free("web");
            for (field, value) in fields.as_object().unwrap() {
                event["data"]["details"]["totals"][field] = value.clone();
            }
            assert!(read(&event).unwrap().facts.is_empty(), "{fields}");
        }
    }
    let unexplained = json!({ "total": "0", "tax": "0", "grand_total": "-1", "grand_total_tax": "0" });
    assert_eq!(totals(unexplained), Err("negative_amount"));
}

#[test]
fn amounts_are_strict() {
    for (fields, code) in [
        (json!({ "grand_total": "118.80" }), "malformed_event"),
        (json!({ "grand_total": "" }), "malformed_event"),
        (json!({ "grand_total": 11_880 }), "malformed_event"),
        (json!({ "grand_total": "-1" }), "negative_amount"),
        (json!({ "grand_total_tax": "11881" }), "negative_amount"),
        (json!({ "grand_total": "9223372036854775808" }), "amount_out_of_range"),
        (json!({ "currency_code": "XYZ" }), "unsupported_currency"),
    ] {
        assert_eq!(totals(fields.clone()), Err(code), "{fields}");
    }
}

#[test]
fn a_token_may_stand_anywhere_in_custom_data() {
    let token = format!("{TOKEN_PREFIX}{}", "A".repeat(75));
    let data = json!({ "custom_data": { "tracking": { "ids": ["x", token] }, "via": "lauren" } });
    let reading = read(&with(shape!("transaction.completed"), data)).unwrap();
    assert_eq!((reading.evidence.click_token, reading.evidence.slug.as_deref()), (Some(token), Some("lauren")));
    let none =
        read(&with(shape!("transaction.completed"), json!({ "custom_data": null, "discount_id": null }))).unwrap();
    let of_subscription = Evidence { purchase: none.evidence.purchase.clone(), ..Evidence::default() };
    assert_eq!(none.evidence, of_subscription, "nothing names an affiliate");
}

#[test]
fn a_refund_counts_once_it_is_approved() {
    let waiting = read(&shape!("adjustment.created")).unwrap();
    assert_eq!((waiting.facts.len(), waiting.customer), (0, Buyer::new(Some(BUYER), None)));
    let reading = read(&shape!("adjustment.updated")).unwrap();
    let [Fact::Refund(refund)] = reading.facts.as_slice() else { panic!("{reading:?}") };
    assert_eq!((&*refund.external_id, &*refund.refund_of, refund.amount), ("adj_01k9fixturerefund", SALE, 3_600));
    assert_eq!((refund.basis, refund.effect), (Basis::Commissionable, RefundEffect::Made));
    assert_eq!(reading.at.to_string(), "2026-11-20T09:10:00.5Z");
}

#[test]
fn what_each_adjustment_does() {
    use DisputeState::{Open, Won};
    use RefundEffect::{Made, Restored, Undone};
    for (action, status, refund, warning) in [
        ("refund", "rejected", None, None),
        ("refund", "reversed", Some(Undone), None),
        ("chargeback", "approved", Some(Made), Some(Won)),
        // Its reversal is an adjustment of its own, which returns the money.
        ("chargeback", "reversed", Some(Made), Some(Won)),
        ("chargeback_reverse", "approved", Some(Restored), None),
        ("chargeback_warning", "approved", None, Some(Open)),
        ("chargeback_warning", "reversed", None, Some(Won)),
        ("chargeback_warning_reverse", "approved", None, Some(Won)),
        ("credit", "approved", None, None),
        ("credit_reverse", "approved", None, None),
        ("something_new", "approved", None, None),
    ] {
        let facts =
            read(&with(shape!("adjustment.chargeback"), json!({ "action": action, "status": status }))).unwrap().facts;
        let (mut effect, mut state) = (None, None);
        for fact in facts {
            match fact {
                Fact::Refund(report) => {
                    assert_eq!((report.amount, report.basis), (10_800, Basis::Commissionable));
                    effect = Some(report.effect);
                }
                Fact::Dispute(report) => {
                    let name = format!("warning:{SALE}");
                    assert_eq!((report.external_id, report.dispute_of.as_str(), report.amount), (name, SALE, 11_880));
                    state = Some(report.state);
                }
                other => panic!("{other:?}"),
            }
        }
        assert_eq!((effect, state), (refund, warning), "{action} {status}");
    }
}

#[test]
fn customers_and_subscriptions_bring_evidence() {
    for kind in ["customer.created", "customer.updated", "customer.imported"] {
        let mut event = shape!("customer.created");
        event["event_type"] = json!(kind);
        let reading = read(&event).unwrap();
        assert_eq!(reading.customer, Buyer::new(Some(BUYER), Some("odette@buyers.example")));
        assert_eq!((reading.evidence.slug.as_deref(), reading.facts.len()), (Some("lauren"), 0));
    }
    let kinds =
        ["activated", "canceled", "created", "imported", "past_due", "paused", "resumed", "trialing", "updated"];
    for kind in kinds {
        let mut event = shape!("subscription.created");
        event["event_type"] = json!(format!("subscription.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!((reading.customer, reading.facts.len()), (Buyer::new(Some(BUYER), None), 0));
        assert_eq!((reading.evidence.slug.as_deref(), reading.evidence.coupons.len()), (Some("lauren"), 1));
        let purchase = reading.evidence.purchase.as_deref();
        assert_eq!(purchase, Some("sub_01k9fixture00000000000000"), "{kind}: it is about its own payments");
    }
    let other = json!({ "event_type": "payout.paid", "occurred_at": "2026-11-18T12:26:40Z", "data": {} });
    assert_eq!(read(&other).unwrap(), Reading::nothing(Timestamp::from_seconds(1_795_004_800).unwrap()));
}
