//! Goal: clocks that differ by minutes are accepted, by more are refused; a clock that steps back breaks no id.
//! Method: batches signed four and ten minutes off in either direction; clicks whose ids come from such clocks; a gateway
//! whose clock is behind the edge's; a server that names the affiliate an hour after the gateway's sale; a ledger whose business clock is 60 days back after a restart.

use serde_json::json;
use shared::{batch::Verdict, event::Event};
use world::{
    World,
    brand::{But, fresh},
    client::intake::Intake,
    http::Request,
    stripe::Purchase,
    wait::now,
};

const MINUTE_MS: i64 = 60_000;

#[tokio::test]
async fn of_the_signature() {
    let world = World::shared().await;
    for (minutes, status) in [(-10, 401), (-6, 401), (-4, 200), (0, 200), (4, 200), (6, 401), (10, 401)] {
        let id = fresh::<shared::id::BatchKind>();
        let body = Intake::body(id, &[serde_json::to_string(&world.acme.click(&world.acme.partner)).unwrap()]);
        let request = Intake::signed(&id.to_string(), now().plus_millis(minutes * MINUTE_MS), &body);
        let response = world.intake().send(&request).await.unwrap();
        assert_eq!(response.status, status, "{minutes} minutes: {}", response.text());
        if status == 401 {
            assert_eq!(response.refusal().1, "signature_expired");
        }
    }
    assert_eq!(world.database.count("select count(*) from clicks").await, 3);
    world.finish().await;
}

#[tokio::test]
async fn of_the_clicks() {
    let world = World::shared().await;
    let (brand, partner) = (&world.acme, &world.acme.partner);
    let at = |minutes: i64| now().plus_millis(minutes * MINUTE_MS);
    let skewed: Vec<_> = [-10, -4, 4, 10].iter().map(|minutes| brand.click_at(partner, at(*minutes))).collect();
    world.intake().accept(&skewed).await;
    assert_eq!(world.intake().post(&skewed).await, [Verdict::Duplicate; 4]);
    let impossible = [brand.click_at(partner, now().plus_days(3)), brand.click_at(partner, now().plus_days(-4_000))];
    assert_eq!(world.intake().post(&impossible).await, [Verdict::Rejected; 2]);
    assert_eq!(
        world.database.count("select count(*) from quarantine where reason = 'click_time_out_of_range'").await,
        2
    );
    world.finish().await;
}

/// The gateway says that the sale was four minutes before the click that led to it.
#[tokio::test]
async fn between_gateway_and_edge() {
    let world = World::shared().await;
    let token = world.acme.token(&world.acme.partner, now());
    let sale = world.acme.sale("skewed", 9_900).but(|report| {
        report.click_token = Some(token);
        report.occurred_at = Some(now().plus_millis(-4 * MINUTE_MS));
    });
    world.intake().accept(&[sale]).await;
    assert_eq!(world.database.count("select count(*) from commissions where amount = 1980").await, 1);
    world.finish().await;
}

/// The brand's server reports the gateway's sale when its queue gets to it, and doesn't know when it was paid.
#[tokio::test]
async fn between_gateway_and_server() {
    let world = World::shared().await;
    let paid = |id: &str| {
        let mut event = Purchase::new(id, None).paid("invoice.paid.basil", 1);
        event["data"]["object"]["status_transitions"]["paid_at"] = json!(now().seconds() - 3_600);
        world.acme.stripe_event(&event)
    };
    let named = |id: &str| {
        let slug = world.acme.partner.slug.clone();
        let sale = world.acme.sale(&Purchase::new(id, None).invoice(1), 9_900);
        sale.but(|report| report.affiliate_slug = Some(slug))
    };
    world.intake().accept(&[paid("apart")]).await;
    world.intake().accept(&[named("apart")]).await;
    world.intake().accept(&[named("reversed")]).await;
    world.intake().accept(&[paid("reversed")]).await;
    world.intake().accept(&[named("together"), paid("together")]).await;
    for id in ["apart", "reversed", "together"] {
        let (sale, commissions) = world.api().booked(&Purchase::new(id, None).invoice(1)).await.unwrap();
        assert_eq!((sale["creditedBy"].as_str(), commissions.len()), (Some("slug"), 1), "{id}: {sale}");
    }
    world.finish().await;
}

fn sale(world: &World, id: &str) -> Event {
    let slug = world.acme.partner.slug.clone();
    world.acme.sale(id, 10_000).but(|report| report.affiliate_slug = Some(slug))
}

/// What became payable stays so, what was paid stays paid, and what comes then is on hold from its own date.
#[tokio::test]
async fn of_the_ledger_that_steps_back() {
    let mut world = World::start().await;
    let whom = world.acme.partner.affiliate.to_string();
    world.intake().accept(&[sale(&world, "paid"), sale(&world, "payable")]).await;
    let advance = Request::post("/dev/clock", json!({"advanceDays": 60}).to_string());
    advance.send(&world.ledger.base()).await.unwrap().expect_status(200);
    let (_, commissions) = world.api().booked("payable").await.unwrap();
    let path = format!("/commissions/{}/deny", commissions[0]["id"].as_str().unwrap());
    world.api().post(&path, &json!({"reason": "looked wrong"})).await.expect_status(200);
    let body = json!({"affiliateId": whom, "currency": "USD", "expectedCents": 2_000});
    world.api().post("/payouts", &body).await.expect_status(201);
    let approve = path.replace("deny", "approve");
    world.api().post(&approve, &json!({"reason": "was right"})).await.expect_status(200);

    world.ledger.kill();
    world.ledger.start().await;
    let clock = Request::get("/dev/clock").send(&world.ledger.base()).await.unwrap().json();
    assert_eq!(clock["aheadDays"], 0);
    let back = world.acme.refund("back", "paid", 5_000);
    world.intake().accept(&[sale(&world, "new"), back, world.acme.click(&world.acme.partner)]).await;
    let mut states = Vec::new();
    for id in ["paid", "payable", "new"] {
        let (_, commissions) = world.api().booked(id).await.unwrap();
        let row = &commissions[0];
        states.push((row["amountCents"].as_i64().unwrap(), row["status"].as_str().unwrap().to_owned()));
    }
    let state = |cents: i64, status: &str| (cents, status.to_owned());
    assert_eq!(states, [state(1_000, "Paid"), state(2_000, "Approved"), state(2_000, "Pending")]);
    // Less by what was paid too much.
    let body = json!({"affiliateId": whom, "currency": "USD", "expectedCents": 1_000});
    world.api().post("/payouts", &body).await.expect_status(201);
    world.finish().await;
}
