//! Events as Stripe publishes them (`tests/fixtures/stripe`), with made-up values.

use serde_json::json;
use shared::{id::EventId, money::Money, token::TOKEN_PREFIX};

use super::*;
use crate::{
    conversion::given_back::{Paid, Refund, given_back},
    fact::{Basis, Buyer, ConversionFact, DisputeState, RefundEffect, RefundFact},
};

macro_rules! shape {
    ($name:literal) => {
        serde_json::from_str::<Value>(include_str!(concat!("../../../../../tests/fixtures/stripe/", $name, ".json")))
            .unwrap()
    };
}

mod discount;
mod trial;

fn read(event: &Value) -> Result<Reading, Unreadable> {
    super::read(&event.to_string())
}

/// The event, with other fields in its object.
fn with(mut event: Value, fields: Value) -> Value {
    for (field, value) in fields.as_object().unwrap() {
        event["data"]["object"][field] = value.clone();
    }
    event
}

/// A subscription as Stripe reports it in its trial.
fn trialing() -> Value {
    let trial = json!({ "status": "trialing", "trial_start": 1_795_000_000, "trial_end": 1_796_209_600 });
    with(shape!("customer.subscription.created"), trial)
}

fn discount() -> Value {
    shape!("customer.discount.created")
}

fn trials_invoice() -> Value {
    shape!("invoice.paid.trial")
}

fn paid_invoice() -> Value {
    shape!("invoice.paid.basil")
}

fn token() -> String {
    format!("{TOKEN_PREFIX}{}", "A".repeat(75))
}

fn odette() -> Option<Buyer> {
    Buyer::new(Some("cus_fixture"), Some("odette@buyers.example"))
}

fn sales(reading: &Reading) -> Vec<&ConversionFact> {
    let mut found = Vec::new();
    for fact in &reading.facts {
        if let Fact::Conversion(sale) = fact
            && !sale.lead
        {
            found.push(&**sale);
        }
    }
    found
}

fn sale(reading: &Reading) -> &ConversionFact {
    let found = sales(reading);
    assert_eq!(found.len(), 1, "{reading:?}");
    found[0]
}

fn aliases(reading: &Reading) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    for fact in &reading.facts {
        if let Fact::Alias(report) = fact {
            found.push((report.alias.as_str(), report.name.as_str()));
        }
    }
    found
}

/// Id, refunded sale, amount and effect.
fn refunds(event: &Value) -> Vec<(String, String, i64, RefundEffect)> {
    let reading = read(event).unwrap();
    let refund = |fact| match fact {
        Fact::Refund(refund) => {
            assert_eq!(refund.basis, Basis::Paid);
            Some((refund.external_id, refund.refund_of, refund.amount, refund.effect))
        }
        _ => None,
    };
    reading.facts.into_iter().filter_map(refund).collect()
}

#[test]
fn a_subscriptions_session_brings_evidence_and_no_money() {
    let fields = json!({
        "client_reference_id": token(), "payment_intent": "pi_1",
        "discounts": [{ "coupon": "c20off", "promotion_code": { "id": "promo_1", "code": "LAUREN20" } }, "di_1"],
    });
    let reading = read(&with(shape!("checkout.session.completed.subscription"), fields)).unwrap();
    assert!(sales(&reading).is_empty());
    assert_eq!(aliases(&reading), [("pi_1", "in_fixture")]);
    assert_eq!((reading.evidence.click_token, reading.customer), (Some(token()), odette()));
    assert_eq!(reading.evidence.coupons, ["promo_1", "LAUREN20", "c20off"]);
    assert_eq!(reading.at.seconds(), 1_795_000_000);
}

