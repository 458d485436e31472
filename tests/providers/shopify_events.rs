//! Goal: Shopify's orders and refunds are accepted as Shopify signs them, and their money arrives in the shop's currency.
//! Method: the fields that the reader depends on are asserted in the fixtures; then events go through the real edge,
//! signed by the tests' own signer, and are read by API. 135.00 of goods without tax and shipping earn 20%, 27.00; the
//! order's total is 174.00, of which 87.00 goes back.

use serde_json::{Value, json};
use world::{
    Plan,
    http::Request,
    shared_app::{name, shared_app},
    vendor_webhooks::{Account, Delivery, earns, shape, with_header},
    wait::{now, until},
};

/// The shape as an event about an order and a buyer of its own.
fn event(shape_name: &str, order: u64) -> Value {
    let mut event = shape("shopify", shape_name);
    let time = json!(now().to_string());
    event["created_at"] = time.clone();
    event["processed_at"] = time;
    if event["order_id"].is_null() {
        event["id"] = json!(order);
        event["customer"]["id"] = json!(order + 1);
        event["customer"]["email"] = json!(format!("b{order}@buyers.example"));
    } else {
        event["id"] = json!(order + 2);
        event["order_id"] = json!(order);
    }
    event
}

fn number() -> u64 {
    5_000_000_000_000 + u64::from(rand::random::<u32>()) * 10
}

#[test]
fn orders_add_up() {
    let order = shape("shopify", "orders.paid");
    let cents = |value: &Value| value.as_str().unwrap().replace('.', "").parse::<i64>().unwrap();
    let of = |field: &str| cents(&order[field]);
    assert_eq!(of("total_line_items_price") - of("total_discounts"), of("subtotal_price"));
    let shipping = cents(&order["total_shipping_price_set"]["shop_money"]["amount"]);
    assert_eq!(of("subtotal_price") + shipping + of("total_tax"), of("total_price"));
    for field in ["total_price", "subtotal_price", "total_tax"] {
        let set = &order[format!("{field}_set")];
        assert_eq!(
            (&set["shop_money"]["amount"], &set["shop_money"]["currency_code"]),
            (&order[field], &order["currency"])
        );
        assert_eq!(set["presentment_money"]["currency_code"], order["presentment_currency"]);
    }
    let lines = order["line_items"].as_array().unwrap().iter();
    let after_discounts: i64 = lines
        .map(|line| {
            let discounts = line["discount_allocations"].as_array().unwrap().iter();
            cents(&line["price"]) * line["quantity"].as_i64().unwrap()
                - discounts.map(|discount| cents(&discount["amount"])).sum::<i64>()
        })
        .sum();
    assert_eq!(after_discounts, of("subtotal_price"));
}

