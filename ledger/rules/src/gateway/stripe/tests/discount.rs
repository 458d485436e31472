//! Outside Checkout, only the event about a discount names its code.

use super::*;

#[test]
fn a_subscription_and_its_invoice_name_no_code() {
    let invoice = with(paid_invoice(), json!({ "discounts": ["di_fixture"], "discount": null }));
    for event in [trialing(), invoice] {
        assert_eq!(event["data"]["object"]["discounts"], json!(["di_fixture"]));
        assert!(read(&event).unwrap().evidence.coupons.is_empty(), "the id of a discount is no code");
    }
    let reading = read(&discount()).unwrap();
    assert_eq!(reading.evidence.coupons, ["promo_lauren20", "c20off"]);
    assert_eq!(reading.evidence.purchase.as_deref(), Some("sub_fixture"), "it counts for the subscription's payments");
    assert_eq!((reading.customer, reading.facts), (Buyer::new(Some("cus_fixture"), None), vec![]));
    assert_eq!(reading.at.seconds(), 1_795_000_000);
}

#[test]
fn a_discount_counts_for_what_it_was_given_to() {
    let of = |fields: Value| read(&with(discount(), fields)).unwrap().evidence;
    let invoice = json!({ "subscription": null, "invoice": "in_1" });
    assert_eq!(of(invoice).purchase.as_deref(), Some("in_1"));
    let item = json!({ "subscription": null, "subscription_item": "si_1" });
    assert_eq!(of(item).purchase.as_deref(), Some("si_1"), "or it would count for any later sale");
    assert_eq!(of(json!({ "subscription": null })).purchase, None, "of the customer as a whole");
    // As before 2025-09-30.clover.
    let before = json!({ "source": null, "coupon": { "id": "c20off", "object": "coupon" }, "promotion_code": null });
    assert_eq!(of(before).coupons, ["c20off"]);
}

#[test]
fn before_basil_a_subscription_and_an_invoice_contain_the_code() {
    let old = json!({ "discount": { "id": "di_1", "coupon": { "id": "c20off" }, "promotion_code": "promo_lauren20" } });
    for event in [trialing(), paid_invoice()] {
        assert_eq!(read(&with(event, old.clone())).unwrap().evidence.coupons, ["promo_lauren20", "c20off"]);
    }
}

#[test]
fn an_expanded_discount_contains_the_code() {
    let expanded = json!({ "discounts": [{ "id": "di_1", "promotion_code": "promo_lauren20",
                                           "source": { "type": "coupon", "coupon": "c20off" } }] });
    for event in [trialing(), paid_invoice()] {
        assert_eq!(read(&with(event, expanded.clone())).unwrap().evidence.coupons, ["promo_lauren20", "c20off"]);
    }
}