#[test]
fn a_paid_one_off_session_is_a_sale_without_tax_and_shipping() {
    let event = with(
        shape!("checkout.session.completed.payment"),
        json!({ "metadata": { "rekomi_ref": "lauren", "cart": 771 } }),
    );
    let reading = read(&event).unwrap();
    let report = sale(&reading);
    assert_eq!((report.external_id.as_str(), report.amount, report.paid), ("pi_fixture", 9_900, 10_890));
    assert_eq!(
        (report.currency.code(), report.reported_recurring, report.details.country.as_deref()),
        ("USD", false, Some("FR"))
    );
    assert_eq!(report.details.metadata, [("cart".into(), "771".into()), ("rekomi_ref".into(), "lauren".into())].into());
    assert_eq!(aliases(&reading), [("cs_fixture", "pi_fixture")]);
    assert_eq!((reading.evidence.slug.as_deref(), reading.customer), (Some("lauren"), odette()));

    let shipped = json!({ "total_details": { "amount_tax": 990, "amount_shipping": 500 } });
    assert_eq!(sale(&read(&with(event.clone(), shipped)).unwrap()).amount, 9_400);
    // 5.50 with 0.50 inclusive tax, which the session's tax already includes.
    let shipped = json!({ "shipping_cost": { "amount_subtotal": 550, "amount_tax": 50, "amount_total": 550 } });
    assert_eq!(sale(&read(&with(event.clone(), shipped)).unwrap()).amount, 9_400);
    let bare = read(&with(event, json!({ "payment_intent": null }))).unwrap();
    assert_eq!((sale(&bare).external_id.as_str(), aliases(&bare)), ("cs_fixture", vec![]));
}

#[test]
fn what_is_unpaid_free_or_invoiced_is_no_sale_of_the_session() {
    let unpaid = read(&shape!("checkout.session.completed.unpaid")).unwrap();
    assert!(sales(&unpaid).is_empty() && unpaid.customer == odette());
    let later = read(&shape!("checkout.session.async_payment_succeeded")).unwrap();
    assert_eq!((sale(&later).external_id.as_str(), sale(&later).amount), ("pi_fixture", 9_900));
    let paid = || shape!("checkout.session.completed.payment");
    let invoiced = read(&with(paid(), json!({ "invoice": "in_1" }))).unwrap();
    assert_eq!((sales(&invoiced).len(), aliases(&invoiced)), (0, vec![("pi_fixture", "in_1")]));
    for fields in [json!({ "amount_total": 0 }), json!({ "amount_total": 990 }), json!({ "mode": "setup" })] {
        assert!(sales(&read(&with(paid(), fields)).unwrap()).is_empty());
    }
    let negative = with(paid(), json!({ "amount_total": 100 }));
    assert_eq!(read(&negative).unwrap_err().code, "negative_amount");
    let mut failed = paid();
    failed["type"] = json!("checkout.session.async_payment_failed");
    let nothing = read(&failed).unwrap();
    assert_eq!(nothing, Reading::nothing(nothing.at));
}

#[test]
fn invoices_of_both_shapes_read_the_same() {
    let mark = json!({ "metadata": { "order": "7" }, "customer_address": { "country": "fr" } });
    let (mut after, mut before) =
        (with(shape!("invoice.paid.basil"), mark.clone()), with(shape!("invoice.paid.before_basil"), mark));
    after["data"]["object"]["parent"]["subscription_details"]["metadata"] = json!({ "rk": token(), "tier": "gold" });
    before["data"]["object"]["subscription_details"]["metadata"] = json!({ "rk": token(), "tier": "gold" });
    let paid_with = json!({ "object": "list", "data": [{ "payment": { "type": "payment_intent", "payment_intent": "pi_fixture" } }] });
    let (after, before) = (read(&with(after, json!({ "payments": paid_with }))).unwrap(), read(&before).unwrap());
    assert_eq!(
        (sale(&after), &after.evidence, after.at, &after.customer),
        (sale(&before), &before.evidence, before.at, &before.customer)
    );
    assert_eq!(aliases(&after), [("pi_fixture", "in_fixture")]);
    assert_eq!(aliases(&before), [("ch_fixture", "pi_fixture"), ("pi_fixture", "in_fixture")]);
    assert_eq!((after.evidence.click_token.clone(), after.customer.clone()), (Some(token()), odette()));
    let report = sale(&after);
    assert_eq!((report.external_id.as_str(), report.amount, report.paid), ("in_fixture", 9_900, 10_890));
    assert_eq!(
        (report.reported_recurring, report.subscription_id.as_deref(), report.product_id.as_deref()),
        (true, Some("sub_fixture"), Some("prod_studio"))
    );
    assert_eq!((report.details.country.as_deref(), report.details.metadata["tier"].as_str()), (Some("FR"), "gold"));
    assert!(report.details.items.is_empty());
}

