//! Goal: a stranger with what stands in a page's source earns no one anything that is payable.
//! Method: pixel sales through the real edge, dated into the past, with known customers and guessed order numbers; the clock
//! runs until every hold is over; then programs that ignore their pages, and programs that trust them within limits.

use serde_json::{Value, json};
use shared::event::Event;
use world::{Plan, World, brand::But, client::browser::Browser, http::Request, wait::until};

async fn one(world: &World, name: &str) -> Value {
    let path = format!("/conversions?externalEventId={name}");
    until("the conversion is booked", 20, async || world.api().all(&path).await.pop()).await
}

async fn commission(world: &World, name: &str) -> Value {
    let id = one(world, name).await["id"].as_str().unwrap().to_owned();
    world.api().all(&format!("/commissions?conversionId={id}")).await.pop().unwrap_or_default()
}

async fn advance(world: &World, days: i64) {
    let body = json!({ "advanceDays": days }).to_string();
    Request::post("/dev/clock", body).send(&world.ledger.base()).await.unwrap().expect_status(200);
}

/// A pixel of a page that anyone can imitate.
async fn pixel(world: &World, fields: &str) {
    let target = format!("/api/tracking/pixel.gif?public_key={}&{fields}", world.acme.public_key);
    let request = Request::get(&target).header("Referer", "https://acme.test/");
    Browser::new(world.edge_base()).send(request).await.expect_status(200);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backdated_pixel_sale_is_never_payable() {
    let world = Box::pin(Plan::default().edge().start()).await;
    pixel(
        &world,
        "external_event_id=forged-1&amount_cents=500000&affiliate_slug=lauren&occurred_at=2026-01-01T00:00:00Z",
    )
    .await;
    let sale = one(&world, "forged-1").await;
    assert_eq!((&sale["verified"], &sale["flags"]), (&json!(false), &json!(["Unverified"])));
    advance(&world, 400).await;
    let held = commission(&world, "forged-1").await;
    assert_eq!(
        (&held["status"], &held["heldFor"], &held["amountCents"]),
        (&json!("Pending"), &json!("Review"), &json!(100_000))
    );
    // Neither a payment that is written down nor a run finds anything to pay.
    let pay = json!({"affiliateId": world.acme.partner.affiliate, "currency": "USD"});
    assert!(world.api().post("/payouts", &pay).await.status >= 400);
    // A person approves it: the hold counted from its arrival is over by then.
    let review = json!({"decision": "Approve", "reason": "The order is in our books."});
    let path = format!("/conversions/{}/review", sale["id"].as_str().unwrap());
    world.api().post(&path, &review).await.expect_status(200);
    assert_eq!(commission(&world, "forged-1").await["status"], "Approved");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_pixel_takes_over_no_customer() {
    let world = Box::pin(Plan::default().edge().start()).await;
    let real = world.acme.sale("real-1", 10_000).but(|reported| reported.customer_id = Some("u_77".to_owned()));
    world.intake().accept(&[real]).await;
    pixel(&world, "external_event_id=free-1&amount_cents=0&customer_id=u_77&affiliate_slug=lauren").await;
    pixel(&world, "external_event_id=free-2&type=lead&customer_id=u_77&email=u77@shop.test&affiliate_slug=lauren")
        .await;
    let (free, lead) = (one(&world, "free-1").await, one(&world, "free-2").await);
    assert_eq!((&free["customerId"], &lead["customerId"]), (&Value::Null, &Value::Null));
    let renewal = world.acme.sale("real-2", 10_000).but(|reported| {
        reported.customer_id = Some("u_77".to_owned());
        reported.customer_email = Some("u77@shop.test".to_owned());
    });
    world.intake().accept(&[renewal]).await;
    for name in ["real-1", "real-2"] {
        assert_eq!(one(&world, name).await["status"], "Unattributed", "{name}");
    }
    world.finish().await;
}

#[tokio::test]
async fn a_claim_of_a_coming_order_number_that_is_reassigned_moves_no_real_order() {
    let world = World::shared().await;
    let bob = world.acme.join(&world.database, "bob").await;
    let sale = |name: &str, customer: &str| {
        world.acme.sale(name, 5_000).but(|reported| reported.customer_id = Some(customer.to_owned()))
    };
    let decide = async |name: &str, what: &str, body: Value| {
        let id = one(&world, name).await["id"].as_str().unwrap().to_owned();
        world.api().post(&format!("/conversions/{id}/{what}"), &body).await.expect_status(200);
    };
    let to_nobody = json!({"affiliateId": null, "reason": "No such order."});
    let first = sale("first", "u_1").but(|reported| reported.affiliate_slug = Some(bob.slug.clone()));
    world.intake().accept(&[first]).await;
    for name in ["order-1", "order-2", "order-3"] {
        let claim = world.acme.by_page(&world.acme.sale(name, 5_000));
        world.intake().accept(&[claim.but(|reported| reported.affiliate_slug = Some("lauren".to_owned()))]).await;
        decide(name, "reattribute", to_nobody.clone()).await;
    }
    decide("order-2", "review", json!({"decision": "Approve", "reason": "They ordered by phone."})).await;
    // Their real buyers order only now.
    let orders = [("order-1", "u_1"), ("order-2", "u_2"), ("order-3", "u_3"), ("renewal", "u_1")];
    world.intake().accept(&orders.map(|(name, customer)| sale(name, customer))).await;
    for name in ["order-1", "renewal"] {
        let order = one(&world, name).await;
        assert_eq!((&order["affiliateId"], &order["creditedBy"]), (&json!(bob.affiliate), &json!("bound")), "{name}");
    }
    // Someone approved the second claim; the third order has no evidence.
    for (name, customer, why) in [
        ("order-2", "u_2", "Attribution removed manually: No such order. ("),
        ("order-3", "u_3", "No affiliate is credited: no click"),
    ] {
        assert_eq!(one(&world, name).await["status"], "Unattributed", "{name}");
        let history = world.api().get(&format!("/customers/{customer}/journey")).await.expect_status(200).json();
        let reported = history["conversions"][0]["credit"]["inWords"].as_str().unwrap();
        assert!(reported.starts_with(why), "{name}: {reported}");
    }
    world.finish().await;
}

async fn rules(world: &World, claimed: Value) {
    let path = format!("/programs/{}", world.acme.program);
    world.api().patch(&path, &json!({ "claimedSales": claimed })).await.expect_status(200);
}

#[tokio::test]
async fn a_program_that_trusts_its_pages_does_so_within_limits() {
    let world = World::start().await;
    rules(&world, json!({"mode": "trusted", "maxAmountCents": 5_000, "perDay": 100, "perAffiliatePerDay": 2})).await;
    let claim = |name: &str, cents: i64| {
        let sale = world.acme.sale(name, cents);
        world.acme.by_page(&sale).but(|reported| reported.affiliate_slug = Some("lauren".to_owned()))
    };
    world.intake().accept(&[claim("large", 5_001)]).await;
    for name in ["first", "second", "third"] {
        world.intake().accept(&[claim(name, 5_000)]).await;
    }
    for (name, flags) in [
        ("large", json!(["Unverified"])),
        ("first", json!([])),
        ("second", json!([])),
        ("third", json!(["Unverified"])),
    ] {
        assert_eq!(one(&world, name).await["flags"], flags, "{name}");
    }
    // The hold is the whole one, from arrival.
    advance(&world, 29).await;
    assert_eq!(commission(&world, "first").await["status"], "Pending");
    advance(&world, 2).await;
    until("holds end", 20, async || (commission(&world, "first").await["status"] == "Approved").then_some(())).await;
    assert_eq!(commission(&world, "third").await["status"], "Pending");
    // A denied one makes room for the next.
    let second = one(&world, "second").await["id"].as_str().unwrap().to_owned();
    let deny = json!({"decision": "Deny", "reason": "No such order."});
    world.api().post(&format!("/conversions/{second}/review"), &deny).await.expect_status(200);
    assert_eq!(one(&world, "third").await["flags"], json!([]));
    world.finish().await;
}

#[tokio::test]
async fn a_program_that_trusts_its_pages_pays_for_no_lead_unseen() {
    let world = World::start().await;
    let plan = json!({"components": [{"type": "percentage", "ratePercent": "20"},
                                     {"type": "per_lead", "amountCents": 200, "currency": "USD"}]});
    world.api().post(&format!("/programs/{}/plans", world.acme.program), &plan).await.expect_status(201);
    rules(&world, json!({"mode": "trusted", "maxAmountCents": 5_000, "perDay": 1, "perAffiliatePerDay": 1})).await;
    let claim =
        |report: &Event| world.acme.by_page(report).but(|reported| reported.affiliate_slug = Some("lauren".to_owned()));
    for name in ["lead", "same-person"] {
        world.intake().accept(&[claim(&world.acme.lead(name))]).await;
    }
    world.intake().accept(&[claim(&world.acme.sale("sale", 5_000))]).await;
    advance(&world, 31).await;
    until("holds end", 20, async || (commission(&world, "sale").await["status"] == "Approved").then_some(())).await;
    for name in ["lead", "same-person"] {
        assert_eq!(one(&world, name).await["flags"], json!(["Unverified"]), "{name}");
        let held = commission(&world, name).await;
        assert_eq!((&held["amountCents"], &held["heldFor"]), (&json!(200), &json!("Review")), "{name}");
    }
    world.finish().await;
}

/// However many there are, an affiliate's next sale loads none of them.
#[tokio::test]
async fn claims_that_wait_are_priced_one_by_one() {
    let world = World::shared().await;
    let steps = json!([{"from": 1, "ratePercent": "10"}, {"from": 3, "ratePercent": "20"}]);
    let tiers = json!([{"type": "tiers", "by": "sales", "period": "ever", "mode": "whole", "steps": steps}]);
    let program = json!({"name": "Tiers", "startsAt": "2026-01-01T00:00:00Z", "components": tiers,
                         "review": {"velocityPerHour": 3}});
    let program = world.api().post("/programs", &program).await.expect_status(201).json();
    let tia = json!({"name": "Tia", "email": world.own("tia@creators.test"), "slug": "tia",
                     "programId": program["id"], "destination": "https://acme.test/"});
    world.api().post("/affiliates", &tia).await.expect_status(201);
    let sale =
        |name: &str| world.acme.sale(name, 10_000).but(|reported| reported.affiliate_slug = Some("tia".to_owned()));
    let claims = ["claim-1", "claim-2", "claim-3", "claim-4"];
    for name in claims {
        world.intake().accept(&[world.acme.by_page(&sale(name))]).await;
    }
    world.intake().accept(&[sale("real")]).await;
    let cents = async |name: &str| commission(&world, name).await["amountCents"].as_i64();
    for name in claims {
        assert_eq!(cents(name).await, Some(1_000), "{name}");
        assert_eq!(one(&world, name).await["flags"], json!(["Unverified"]), "{name}");
    }
    assert_eq!(cents("real").await, Some(1_000));
    // From its approval on, a claim counts like any other sale.
    for name in ["claim-1", "claim-2"] {
        let path = format!("/conversions/{}/review", one(&world, name).await["id"].as_str().unwrap());
        let review = json!({"decision": "Approve", "reason": "The order is in our books."});
        world.api().post(&path, &review).await.expect_status(200);
    }
    let now = [cents("real").await, cents("claim-1").await, cents("claim-2").await, cents("claim-3").await];
    assert_eq!(now, [Some(2_000), Some(2_000), Some(2_000), Some(1_000)]);
    world.finish().await;
}

#[tokio::test]
async fn a_program_may_ignore_its_pages() {
    let world = World::shared().await;
    rules(&world, json!({"mode": "off"})).await;
    let sale = world.acme.sale("ignored", 5_000);
    let claim = world.acme.by_page(&sale).but(|reported| reported.affiliate_slug = Some("lauren".to_owned()));
    world.intake().accept(&[claim]).await;
    assert_eq!(one(&world, "ignored").await["status"], "Unattributed");
    // The verified report of the same order is credited as ever.
    world.intake().accept(&[sale.but(|reported| reported.affiliate_slug = Some("lauren".to_owned()))]).await;
    assert_eq!(one(&world, "ignored").await["status"], "Pending");
    world.finish().await;
}
