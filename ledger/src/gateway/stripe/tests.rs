//! Shapes as Stripe publishes them, made-up values.

use super::*;

fn event(kind: &str, object: &str) -> String {
    format!(r#"{{"id":"evt_1","object":"event","created":1790000001,"type":"{kind}","data":{{"object":{object}}}}}"#)
}

fn token() -> String {
    format!("{TOKEN_PREFIX}{}", "A".repeat(75))
}

fn sale(reading: &Reading) -> &ConversionFact {
    match &reading.fact {
        Some(Fact::Conversion(fact)) => fact,
        other => panic!("no sale: {other:?}"),
    }
}

#[test]
fn a_subscription_session_brings_evidence_and_no_money() {
    let object = format!(
        r#"{{"id":"cs_1","mode":"subscription","payment_status":"paid","client_reference_id":"{}","customer":"cus_1",
            "customer_details":{{"email":"Buyer@Example.com"}},"invoice":"in_1","payment_intent":null,"currency":"usd",
            "amount_total":9900,"total_details":{{"amount_tax":900}},"metadata":{{}}}}"#,
        token()
    );
    let reading = read(&event("checkout.session.completed", &object)).unwrap();
    assert_eq!(reading.fact, None);
    assert_eq!(reading.evidence.click_token, Some(token()));
    let buyer = reading.customer.unwrap();
    assert_eq!((buyer.external_id.as_str(), buyer.email.as_deref()), ("cus_1", Some("buyer@example.com")));
}

#[test]
fn a_paid_one_off_session_is_a_sale_without_tax() {
    let object = r#"{"id":"cs_1","mode":"payment","payment_status":"paid","client_reference_id":null,"customer":null,
        "customer_email":"a@b.co","customer_details":null,"invoice":null,"payment_intent":"pi_1","currency":"usd",
        "amount_total":9900,"total_details":{"amount_tax":900},"metadata":{"rekomi_ref":"lauren"}}"#;
    let reading = read(&event("checkout.session.completed", object)).unwrap();
    assert_eq!((sale(&reading).amount, sale(&reading).external_id.as_str()), (9_000, "pi_1"));
    assert_eq!(reading.evidence.slug.as_deref(), Some("lauren"));
    let unpaid = object.replace(r#""payment_status":"paid""#, r#""payment_status":"unpaid""#);
    assert_eq!(read(&event("checkout.session.completed", &unpaid)).unwrap().fact, None);
}

#[test]
fn invoices_of_both_shapes_read_the_same() {
    let after =
        r#"{"id":"in_1","customer":"cus_1","customer_email":null,"currency":"usd","amount_paid":9900,"total":9900,
        "total_excluding_tax":9000,"total_taxes":[{"amount":900}],"billing_reason":"subscription_cycle",
        "status_transitions":{"paid_at":1790000005},
        "parent":{"subscription_details":{"subscription":"sub_1","metadata":{"rk":"TOKEN"}}},
        "lines":{"data":[{"metadata":{},"pricing":{"price_details":{"price":"price_1","product":"prod_1"}}}]}}"#
            .replace("TOKEN", &token());
    let before =
        r#"{"id":"in_1","customer":"cus_1","customer_email":null,"currency":"usd","amount_paid":9900,"total":9900,
        "total_excluding_tax":9000,"tax":900,"billing_reason":"subscription_cycle",
        "status_transitions":{"paid_at":1790000005},"subscription":"sub_1",
        "subscription_details":{"metadata":{"rk":"TOKEN"}},
        "lines":{"data":[{"metadata":{},"price":{"id":"price_1","product":"prod_1"}}]}}"#
            .replace("TOKEN", &token());
    let (after, before) =
        (read(&event("invoice.paid", &after)).unwrap(), read(&event("invoice.paid", &before)).unwrap());
    assert_eq!(after, before);
    assert_eq!(after.at.seconds(), 1_790_000_005);
    assert_eq!(after.evidence.click_token, Some(token()));
    let fact = sale(&after);
    assert_eq!((fact.amount, fact.told_recurring, fact.subscription_id.as_deref()), (9_000, true, Some("sub_1")));
    assert_eq!(fact.product_id.as_deref(), Some("prod_1"));
}

#[test]
fn a_trial_invoice_is_no_sale_and_a_part_payment_counts_its_share() {
    let invoice = |paid: i64| {
        let object = format!(
            r#"{{"id":"in_1","customer":"cus_1","customer_email":null,"currency":"usd","amount_paid":{paid},"total":9900,
                "total_excluding_tax":9000,"lines":{{"data":[]}}}}"#
        );
        read(&event("invoice.paid", &object)).unwrap()
    };
    assert_eq!(invoice(0).fact, None);
    // 33.00 of 99.00 paid, of which 90.00 are without tax: 30.00.
    assert_eq!(sale(&invoice(3_300)).amount, 3_000);
}

#[test]
fn other_events_say_nothing_and_broken_ones_are_refused() {
    assert_eq!(read(&event("customer.subscription.deleted", "{}")).unwrap().fact, None);
    assert_eq!(read("{}").unwrap_err().code, "malformed_event");
    assert_eq!(read(&event("invoice.paid", "{}")).unwrap_err().code, "malformed_event");
    let odd = r#"{"id":"in_1","currency":"xyz","amount_paid":1,"total":1,"total_excluding_tax":1}"#;
    assert_eq!(read(&event("invoice.paid", odd)).unwrap_err().code, "unsupported_currency");
}
