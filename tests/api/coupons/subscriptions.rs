//! Goal: a coupon credits a subscription that the brand's own checkout created with it, although Stripe's events about
//! subscriptions and invoices don't name the code.
//! Method: Stripe reports the subscription, its first invoice and its discount in every order.

use serde_json::json;
use world::{World, stripe::Purchase};

use crate::created;

#[tokio::test]
async fn a_discount_credits_the_payments_of_its_subscription() {
    let world = World::shared().await;
    let partner = json!(world.acme.partner.affiliate.to_string());
    let coupon = json!({"programId": world.acme.program.to_string(), "affiliateId": partner, "code": "STUDIO20",
                        "externalId": "promo_studio20"});
    created(&world, "/coupons", coupon).await;
    let orders = [[0, 1, 2], [0, 2, 1], [1, 0, 2], [1, 2, 0], [2, 0, 1], [2, 1, 0]];
    for (number, order) in orders.into_iter().enumerate() {
        let purchase = Purchase::new(&format!("discounted{number}"), None);
        let discount = purchase.discount("promo_studio20");
        let mut subscription = purchase.trialing();
        let object = &mut subscription["data"]["object"];
        (object["status"], object["trial_start"], object["trial_end"]) = (json!("active"), json!(null), json!(null));
        object["discounts"] = json!([discount["data"]["object"]["id"]]);
        let mut invoice = purchase.paid("invoice.paid.basil", 1);
        invoice["data"]["object"]["discounts"] = json!([discount["data"]["object"]["id"]]);
        let events = [subscription, invoice, discount].map(|event| world.acme.stripe_event(&event));
        for step in order {
            world.intake().accept(std::slice::from_ref(&events[step])).await;
        }
        let (conversion, _) = world.api().booked(&purchase.invoice(1)).await.unwrap();
        assert_eq!((&conversion["affiliateId"], &conversion["creditedBy"]), (&partner, &json!("coupon")), "{order:?}");
    }
    world.finish().await;
}
