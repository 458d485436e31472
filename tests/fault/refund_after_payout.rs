//! Goal: a refund after the payout leaves the payout as it was, is posted as a debt, and makes the next payout lower.
//! Method: sales whose hold is over, paid out by API, given back by refund and by a lost dispute; then another sale; the
//! book is read after each. At last refunds race with payouts.

use serde_json::json;
use shared::event::Event;
use world::{World, brand::But, http::Response, stripe::shape, wait::now};

/// So long ago that its hold is over.
fn sale(world: &World, id: &str, cents: i64) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, cents).but(|report| {
        report.affiliate_slug = Some(slug);
        report.occurred_at = Some(now().plus_days(-40));
    })
}

async fn pay(world: &World, expected: Option<i64>) -> Response {
    let whom = world.acme.partner.affiliate.to_string();
    let body = match expected {
        Some(cents) => json!({"affiliateId": whom, "currency": "USD", "expectedCents": cents}),
        None => json!({"affiliateId": whom, "currency": "USD"}),
    };
    world.api().post("/payouts", &body).await
}

/// Pending, payable and paid.
async fn balances(world: &World) -> [i64; 3] {
    let mut balances = [0; 3];
    for (place, kind) in ["affiliate_pending", "affiliate_approved", "affiliate_paid"].iter().enumerate() {
        let query = format!("select coalesce(sum(balance), 0)::bigint from accounts where kind = '{kind}'");
        balances[place] = world.database.count(&query).await;
    }
    balances
}

async fn commission(world: &World, id: &str) -> (i64, i64, String) {
    let (_, commissions) = world.api().booked(id).await.expect("a conversion");
    let row = &commissions[0];
    let cents = |name: &str| row[name].as_i64().unwrap();
    (cents("amountCents"), cents("paidCents"), row["status"].as_str().unwrap().to_owned())
}

#[tokio::test]
async fn the_payout_stands_and_the_next_one_is_lower() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "paid", 10_000)]).await;
    assert_eq!(balances(&world).await, [0, 2_000, 0]);
    pay(&world, Some(2_000)).await.expect_status(201);
    assert_eq!(balances(&world).await, [0, 0, 2_000]);
    let payouts = world.database.texts("select * from payouts").await;
    let transfers = world.database.texts("select * from transfers").await;

    world.intake().accept(&[world.acme.refund("back", "paid", 5_000)]).await;
    assert_eq!(commission(&world, "paid").await, (1_000, 2_000, "Paid".to_owned()));
    assert_eq!(balances(&world).await, [0, -1_000, 2_000], "half of it is owed by the affiliate");
    assert_eq!(world.database.texts("select * from payouts").await, payouts, "the payout stands");
    let now = world.database.texts("select * from transfers").await;
    assert!(transfers.iter().all(|row| now.contains(row)), "nothing posted was changed");
    let clawback = "select sum(amount)::bigint from transfers where kind = 'commission_reversed'";
    assert_eq!((now.len(), world.database.count(clawback).await), (transfers.len() + 1, 1_000));
    assert_eq!(pay(&world, None).await.refusal(), (409, "nothing_payable".to_owned()));
    world.check().await;

    world.intake().accept(&[sale(&world, "next", 10_000)]).await;
    assert_eq!(balances(&world).await, [0, 1_000, 2_000]);
    assert_eq!(pay(&world, Some(2_000)).await.refusal(), (409, "amount_differs".to_owned()));
    let paid = pay(&world, Some(1_000)).await.expect_status(201).json();
    assert_eq!(paid["amountCents"], 1_000);
    assert_eq!(balances(&world).await, [0, 0, 3_000]);
    assert_eq!(commission(&world, "paid").await, (1_000, 1_000, "Paid".to_owned()), "the debt is settled");
    assert_eq!(world.database.count("select sum(amount)::bigint from payouts").await, 3_000);

    // The rest of it: the debt waits for as long as it takes.
    world.intake().accept(&[world.acme.refund("rest", "paid", 5_000)]).await;
    assert_eq!(commission(&world, "paid").await, (0, 1_000, "Refunded".to_owned()));
    assert_eq!(balances(&world).await, [0, -1_000, 3_000]);
    world.finish().await;
}

