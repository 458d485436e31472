//! Goal: a milestone is given once, undone with its sales, and never past its budget; a contest waits for a person.
//! Method: rewards by API, sales and refunds as signed batches, the jobs run by hand; commissions are read by API.
//! Routes: `/rewards/{id}/archive` `/rewards/{id}/claims`

use serde_json::{Value, json};
use shared::timestamp::Timestamp;
use world::{
    World,
    brand::{But, Partner},
    client::api::Api,
    organization_fixture::pass_days,
    wait::now,
};

fn milestone(world: &World, goal: i64) -> Value {
    json!({"programId": world.acme.program.to_string(), "kind": "Milestone", "title": "Two sales",
           "startsAt": "2026-01-01T00:00:00Z", "metric": "Sales", "goal": goal, "takeBack": true,
           "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"}})
}

async fn sell(world: &World, partner: &Partner, id: &str) {
    let slug = partner.slug.clone();
    let sale = world.acme.sale(id, 10_000).but(|report| {
        report.affiliate_slug = Some(slug);
        report.customer_id = Some(format!("buyer-of-{id}"));
    });
    world.intake().accept(&[sale]).await;
}

/// The amounts that aren't earned by sales, oldest first.
async fn extras(api: &Api) -> Vec<i64> {
    let mut rows = api.all("/commissions").await;
    rows.retain(|row| row["conversionId"].is_null());
    rows.iter().rev().map(|row| row["amountCents"].as_i64().unwrap()).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_milestone_is_given_once_and_taken_back() {
    let world = World::start().await;
    let (api, partner) = (world.api(), &world.acme.partner);
    let made = api.post("/rewards", &milestone(&world, 2)).await.expect_status(201).json();
    let path = format!("/rewards/{}", made["id"].as_str().unwrap());
    assert_eq!(api.get(&path).await.json()["goal"], 2);
    let listed = api.all("/rewards?kind=Milestone&status=Active").await;
    assert_eq!(listed.len(), 1);
    sell(&world, partner, "one").await;
    world.ledger.run_jobs().await;
    assert!(api.all(&format!("{path}/claims")).await.is_empty());
    sell(&world, partner, "two").await;
    for _ in 0..3 {
        world.ledger.run_jobs().await;
    }
    let claim = api.all(&format!("{path}/claims?status=Paid")).await.remove(0);
    assert_eq!((&claim["period"], &claim["value"], &claim["amountCents"]), (&json!("once"), &json!(2), &json!(5_000)));
    assert_eq!(extras(&api).await, [5_000], "however often the job runs");
    let commission = claim["commissionId"].as_str().unwrap();
    let explained = api.get(&format!("/commissions/{commission}/explain")).await.expect_status(200).text();
    assert!(explained.contains("Reward: Two sales"), "{explained}");

    // What was earned isn't undone by an earlier end.
    let earlier = json!({"endsAt": now().plus_days(-1).to_string()});
    let refused = api.patch(&path, &earlier).await;
    assert_eq!(refused.field_refusal(), (400, "validation_failed".to_owned(), "endsAt".to_owned()));
    let later = json!({"endsAt": now().plus_days(1).to_string()});
    api.patch(&path, &later).await.expect_status(200);

    // A refund undoes it, and another sale reaches it again.
    world.intake().accept(&[world.acme.refund("back", "two", 10_000)]).await;
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims?status=TakenBack")).await.len(), 1);
    assert_eq!(extras(&api).await, [5_000, -5_000]);
    sell(&world, partner, "three").await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    assert_eq!(extras(&api).await, [5_000, -5_000, 5_000]);
    let changed = api.patch(&path, &json!({"title": "Two good sales"})).await.expect_status(200).json();
    assert_eq!(changed["title"], "Two good sales");
    let archived = api.post(&format!("{path}/archive"), &json!({})).await.expect_status(200).json();
    assert!(archived["archivedAt"].is_string());
    assert_eq!(api.patch(&path, &json!({"title": "x"})).await.refusal(), (409, "reward_closed".to_owned()));
    world.finish().await;
}

/// Creates the reward and returns its path.
async fn create(world: &World, body: &Value) -> String {
    let made = world.api().post("/rewards", body).await.expect_status(201).json();
    format!("/rewards/{}", made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_denied_bonus_is_taken_back_only_if_the_denial_is_reversed() {
    let world = World::start().await;
    let (api, partner) = (world.api(), &world.acme.partner);
    let path = create(&world, &milestone(&world, 1)).await;
    sell(&world, partner, "one").await;
    world.ledger.run_jobs().await;
    let claim = api.all(&format!("{path}/claims?status=Paid")).await.remove(0);
    let decide = async |what: &str| {
        let commission = format!("/commissions/{}/{what}", claim["commissionId"].as_str().unwrap());
        api.post(&commission, &json!({"reason": "a test"})).await.expect_status(200);
    };
    decide("deny").await;
    world.intake().accept(&[world.acme.refund("back", "one", 10_000)]).await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    assert_eq!(api.all(&format!("{path}/claims?status=TakenBack")).await.len(), 1);
    assert_eq!(extras(&api).await, [0], "there is nothing to deduct");
    // Another sale reaches the goal: the brand still doesn't give this bonus.
    sell(&world, partner, "two").await;
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims?status=Paid")).await.len(), 1);
    assert_eq!(extras(&api).await, [0]);
    world.intake().accept(&[world.acme.refund("back-again", "two", 10_000)]).await;
    world.ledger.run_jobs().await;
    assert_eq!(extras(&api).await, [0]);
    decide("approve").await;
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    assert_eq!(extras(&api).await, [5_000, -5_000], "it is worth something again, and the goal isn't reached");
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bonus_on_hold_is_taken_back_when_its_hold_ends() {
    let world = World::start().await;
    let (api, partner) = (world.api(), &world.acme.partner);
    let mut body = milestone(&world, 1);
    body["prize"]["holdDays"] = json!(30);
    let path = create(&world, &body).await;
    sell(&world, partner, "one").await;
    world.ledger.run_jobs().await;
    pass_days(&world, 10).await;
    world.intake().accept(&[world.acme.refund("back", "one", 10_000)]).await;
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims?status=TakenBack")).await.len(), 1);
    let both = async || {
        let mut rows = api.all("/commissions").await;
        rows.retain(|row| row["conversionId"].is_null());
        let fields = |row: &Value| ["amountCents", "status", "holdUntil"].map(|name| row[name].clone());
        rows.iter().map(fields).collect::<Vec<_>>()
    };
    let rows = both().await;
    let [[deducted, pending, until], [given, waiting, also]] = &rows[..] else { panic!("not two rows: {rows:?}") };
    assert_eq!((deducted, given), (&json!(-5_000), &json!(5_000)));
    assert_eq!([pending, waiting], [&json!("Pending"); 2], "no payout deducts it from other commissions before");
    assert_eq!(until, also);
    pass_days(&world, 21).await;
    world.ledger.run_jobs().await;
    let statuses: Vec<Value> = both().await.into_iter().map(|[_, status, _]| status).collect();
    assert_eq!(statuses, ["Approved", "Approved"]);
    world.finish().await;
}

/// Periods stay where they are if the brand moves to another time zone: no sale counts in two of them.
#[tokio::test(flavor = "multi_thread")]
async fn another_time_zone_gives_nothing_twice() {
    let world = World::start().await;
    let (api, partner) = (world.api(), &world.acme.partner);
    let today = now().to_string();
    let (year, month): (i32, u32) = (today[..4].parse().unwrap(), today[5..7].parse().unwrap());
    let (year, month) = if month == 1 { (year - 1, 12) } else { (year, month - 1) };
    // The start of the last month, which in Los Angeles is still the month before.
    let begins = Timestamp::parse_rfc3339(&format!("{year}-{month:02}-01T03:00:00Z")).unwrap();
    for (id, days) in [("before", -5), ("first", 0), ("second", 5)] {
        let sale = world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(partner.slug.clone());
            report.customer_id = Some(format!("buyer-of-{id}"));
            report.occurred_at = Some(begins.plus_days(days));
        });
        world.intake().accept(&[sale]).await;
    }
    let mut body = milestone(&world, 2);
    body["repeats"] = json!("Month");
    let path = create(&world, &body).await;
    world.ledger.run_jobs().await;
    assert_eq!(extras(&api).await, [5_000]);
    api.patch("/organization", &json!({"timeZone": "America/Los_Angeles"})).await.expect_status(200);
    for _ in 0..2 {
        world.ledger.run_jobs().await;
    }
    assert_eq!(extras(&api).await, [5_000]);
    let claims = api.all(&format!("{path}/claims")).await;
    assert_eq!(claims.len(), 1, "{claims:?}");
    assert_eq!(claims[0]["period"], format!("{year}-{month:02}"));
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_budget_ends_with_the_first() {
    let world = World::start().await;
    let (api, other) = (world.api(), world.acme.join(&world.database, "other").await);
    let mut body = milestone(&world, 1);
    body["budgetCents"] = json!(7_500);
    let made = api.post("/rewards", &body).await.expect_status(201).json();
    let path = format!("/rewards/{}", made["id"].as_str().unwrap());
    sell(&world, &world.acme.partner, "one").await;
    sell(&world, &other, "two").await;
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims")).await.len(), 1, "the second would pass the budget");
    api.patch(&path, &json!({"budgetCents": 10_000})).await.expect_status(200);
    world.ledger.run_jobs().await;
    assert_eq!(extras(&api).await, [5_000, 5_000]);
    world.finish().await;
}

/// Who goes on selling was first nevertheless.
#[tokio::test(flavor = "multi_thread")]
async fn a_budget_is_for_who_reached_the_goal_first() {
    let world = World::start().await;
    let (api, other) = (world.api(), world.acme.join(&world.database, "other").await);
    let partner = &world.acme.partner;
    for (partner, id, days) in [(partner, "first", 20), (&other, "second", 10), (partner, "more", 1)] {
        let slug = partner.slug.clone();
        let sale = world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(slug);
            report.customer_id = Some(format!("buyer-of-{id}"));
            report.occurred_at = Some(now().plus_days(-days));
        });
        world.intake().accept(&[sale]).await;
    }
    let mut body = milestone(&world, 1);
    body["budgetCents"] = json!(7_500);
    let path = create(&world, &body).await;
    world.ledger.run_jobs().await;
    let claims = api.all(&format!("{path}/claims")).await;
    assert_eq!(claims.len(), 1, "the second would pass the budget");
    assert_eq!(claims[0]["affiliateId"], partner.affiliate.to_string());
    world.finish().await;
}

/// A customer's renewals don't reach a goal before their flagged first sale was reviewed.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_for_a_flagged_first_sale_counts_for_nothing() {
    let world = World::start().await;
    let (api, partner) = (world.api(), &world.acme.partner);
    let sale = |id: &str, customer: &str, email: Option<&str>| {
        world.acme.sale(id, 10_000).but(|report| {
            report.affiliate_slug = Some(partner.slug.clone());
            report.customer_id = Some(customer.to_owned());
            report.customer_email = email.map(str::to_owned);
        })
    };
    let body = json!({"metric": "Revenue", "metricCurrency": "USD", "goal": 25_000});
    let mut reward = milestone(&world, 1);
    reward.as_object_mut().unwrap().extend(body.as_object().unwrap().clone());
    let path = create(&world, &reward).await;
    // One mailbox under two customer IDs.
    world.intake().accept(&[sale("own", "u_1", Some("ann@buyers.test"))]).await;
    world.intake().accept(&[sale("again", "u_2", Some("ann+2@buyers.test"))]).await;
    world.intake().accept(&[sale("month-2", "u_2", None), sale("month-3", "u_2", None)]).await;
    let flagged = api.all("/conversions?externalEventId=again").await.remove(0);
    assert_eq!(flagged["flags"], json!(["DuplicateCustomer"]));
    world.ledger.run_jobs().await;
    assert!(api.all(&format!("{path}/claims")).await.is_empty(), "only the first customer's sale counts");
    let review = format!("/conversions/{}/review", flagged["id"].as_str().unwrap());
    api.post(&review, &json!({"decision": "Approve", "reason": "A second account"})).await.expect_status(200);
    world.ledger.run_jobs().await;
    assert_eq!(api.all(&format!("{path}/claims")).await.remove(0)["value"], 40_000);
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_refused() {
    let world = World::shared().await;
    let api = world.api();
    let with = |name: &str, value: Value| {
        let mut body = milestone(&world, 2);
        body[name] = value;
        body
    };
    for (body, status, field) in [
        (with("kind", json!("Gift")), 400, "kind"),
        (with("metric", json!("Clicks")), 400, "metric"),
        (with("goal", json!(0)), 400, "goal"),
        (with("budgetCents", json!(0)), 400, "budgetCents"),
        (with("programId", json!(world.globex.program.to_string())), 404, "programId"),
    ] {
        let refused = api.post("/rewards", &body).await;
        assert_eq!((refused.status, refused.field_refusal().2.as_str()), (status, field), "{}", refused.text());
    }
    let made = api.post("/rewards", &milestone(&world, 2)).await.expect_status(201).json();
    let path = format!("/rewards/{}", made["id"].as_str().unwrap());
    let stranger = world.other_api();
    assert_eq!((stranger.get(&path).await.status, stranger.get(&format!("{path}/claims")).await.status), (404, 404));
    assert_eq!(stranger.patch(&path, &json!({"title": "Mine"})).await.status, 404);
    world.finish().await;
}