#[test]
fn only_a_new_cycle_is_a_renewal() {
    for (reason, renewal) in [
        ("subscription_cycle", true),
        ("subscription_create", false),
        ("subscription_update", false),
        ("manual", false),
    ] {
        let reading = read(&with(shape!("invoice.paid.basil"), json!({ "billing_reason": reason }))).unwrap();
        assert_eq!(sale(&reading).reported_recurring, renewal, "{reason}");
    }
    let mut again = shape!("invoice.paid.basil");
    again["type"] = json!("invoice.payment_succeeded");
    assert!(read(&again).unwrap().facts.is_empty(), "the same payment once more");
}

#[test]
fn a_trial_is_no_sale_and_a_part_payment_counts_its_share() {
    let trial = read(&shape!("invoice.paid.trial")).unwrap();
    assert!(sales(&trial).is_empty() && trial.customer.is_some());
    let amounts = |fields: Value| {
        let reading = read(&with(shape!("invoice.paid.basil"), fields)).unwrap();
        sales(&reading).first().map(|sale| (sale.amount, sale.paid))
    };
    // A third of 108.90 paid, of which 99.00 are without tax.
    assert_eq!(amounts(json!({ "amount_paid": 3_630 })), Some((3_300, 3_630)));
    assert_eq!(amounts(json!({ "total_excluding_tax": null })), Some((9_900, 10_890)));
    let shipping = json!({ "shipping_cost": { "amount_subtotal": 900, "amount_tax": 90, "amount_total": 990 } });
    assert_eq!(amounts(shipping), Some((9_000, 10_890)));
    // An older debt, paid on an invoice of zero.
    assert_eq!(amounts(json!({ "total": 0, "total_excluding_tax": 0 })), None);
    assert_eq!(amounts(json!({ "total": -500, "total_excluding_tax": -500 })), None);
}

#[test]
fn an_older_debt_paid_with_an_invoice_is_no_part_of_the_sale() {
    // 50.00 that the customer still owed is collected with 108.90, of which 99.00 are without tax.
    let reading = read(&with(paid_invoice(), json!({ "amount_paid": 15_890 }))).unwrap();
    let report = sale(&reading);
    assert_eq!((report.amount, report.paid), (9_900, 15_890));
    // A refund is a part of the whole payment.
    let back = |amount| {
        let fact = RefundFact {
            external_id: "re_1".to_owned(),
            refund_of: report.external_id.clone(),
            amount,
            currency: report.currency,
            basis: Basis::Paid,
            effect: RefundEffect::Made,
        };
        let refund = Refund { event_id: EventId::from_bytes([1; 16]), occurred_at: reading.at, fact };
        let paid = Paid { minor: report.paid, is_known: report.paid_known };
        let back = given_back(Money::new(report.amount, report.currency), paid, &[refund], &[]).unwrap();
        (back.amount, back.issues)
    };
    assert_eq!(back(15_890), (9_900, vec![]));
    assert_eq!(back(7_945), (4_950, vec![]));
}