/// A dispute that opens after the payout has nothing to freeze; lost, it is a debt like a refund; won, it is none.
#[tokio::test]
async fn a_dispute_after_the_payout() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "pi_paid", 10_000)]).await;
    pay(&world, Some(2_000)).await.expect_status(201);
    let report = |id: &str, number: i64, status: &str| {
        let mut event = shape("charge.dispute.created");
        event["id"] = json!(format!("evt_{id}_{number}"));
        event["created"] = json!(now().seconds() + number);
        let object = &mut event["data"]["object"];
        object["id"] = json!(id);
        object["amount"] = json!(2_500);
        object["status"] = json!(status);
        object["payment_intent"] = json!("pi_paid");
        world.acme.stripe_event(&event)
    };
    for (number, (status, payable)) in
        [("needs_response", 0), ("lost", -500), ("under_review", 0), ("won", 0)].into_iter().enumerate()
    {
        world.intake().accept(&[report("du_1", i64::try_from(number).unwrap(), status)]).await;
        assert_eq!(balances(&world).await, [0, payable, 2_000], "{status}");
        world.check().await;
    }
    world.finish().await;
}

/// Where more is owed again while the sale is disputed, that part is frozen: it isn't paid before the dispute ends.
#[tokio::test]
async fn what_is_owed_again_is_frozen_by_a_dispute() {
    let world = World::shared().await;
    world.intake().accept(&[sale(&world, "pi_paid", 10_000)]).await;
    let report = |shape_name: &str, id: &str, at: i64, status: &str, cents: i64| {
        let mut event = shape(shape_name);
        event["id"] = json!(format!("evt_{id}_{status}"));
        event["created"] = json!(now().seconds() + at);
        let object = &mut event["data"]["object"];
        object["id"] = json!(id);
        object["amount"] = json!(cents);
        object["status"] = json!(status);
        object["payment_intent"] = json!("pi_paid");
        world.acme.stripe_event(&event)
    };
    let refund = |status: &str, at| report("refund.created", "re_1", at, status, 5_000);
    let dispute = |status: &str, at| report("charge.dispute.created", "du_1", at, status, 10_000);
    world.intake().accept(&[refund("succeeded", 0)]).await;
    pay(&world, Some(1_000)).await.expect_status(201);
    world.intake().accept(&[refund("failed", 1), dispute("needs_response", 2)]).await;
    assert_eq!(commission(&world, "pi_paid").await, (2_000, 1_000, "Pending".to_owned()));
    assert_eq!(balances(&world).await, [1_000, 0, 1_000]);
    assert_eq!(pay(&world, None).await.refusal(), (409, "nothing_payable".to_owned()));
    world.intake().accept(&[dispute("won", 3)]).await;
    assert_eq!(balances(&world).await, [0, 1_000, 1_000]);
    pay(&world, Some(1_000)).await.expect_status(201);
    world.finish().await;
}

/// A refund that commits while a payout is being written counts in this one or as a debt, never in both.
#[tokio::test(flavor = "multi_thread")]
async fn a_refund_while_the_payout_is_written() {
    let world = World::shared().await;
    let (mut paid, mut owed) = (0, 0);
    for round in 0..12 {
        let id = format!("order-{round}");
        world.intake().accept(&[sale(&world, &id, 10_000)]).await;
        let back = [world.acme.refund(&format!("back-{round}"), &id, 5_000)];
        let (intake, refunding) = (world.intake(), back.clone());
        let refund = tokio::spawn(async move { intake.accept(&refunding).await });
        let payout = pay(&world, None).await;
        refund.await.unwrap();
        owed += 1_000;
        match payout.status {
            201 => paid += payout.json()["amountCents"].as_i64().unwrap(),
            // What was paid too much in earlier rounds may be more than this one brings.
            _ => assert_eq!(payout.refusal(), (409, "nothing_payable".to_owned())),
        }
        assert_eq!(balances(&world).await, [0, owed - paid, paid], "round {round}");
        world.check().await;
    }
    world.finish().await;
}
