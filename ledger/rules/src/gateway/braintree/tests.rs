//! Notifications as Braintree's SDKs publish them (`tests/fixtures/braintree`), with made-up values.

use super::*;
use crate::fact::{Basis, Buyer, ConversionFact, Evidence, Fact, RefundEffect};

const CHARGED: &str = include_str!("../../../../../tests/fixtures/braintree/subscription_charged_successfully.xml");
const SETTLED: &str = include_str!("../../../../../tests/fixtures/braintree/transaction_settled.xml");
const DISPUTED: &str = include_str!("../../../../../tests/fixtures/braintree/dispute_opened.xml");
const CHECK: &str = include_str!("../../../../../tests/fixtures/braintree/check.xml");

fn with(body: &str, changes: &[(&str, &str)]) -> String {
    changes.iter().fold(body.to_owned(), |body, (from, to)| {
        assert!(body.contains(from), "{from}");
        body.replace(from, to)
    })
}

/// The sale in a body, if it has one.
fn sale(body: &str) -> Option<ConversionFact> {
    match read(body).unwrap().facts.pop() {
        Some(Fact::Conversion(sale)) => Some(*sale),
        None => None,
        other => panic!("{other:?}"),
    }
}

/// Id, refunded sale, amount and effect.
fn refund(body: &str) -> Option<(String, String, i64, RefundEffect)> {
    match read(body).unwrap().facts.pop() {
        Some(Fact::Refund(refund)) => {
            assert_eq!(refund.basis, Basis::Paid);
            Some((refund.external_id, refund.refund_of, refund.amount, refund.effect))
        }
        None => None,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_newest_charge_of_a_subscription_is_the_sale() {
    let reading = read(CHARGED).unwrap();
    let report = sale(CHARGED).unwrap();
    assert_eq!(
        (report.external_id.as_str(), report.amount, report.paid, report.currency.code()),
        ("bt2x771", 9_900, 10_890, "USD")
    );
    assert_eq!(
        (report.subscription_id.as_deref(), report.product_id.as_deref()),
        (Some("sub771"), Some("studio_monthly"))
    );
    assert_eq!((report.reported_recurring, report.details.country.as_deref()), (true, Some("FR")));
    assert_eq!(
        report.details.metadata,
        [("cart".into(), "cart-771".into()), ("rekomi_ref".into(), "lauren".into())].into()
    );
    assert_eq!((reading.evidence.slug.as_deref(), reading.evidence.coupons), (Some("lauren"), vec!["lauren20".into()]));
    assert_eq!(reading.customer, Buyer::new(Some("buyer_771"), Some("odette@buyers.example")));
    assert_eq!(reading.at.to_string(), "2026-11-18T12:26:31Z");
    // In reverse order it is still the newest, and without times the first.
    let swapped = with(CHARGED, &[("bt2x771", "bt?"), ("2026-11-18T12:26:31Z", "2026-09-18T12:26:31Z")]);
    assert_eq!(sale(&swapped).unwrap().external_id, "bt1x771");
    let timeless = CHARGED.replace("created-at", "made-at");
    assert_eq!(
        (sale(&timeless).unwrap().external_id, read(&timeless).unwrap().at.to_string()),
        ("bt2x771".into(), "2026-11-18T12:26:40Z".into())
    );
}

#[test]
fn first_cycles_failures_and_charges_of_nothing() {
    let cycle = |number: &str| {
        with(CHARGED, &[("type=\"integer\">2</current", &format!("type=\"integer\">{number}</current"))])
    };
    assert!(!sale(&cycle("1")).unwrap().reported_recurring && sale(&cycle("13")).unwrap().reported_recurring);
    let failed = CHARGED.replacen("submitted_for_settlement", "processor_declined", 1);
    assert_eq!(sale(&failed).unwrap().external_id, "bt1x771");
    let none = "<notification><timestamp>2026-11-18T12:26:40Z</timestamp><kind>subscription_charged_successfully</kind>\
                <subject><subscription><id>s</id><transactions type=\"array\"/></subscription></subject></notification>";
    assert_eq!(read(none).unwrap().facts, []);
}

#[test]
fn the_sdks_sample_says_as_much_as_it_holds() {
    let sample = "<notification>\n<timestamp type=\"datetime\">2026-11-18T12:26:40Z</timestamp><kind>subscription_charged_successfully</kind>\
                  <subject><subscription><id>sample</id><transactions type=\"array\"><transaction><id>sample</id>\
                  <status>submitted_for_settlement</status><amount>49.99</amount></transaction></transactions>\
                  <add_ons type=\"array\"></add_ons></subscription></subject></notification>";
    let report = sale(sample).unwrap();
    assert_eq!(
        (report.external_id.as_str(), report.amount, report.paid, report.currency),
        ("sample", 4_999, 4_999, Currency::USD)
    );
    assert_eq!((report.reported_recurring, read(sample).unwrap().customer), (false, None));
}

#[test]
fn amounts_are_strict() {
    let code = |amount: &str| read(&CHARGED.replace(">108.90<", &format!(">{amount}<"))).unwrap_err().code;
    assert_eq!(
        (code("108,90"), code("abc"), code("1.001")),
        ("malformed_event", "malformed_event", "fractional_amount")
    );
    assert_eq!((code("-1.00"), code("9.00")), ("negative_amount", "negative_amount"));
    assert_eq!(code("99999999999999999999"), "amount_out_of_range");
    let shipped = with(CHARGED, &[("<shipping-amount nil=\"true\"/>", "<shipping-amount>4.00</shipping-amount>")]);
    assert_eq!(sale(&shipped).unwrap().amount, 9_500);
    let yen = CHARGED.replace(">USD<", ">JPY<").replace("108.90", "1089").replace("9.90", "99.00");
    assert_eq!(sale(&yen).map(|sale| (sale.amount, sale.paid)), Some((990, 1_089)));
    assert_eq!(read(&CHARGED.replace(">USD<", ">XYZ<")).unwrap_err().code, "unsupported_currency");
}

#[test]
fn a_settled_bank_debit_is_a_sale_of_its_own() {
    let report = sale(SETTLED).unwrap();
    assert_eq!(
        (report.external_id.as_str(), report.amount, report.subscription_id, report.reported_recurring),
        ("ach1x771", 9_900, None, false)
    );
    assert_eq!(read(SETTLED).unwrap().evidence, Evidence { slug: Some("lauren".into()), ..Evidence::default() });
    let subscribed = with(SETTLED, &[("<subscription-id nil=\"true\"/>", "<subscription-id>sub771</subscription-id>")]);
    assert_eq!(sale(&subscribed), None, "told as the subscription's charge");
    let token = format!("{}{}", shared::token::TOKEN_PREFIX, "A".repeat(75));
    let order = with(SETTLED, &[("<order-id nil=\"true\"/>", &format!("<order-id>{token}</order-id>"))]);
    assert_eq!(read(&order).unwrap().evidence.click_token, Some(token));
}

#[test]
fn a_declined_settlement_takes_the_debit_back_whole() {
    let subscribed = with(SETTLED, &[("<subscription-id nil=\"true\"/>", "<subscription-id>sub771</subscription-id>")]);
    for settled in [SETTLED, &subscribed] {
        let declined = settled.replace("transaction_settled", "transaction_settlement_declined");
        let taken_back = ("settlement_declined:ach1x771".into(), "ach1x771".into(), 10_890, RefundEffect::Made);
        assert_eq!(refund(&declined), Some(taken_back));
        assert_eq!(read(&declined).unwrap().customer, None, "a debit that never settled makes no customer");
    }
}

#[test]
fn a_credit_refunds_the_transaction_it_names() {
    let credit = with(
        SETTLED,
        &[
            (">sale<", ">credit<"),
            ("<refunded-transaction-id nil=\"true\"/>", "<refunded-transaction-id>bt1</refunded-transaction-id>"),
        ],
    );
    let report = |effect| Some(("ach1x771".into(), "bt1".into(), 10_890, effect));
    assert_eq!(refund(&credit), report(RefundEffect::Made));
    for kind in ["refund_failed", "transaction_settlement_declined"] {
        assert_eq!(refund(&credit.replace("transaction_settled", kind)), report(RefundEffect::Undone));
    }
    assert_eq!(refund(&SETTLED.replace(">sale<", ">credit<")), None, "a credit of no sale");
}

#[test]
fn disputes_stand_where_the_kind_says() {
    use DisputeState::{Lost, Open, Won};
    for (kind, state) in [
        ("opened", Some(Open)),
        ("under_review", Some(Open)),
        ("disputed", Some(Open)),
        ("won", Some(Won)),
        ("lost", Some(Lost)),
        ("accepted", Some(Lost)),
        ("auto_accepted", Some(Lost)),
        ("expired", Some(Lost)),
        ("something_new", None),
    ] {
        let reading = read(&DISPUTED.replace("dispute_opened", &format!("dispute_{kind}"))).unwrap();
        let report = reading.facts.first().map(|fact| match fact {
            Fact::Dispute(dispute) => {
                assert_eq!(
                    (&*dispute.external_id, &*dispute.dispute_of, dispute.amount),
                    ("disp771", "bt2x771", 10_890)
                );
                dispute.state
            }
            other => panic!("{other:?}"),
        });
        assert_eq!((report, reading.at.to_string()), (state, "2026-11-30T10:00:05Z".into()), "{kind}");
    }
    let retrieval = with(DISPUTED, &[("<kind>chargeback</kind>", "<kind>retrieval</kind>")]);
    for (kind, state) in
        [("opened", Open), ("disputed", Won), ("under_review", Won), ("accepted", Won), ("expired", Won), ("lost", Won)]
    {
        let reading = read(&retrieval.replace("dispute_opened", &format!("dispute_{kind}"))).unwrap();
        let [Fact::Dispute(dispute)] = &reading.facts[..] else { panic!("{reading:?}") };
        assert_eq!(dispute.state, state, "{kind}: no money is taken");
    }
    let whole = with(DISPUTED, &[("<amount-disputed>108.90</amount-disputed>", "")]);
    assert!(matches!(&read(&whole).unwrap().facts[..], [Fact::Dispute(dispute)] if dispute.amount == 10_890));
    let part =
        with(DISPUTED, &[("<amount-disputed>108.90</amount-disputed>", "<amount-disputed>50.00</amount-disputed>")]);
    let report = read(&part).unwrap();
    assert!(
        matches!(&report.facts[..], [Fact::Dispute(dispute)] if (dispute.amount, dispute.total) == (5_000, Some(10_890)))
    );
}

#[test]
fn other_kinds_say_nothing_and_broken_ones_are_refused() {
    for kind in [
        "check",
        "subscription_canceled",
        "subscription_charged_unsuccessfully",
        "transaction_disbursed",
        "disbursement",
    ] {
        let reading = read(&CHECK.replace("check<", &format!("{kind}<"))).unwrap();
        assert_eq!(reading, Reading::nothing(reading.at), "{kind}");
    }
    for (from, to) in
        [("<kind>", "<sort>"), ("</notification>", ""), ("2026-11-18T12:26:40Z", "today"), ("bt2x771</id>", "</id>")]
    {
        let body = CHARGED.replace("</kind>", if to == "<sort>" { "</sort>" } else { "</kind>" }).replace(from, to);
        assert_eq!(read(&body).unwrap_err().code, "malformed_event", "{from}");
    }
    let elsewhere = CHARGED.replace("subscription_charged_successfully", "transaction_settled");
    assert_eq!(read(&elsewhere).unwrap_err().code, "malformed_event");
}