#[test]
fn several_products_share_the_amount() {
    let line = |product: &str, amount: i64, discount: i64| {
        json!({ "amount": amount, "discount_amounts": [{ "amount": discount }], "pretax_credit_amounts": [{ "amount": discount }],
                "pricing": { "price_details": { "product": product } }, "metadata": { "via": "lauren" } })
    };
    let mut gift = line("prod_gift", 1_100, 0);
    gift["taxes"] = json!([{ "amount": 100, "tax_behavior": "inclusive" }]);
    let lines = json!({ "data": [line("prod_old", -2_000, 0), line("prod_studio", 8_000, 800), gift, line("prod_rooms", 1_800, 100)] });
    let reading = read(&with(shape!("invoice.paid.basil"), json!({ "lines": lines }))).unwrap();
    let report = sale(&reading);
    assert_eq!(report.product_id.as_deref(), Some("prod_studio"));
    // Weights 72.00, 10.00 and 17.00 make exactly 99.00.
    let items: Vec<(&str, i64)> =
        report.details.items.iter().map(|item| (item.product_id.as_str(), item.amount)).collect();
    assert_eq!(items, [("prod_studio", 7_200), ("prod_gift", 1_000), ("prod_rooms", 1_700)]);
    assert_eq!(reading.evidence.slug.as_deref(), Some("lauren"));
}

#[test]
fn currencies_in_stripes_own_units() {
    let krona = json!({ "currency": "isk", "amount_paid": 124_000, "total": 124_000, "total_excluding_tax": 100_050 });
    let reading = read(&with(shape!("invoice.paid.basil"), krona)).unwrap();
    assert_eq!((sale(&reading).amount, sale(&reading).paid, sale(&reading).currency.code()), (1_001, 1_240, "ISK"));
    let odd = json!({ "currency": "isk", "amount_paid": 124_050, "total": 124_050 });
    assert_eq!(read(&with(shape!("invoice.paid.basil"), odd)).unwrap_err().code, "fractional_amount");
    let unknown = with(shape!("invoice.paid.basil"), json!({ "currency": "xyz" }));
    assert_eq!(read(&unknown).unwrap_err().code, "unsupported_currency");
}

#[test]
fn a_payment_names_its_invoice() {
    let reading = read(&shape!("invoice_payment.paid")).unwrap();
    assert_eq!((aliases(&reading), reading.facts.len()), (vec![("pi_fixture", "in_fixture")], 1));
    let charge =
        with(shape!("invoice_payment.paid"), json!({ "payment": { "type": "charge", "charge": { "id": "ch_1" } } }));
    assert_eq!(aliases(&read(&charge).unwrap()), [("ch_1", "in_fixture")]);
}

#[test]
fn refunds_count_by_their_status() {
    let made = shape!("refund.created");
    let report = |effect| vec![("re_fixture".into(), "pi_fixture".into(), 3_630, effect)];
    assert_eq!(refunds(&made), report(RefundEffect::Made));
    assert_eq!(refunds(&shape!("refund.failed")), report(RefundEffect::Undone));
    assert_eq!(aliases(&read(&made).unwrap()), [("ch_fixture", "pi_fixture")]);
    for (status, expected) in [
        ("pending", vec![]),
        ("requires_action", vec![]),
        ("canceled", report(RefundEffect::Undone)),
        ("succeeded", report(RefundEffect::Made)),
    ] {
        for kind in ["refund.created", "refund.updated", "charge.refund.updated"] {
            let mut event = with(made.clone(), json!({ "status": status }));
            event["type"] = json!(kind);
            assert_eq!(refunds(&event), expected, "{kind} {status}");
        }
    }
    let of_charge = refunds(&with(made.clone(), json!({ "payment_intent": null })));
    assert_eq!(of_charge[0].1, "ch_fixture");
    assert!(refunds(&with(made, json!({ "payment_intent": null, "charge": null }))).is_empty(), "of a balance");
}

#[test]
fn a_charge_tells_its_total() {
    for (event, total) in [(shape!("charge.refunded.partial"), 3_630), (shape!("charge.refunded.full"), 10_890)] {
        assert_eq!(refunds(&event), [("ch_fixture".into(), "pi_fixture".into(), total, RefundEffect::Total)]);
        assert_eq!(aliases(&read(&event).unwrap()), [("ch_fixture", "pi_fixture")]);
    }
    let old = shape!("charge.refunded.before_basil");
    assert_eq!(aliases(&read(&old).unwrap()), [("ch_fixture", "pi_fixture"), ("pi_fixture", "in_fixture")]);
    let oldest = with(old, json!({ "payment_intent": null }));
    assert_eq!(
        (aliases(&read(&oldest).unwrap()), &*refunds(&oldest)[0].1),
        (vec![("ch_fixture", "in_fixture")], "ch_fixture")
    );
}

