//! Subscriptions that begin without a payment are leads.

use super::*;

/// The reading's lead: its id, subscription and product.
fn lead(reading: &Reading) -> Option<(&str, Option<&str>, Option<&str>)> {
    reading.facts.iter().find_map(|fact| match fact {
        Fact::Conversion(fact) if fact.lead => {
            assert_eq!((fact.amount, fact.paid, fact.reported_recurring), (0, 0, false));
            Some((&*fact.external_id, fact.subscription_id.as_deref(), fact.product_id.as_deref()))
        }
        _ => None,
    })
}

const LEAD: (&str, Option<&str>, Option<&str>) = ("lead_sub_fixture", Some("sub_fixture"), Some("prod_studio"));

#[test]
fn a_trial_is_one_lead_in_all_of_its_events() {
    let (of_subscription, of_invoice) = (read(&trialing()).unwrap(), read(&trials_invoice()).unwrap());
    for reading in [&of_subscription, &of_invoice] {
        assert_eq!((lead(reading), sales(reading).len()), (Some(LEAD), 0));
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"), "it counts for the first payment");
    }
    assert_eq!(of_subscription.evidence.slug.as_deref(), Some("lauren"));
    assert_eq!(of_invoice.customer, odette(), "only the invoice has the address");
    let fact = |reading: &Reading| match reading.facts.first() {
        Some(Fact::Conversion(fact)) => (fact.amount, fact.currency),
        other => panic!("{other:?}"),
    };
    assert_eq!(fact(&of_subscription), fact(&of_invoice), "or they would contradict each other");
}

#[test]
fn only_a_beginning_without_a_payment_is_a_lead() {
    let none = |event: &Value| assert_eq!(lead(&read(event).unwrap()), None, "{event}");
    let free = json!({ "total": 0, "total_excluding_tax": 0, "amount_paid": 0 });
    // A coupon for the whole price: Stripe calls the subscription active.
    let coupon = with(paid_invoice(), free.clone());
    let first = with(coupon.clone(), json!({ "billing_reason": "subscription_create" }));
    assert_eq!(lead(&read(&first).unwrap()), Some(LEAD));
    for reason in ["subscription_cycle", "subscription_update", "manual"] {
        none(&with(coupon.clone(), json!({ "billing_reason": reason })));
    }
    // Paid at once, or by the customer's balance.
    none(&with(paid_invoice(), json!({ "billing_reason": "subscription_create" })));
    let by_balance = json!({ "billing_reason": "subscription_create", "amount_paid": 0 });
    none(&with(paid_invoice(), by_balance));
    none(&with(first, json!({ "parent": null })));
    for status in ["active", "incomplete", "past_due"] {
        none(&with(trialing(), json!({ "status": status })));
    }
    let mut later = trialing();
    later["type"] = json!("customer.subscription.updated");
    none(&later);
    // Before subscriptions had a currency, or with one that we don't know: the rest of the event counts.
    for currency in [Value::Null, json!("xyz")] {
        let reading = read(&with(trialing(), json!({ "currency": currency }))).unwrap();
        assert_eq!((lead(&reading), reading.evidence.slug.as_deref()), (None, Some("lauren")));
        assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"));
    }
}
