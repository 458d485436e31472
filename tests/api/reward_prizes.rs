//! Goal: a contest pays its places once, after its end and a person's decision, with ties as stated; segments, rates and
//! gifts in kind are given without an amount in the book.
//! Method: rewards by API, sales as signed batches, the clock moved past the contest's end, the jobs run by hand.
//! Elsewhere: tests/api/rewards.rs, tests/api/reward_claims.rs: the routes

use serde_json::{Value, json};
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    organization_fixture::pass_days,
    wait,
};

async fn create(world: &World, body: Value) -> String {
    let mut whole = json!({"programId": world.acme.program.to_string(), "title": "Spring", "metric": "Sales",
                           "startsAt": "2026-01-01T00:00:00Z"});
    whole.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let made = world.api().post("/rewards", &whole).await.expect_status(201).json();
    format!("/rewards/{}", made["id"].as_str().unwrap())
}

async fn sell(world: &World, partner: &Partner, ids: &[&str]) {
    let sale = |id: &&str| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(partner.slug.clone());
            report.customer_id = Some(format!("buyer-of-{id}"));
        })
    };
    world.intake().accept(&ids.iter().map(sale).collect::<Vec<_>>()).await;
}

async fn claims(api: &Api, path: &str, status: &str) -> Vec<Value> {
    api.all(&format!("{path}/claims?status={status}")).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_contest_pays_its_places_after_its_end() {
    let world = World::start().await;
    let (api, acme) = (world.api(), &world.acme);
    let second = acme.join(&world.database, "second").await;
    let third = acme.join(&world.database, "third").await;
    let now = wait::now();
    let body = json!({"kind": "Contest", "winners": 2, "ties": "Split", "endsAt": now.plus_days(10).to_string(),
                      "prize": {"kind": "Bonus", "amountsCents": [10_001, 4_000], "currency": "USD"}});
    let path = create(&world, body).await;
    sell(&world, &acme.partner, &["one", "two"]).await;
    sell(&world, &second, &["three", "four"]).await;
    sell(&world, &third, &["five"]).await;
    world.ledger.run_jobs().await;
    assert!(api.all(&format!("{path}/claims")).await.is_empty(), "it hasn't ended");

    pass_days(&world, 11).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    let won = claims(&api, &path, "Submitted").await;
    // Two are equal at the first place: they share 100.01 and 40.00, and the odd cent stays with the brand.
    let shares: Vec<_> = won.iter().map(|claim| (&claim["place"], &claim["amountCents"], &claim["value"])).collect();
    assert_eq!(shares, [(&json!(1), &json!(7_000), &json!(2)); 2]);
    assert_eq!(world.database.count("select count(*) from commissions where kind = 'Bonus'").await, 0);
    for claim in &won {
        let path = format!("/reward-claims/{}/approve", claim["id"].as_str().unwrap());
        assert_eq!(api.post(&path, &json!({})).await.expect_status(200).json()["status"], "Paid");
    }
    // A sale that is reported late doesn't rank it again.
    sell(&world, &third, &["six", "seven"]).await;
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims")).await.len(), 2);
    // Nor does a later end: it would have no winners.
    let later = json!({"endsAt": now.plus_days(40).to_string()});
    assert_eq!(api.patch(&path, &later).await.refusal(), (409, "reward_closed".to_owned()));
    api.patch(&path, &json!({"title": "Spring is over"})).await.expect_status(200);
    let paid = "select coalesce(sum(amount), 0)::bigint from commissions where kind = 'Bonus'";
    assert_eq!(world.database.count(paid).await, 14_000);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_segment_a_rate_and_a_gift_move_no_money() {
    let world = World::start().await;
    let (api, acme) = (world.api(), &world.acme);
    let affiliate = acme.partner.affiliate.to_string();
    let milestone = |title: &str, prize: Value| json!({"kind": "Milestone", "title": title, "goal": 1, "prize": prize});
    let segment = create(&world, milestone("Gold", json!({"kind": "Segment", "segment": "gold"}))).await;
    let rate = milestone("Higher", json!({"kind": "Rate", "ratePercent": "30", "months": 3}));
    let rate = create(&world, rate).await;
    let gift = create(&world, milestone("Ticket", json!({"kind": "InKind", "text": "A ticket"}))).await;
    sell(&world, &acme.partner, &["one"]).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    for path in [&segment, &rate, &gift] {
        let paid = claims(&api, path, "Paid").await;
        assert_eq!(paid.len(), 1, "{path}");
        assert_eq!((&paid[0]["amountCents"], &paid[0]["commissionId"]), (&json!(0), &Value::Null));
    }
    assert_eq!(world.database.count("select count(*) from commissions where kind = 'Bonus'").await, 0);
    assert_eq!(api.get(&format!("/affiliates/{affiliate}")).await.json()["segment"], "gold");
    // The next sale pays the raised rate: 30 % of 100.00.
    sell(&world, &acme.partner, &["two"]).await;
    let newest = api.all("/commissions").await.remove(0);
    assert_eq!(newest["amountCents"], 3_000, "{newest}");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rate_that_is_won_while_another_applies_lasts_for_all_of_its_months() {
    let world = World::start().await;
    let (api, acme) = (world.api(), &world.acme);
    let rate = |title: &str, goal: i64, months: i64| {
        let prize = json!({"kind": "Rate", "ratePercent": "30", "months": months});
        json!({"kind": "Milestone", "title": title, "goal": goal, "prize": prize})
    };
    let (short, long) = (create(&world, rate("A month", 1, 1)).await, create(&world, rate("A quarter", 2, 3)).await);
    let raised = async |days: i64| {
        let query = format!(
            "select count(*) from (
                 select components from plan_versions
                 where affiliate_id = '{}' and effective_at <= now() + interval '{days} days'
                 order by effective_at desc limit 1) v
             where components is not null",
            acme.partner.affiliate.uuid()
        );
        world.database.count(&query).await
    };
    sell(&world, &acme.partner, &["one"]).await;
    world.ledger.run_jobs().await;
    assert_eq!(claims(&api, &short, "Paid").await.len(), 1);
    assert_eq!([raised(1).await, raised(45).await], [1, 0]);
    sell(&world, &acme.partner, &["two"]).await;
    world.ledger.run_jobs().await;
    assert_eq!(claims(&api, &long, "Paid").await.len(), 1);
    assert_eq!([raised(1).await, raised(45).await, raised(80).await, raised(100).await], [1, 1, 1, 0]);
    world.finish().await;
}