#[test]
fn disputes_stand_where_their_status_says() {
    let state = |event: &Value| {
        let reading = read(event).unwrap();
        assert_eq!(aliases(&reading), [("ch_fixture", "pi_fixture")]);
        let Some(Fact::Dispute(dispute)) = reading.facts.last() else { panic!("no dispute: {reading:?}") };
        assert_eq!((&*dispute.external_id, &*dispute.dispute_of, dispute.amount), ("du_fixture", "pi_fixture", 10_890));
        dispute.state
    };
    let opened = shape!("charge.dispute.created");
    let mut expanded = opened.clone();
    expanded["data"]["object"]["charge"] = json!({ "id": "ch_fixture", "object": "charge", "amount": 12_000 });
    let reading = read(&expanded).unwrap();
    assert!(
        matches!(reading.facts.last(), Some(Fact::Dispute(dispute)) if dispute.total == Some(12_000)),
        "{reading:?}"
    );
    assert_eq!(state(&opened), DisputeState::Open);
    assert_eq!(state(&shape!("charge.dispute.closed.won")), DisputeState::Won);
    assert_eq!(state(&shape!("charge.dispute.closed.lost")), DisputeState::Lost);
    for (status, expected) in [
        ("warning_needs_response", DisputeState::Open),
        ("under_review", DisputeState::Open),
        ("warning_closed", DisputeState::Won),
        ("prevented", DisputeState::Won),
        ("lost", DisputeState::Lost),
    ] {
        let mut event = with(opened.clone(), json!({ "status": status }));
        event["type"] = json!("charge.dispute.updated");
        assert_eq!(state(&event), expected, "{status}");
        event["type"] = json!("charge.dispute.funds_withdrawn");
        assert!(read(&event).unwrap().facts.is_empty());
    }
}

#[test]
fn customers_and_subscriptions_bring_evidence() {
    let reading = read(&shape!("customer.created")).unwrap();
    assert_eq!(
        (reading.evidence.slug.as_deref(), reading.customer, reading.facts.len()),
        (Some("lauren"), odette(), 0)
    );
    assert_eq!(reading.evidence.purchase, None);
    for kind in ["created", "updated"] {
        let mut event = shape!("customer.subscription.created");
        event["type"] = json!(format!("customer.subscription.{kind}"));
        let reading = read(&event).unwrap();
        assert_eq!((reading.evidence.slug.as_deref(), reading.facts.len()), (Some("lauren"), 0));
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"), "{kind}: it is about its own payments");
        assert_eq!(reading.customer, Buyer::new(Some("cus_fixture"), None));
    }
}

#[test]
fn other_events_say_nothing() {
    let thin = shape!("v2.thin");
    assert_eq!(read(&thin).unwrap(), Reading::nothing(Timestamp::from_seconds(1_795_004_800).unwrap()));
    let nothing = |event: &Value| assert_eq!(read(event).unwrap(), Reading::nothing(read(event).unwrap().at));
    nothing(&shape!("customer.subscription.deleted"));
    for kind in ["credit_note.created", "account.updated", "transfer.reversed", "invoice.overpaid", "charge.succeeded"]
    {
        nothing(&json!({ "id": "evt_1", "object": "event", "created": 1, "type": kind, "data": { "object": {} } }));
    }
    for kind in
        ["invoice.paid", "charge.refunded", "refund.created", "charge.dispute.closed", "checkout.session.completed"]
    {
        let event = json!({ "id": "evt_1", "object": "event", "created": 1, "type": kind, "data": { "object": {} } });
        assert_eq!(read(&event).unwrap_err().code, "malformed_event", "{kind}");
    }
}