#[tokio::test(flavor = "multi_thread")]
async fn signatures_at_the_real_edge() {
    let account = Account::connect(shared_app().await, "shopify").await;
    assert!(account.connection["nextStep"].as_str().unwrap().contains("Notifications"), "{}", account.connection);
    let body = event("orders.create", number()).to_string();
    let delivery = Delivery::of("b54557e4-1", "orders/create");
    let good = account.signed(&body, &delivery);
    let first = account.send(&good).await.expect_status(200).json();
    let again = account.signed(&body, &Delivery { id: "b54557e4-2", ..delivery.clone() });
    assert_eq!(
        first["eventId"],
        account.send(&again).await.expect_status(200).json()["eventId"],
        "only the body counts"
    );
    account
        .send(&with_header(good.clone(), "X-Shopify-Shop-Domain", "BRAND-EXAMPLE.myshopify.com"))
        .await
        .expect_status(200);

    let mut changed = good.clone();
    changed.body.push(b' ');
    for (request, code) in [
        (with_header(good.clone(), "X-Shopify-Shop-Domain", "other-example.myshopify.com"), "signature_invalid"),
        (with_header(good.clone(), "X-Shopify-Hmac-SHA256", "AAAA"), "signature_invalid"),
        (with_header(good.clone(), "X-Shopify-Hmac-SHA256", "***"), "signature_malformed"),
        (changed, "signature_invalid"),
        (Request::post(&account.target, body.clone()), "signature_missing"),
    ] {
        assert_eq!(account.send(&request).await.refusal(), (401, code.to_owned()));
    }
    let no_topic = account.signed(&body, &Delivery { topic: "", ..delivery.clone() });
    assert_eq!(account.send(&no_topic).await.refusal(), (400, "validation_failed".to_owned()));
    let no_json = account.signed("x", &delivery);
    assert_eq!(account.send(&no_json).await.refusal(), (400, "malformed_json".to_owned()));
    account.send(&Request::get(&account.target)).await.expect_status(405);
    // The same connection is no other gateway's.
    let elsewhere = Account { target: account.target.replace("/shopify/", "/creem/"), ..account.clone() };
    elsewhere.send(&elsewhere.signed(&body, &delivery)).await.expect_status(404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refund_may_come_before_its_order_and_a_cancellation_takes_the_rest() {
    let world = shared_app().await;
    let (account, order, id) = (Account::connect(world, "shopify").await, number(), name("shopify"));
    let token = world.acme.token(&world.acme.partner, now());
    let mut paid = event("orders.paid", order);
    paid["note_attributes"] = json!([{ "name": "rekomi_ref", "value": token }]);
    paid["discount_codes"] = json!([]);
    let mut created = paid.clone();
    created["financial_status"] = json!("pending");
    let refund = event("refunds.create", order);
    // The order is known before it is paid, and the refund before that; everything comes twice.
    for (topic, event) in [("refunds/create", &refund), ("orders/create", &created), ("orders/paid", &paid)] {
        for again in ["1", "2"] {
            account.deliver(&format!("{id}{topic}{again}"), topic, event).await.expect_status(200);
        }
    }
    let sale = order.to_string();
    earns(world, "Shopify", &sale, (13_500, 1_350), "Pending").await;
    let mut cancelled = event("orders.cancelled", order);
    cancelled["refunds"][0]["id"] = json!(order + 3);
    cancelled["refunds"][0]["order_id"] = json!(order);
    account.deliver(&format!("{id}cancelled"), "orders/cancelled", &cancelled).await.expect_status(200);
    earns(world, "Shopify", &sale, (13_500, 0), "Refunded").await;
    let (conversion, _) = world.api().booked(&sale).await.unwrap();
    assert_eq!(conversion["currency"], "EUR", "the shop's, though the buyer paid in dollars");
    world.check().await;
}

/// An order that a click led to.
fn paid_order(order: u64, token: &str) -> Value {
    let mut paid = event("orders.paid", order);
    paid["note_attributes"] = json!([{ "name": "rekomi_ref", "value": token }]);
    paid["discount_codes"] = json!([]);
    paid
}

/// The order's cancellation, with three quarters of 174.00 refunded in two parts.
fn cancelled_order(order: u64) -> Value {
    let mut cancelled = event("orders.cancelled", order);
    let refunds = [(order + 3, "43.50"), (order + 4, "87.00")].map(|(id, amount)| {
        let mut refund = cancelled["refunds"][0].clone();
        (refund["id"], refund["order_id"]) = (json!(id), json!(order));
        refund["processed_at"] = json!(now().to_string());
        refund["transactions"][0]["amount"] = json!(amount);
        refund["transactions"][0]["currency"] = json!("EUR");
        refund
    });
    cancelled["refunds"] = json!(refunds);
    cancelled
}

#[tokio::test(flavor = "multi_thread")]
async fn several_refunds_in_one_event_take_back_their_shares_once_each() {
    let world = Plan::default().edge().start().await;
    let (account, token) = (Account::connect(&world, "shopify").await, world.acme.token(&world.acme.partner, now()));
    let orders: [&[&str]; 3] = [&["cancelled"], &["refunds", "cancelled"], &["cancelled", "refunds"]];
    for (steps, order) in orders.into_iter().map(|steps| (steps, number())) {
        let (sale, mut kept) = (order.to_string(), 0);
        account.deliver("paid", "orders/paid", &paid_order(order, &token)).await.expect_status(200);
        earns(&world, "Shopify", &sale, (13_500, 2_700), "Pending").await;
        let cancelled = cancelled_order(order);
        for step in steps {
            if *step == "cancelled" {
                account.deliver("cancelled", "orders/cancelled", &cancelled).await.expect_status(200);
            } else {
                for refund in cancelled["refunds"].as_array().unwrap() {
                    account.deliver("refund", "refunds/create", refund).await.expect_status(200);
                }
            }
            kept += 2;
            let rows = format!("select count(*) from refunds where refund_of = '{sale}'");
            until(&format!("{kept} refunds to be kept"), 10, async || {
                (world.database.count(&rows).await == kept).then_some(())
            })
            .await;
            earns(&world, "Shopify", &sale, (13_500, 675), "Pending").await;
        }
    }
    world.finish().await;
}

/// Earlier builds stored one refund of an event, and no event is applied again.
#[tokio::test(flavor = "multi_thread")]
async fn a_cancellation_that_an_earlier_build_booked_with_one_refund_is_no_difference() {
    let world = Plan::default().edge().start().await;
    let (account, token) = (Account::connect(&world, "shopify").await, world.acme.token(&world.acme.partner, now()));
    let earlier = "begin
                       if exists (select from refunds r
                                  where r.organization_id = new.organization_id and r.event_id = new.event_id) then
                           return null;
                       end if;
                       return new;
                   end";
    world.database.create_trigger("keep_one_refund", "before insert on refunds for each row", earlier).await;
    let order = number();
    let sale = order.to_string();
    account.deliver("paid", "orders/paid", &paid_order(order, &token)).await.expect_status(200);
    earns(&world, "Shopify", &sale, (13_500, 2_700), "Pending").await;
    account.deliver("cancelled", "orders/cancelled", &cancelled_order(order)).await.expect_status(200);
    earns(&world, "Shopify", &sale, (13_500, 2_025), "Pending").await;
    let stored = format!("select count(*) from refunds where refund_of = '{sale}'");
    assert_eq!(world.database.count(&stored).await, 1);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn one_body_under_two_topics_is_one_event() {
    let world = shared_app().await;
    let (account, order) = (Account::connect(world, "shopify").await, number());
    let token = world.acme.token(&world.acme.partner, now());
    let mut paid = event("orders.paid", order);
    paid["note_attributes"] = json!([{ "name": "rekomi_ref", "value": token }]);
    paid["discount_codes"] = json!([]);
    let sale = order.to_string();
    let first = account.deliver("1", "orders/create", &paid).await.expect_status(200).json();
    earns(world, "Shopify", &sale, (13_500, 2_700), "Pending").await;
    let second = account.deliver("2", "orders/paid", &paid).await.expect_status(200).json();
    assert_eq!(first["eventId"], second["eventId"]);
    let path = format!("/connections/{}", account.connection["id"].as_str().unwrap());
    until("the second one to be read", 10, async || {
        (world.api().get(&path).await.json()["lastEventType"] == "orders/paid").then_some(())
    })
    .await;
    let kept = format!("select count(*) from quarantine where body like '%{order}%'");
    assert_eq!(world.database.count(&kept).await, 0, "nothing contradicts anything");
    earns(world, "Shopify", &sale, (13_500, 2_700), "Pending").await;
    world.check().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn other_topics_are_ignored_and_what_is_broken_is_kept() {
    let world = shared_app().await;
    let (account, order) = (Account::connect(world, "shopify").await, number());
    let product = json!({ "id": order, "title": "Lamp", "updated_at": now().to_string() });
    account.deliver("1", "products/update", &product).await.expect_status(200);
    let path = format!("/connections/{}", account.connection["id"].as_str().unwrap());
    let shown = async |field: &str, expected: &str| {
        until(&format!("{field} to be {expected}"), 10, async || {
            let connection = world.api().get(&path).await.json();
            connection[field].as_str().is_some_and(|text| text.contains(expected)).then_some(connection)
        })
        .await
    };
    let connection = shown("lastEventType", "products/update").await;
    assert!(connection["lastError"].is_null(), "{connection}");
    let mut broken = event("orders.paid", order);
    broken["total_price"] = json!("much");
    account.deliver("2", "orders/paid", &broken).await.expect_status(200);
    shown("lastError", "malformed_event").await;
    assert!(world.api().booked(&order.to_string()).await.is_none());
}
