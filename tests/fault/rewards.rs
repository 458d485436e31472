//! Goal: two ledgers on one database, one of which dies between approving rewards and giving them, give each once.
//! However long it takes to count the sales, a milestone is given, who decides about a reward doesn't wait, and the
//! pages of the brand and of the affiliate open.
//! Method: forty affiliates reach a milestone; one ledger is killed as soon as some have their bonus; the bonuses of each
//! affiliate are counted, and so are the keys of their payments. Counting is stopped by a lock, and its limit is noted,
//! or it is canceled, as it would be at the limit.

use serde_json::{Value, json};
use world::{Plan, World, brand::But, client::dashboard::Marketer, database::run, tax_fixture, wait};

const AFFILIATES: i64 = 40;

fn milestone(world: &World) -> Value {
    json!({"programId": world.acme.program.to_string(), "kind": "Milestone", "title": "A sale",
           "startsAt": "2026-01-01T00:00:00Z", "metric": "Sales", "goal": 1,
           "prize": {"kind": "Bonus", "amountsCents": [5_000], "currency": "USD"}})
}

fn contest(world: &World) -> Value {
    let mut body = milestone(world);
    body["kind"] = json!("Contest");
    body["winners"] = json!(1);
    body["endsAt"] = json!("2099-01-01T00:00:00Z");
    body
}

/// Creates a reward; a contest is over. Returns its path.
async fn made(world: &World, kind: &str) -> String {
    let body = if kind == "Contest" { contest(world) } else { milestone(world) };
    let made = world.api().post("/rewards", &body).await.expect_status(201).json();
    let over = "update rewards set ends_at = date_trunc('day', now()) where ends_at > now()";
    world.database.run(over).await;
    format!("/rewards/{}", made["id"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread")]
async fn each_is_given_once() {
    let mut world = Plan::default().ledger_setting("REKOMI_MAINTENANCE", "eager").start().await;
    world.api().post("/rewards", &milestone(&world)).await.expect_status(201);
    let mut second = world.ledger.beside();
    second.start().await;
    let mut sales = Vec::new();
    for number in 0..AFFILIATES {
        let partner = world.acme.join(&world.database, &format!("seller-{number}")).await;
        sales.push(world.acme.sale(&format!("sale-{number}"), 10_000).but(|report| {
            report.affiliate_slug = Some(partner.slug.clone());
            report.customer_id = Some(format!("buyer-{number}"));
        }));
    }
    world.intake().accept(&sales).await;
    let given = "select count(*) from commissions where kind = 'Bonus'";
    wait::until("some to be given", 60, async || (world.database.count(given).await > 0).then_some(())).await;
    world.ledger.kill();
    wait::until("the other one to go on to the end", 60, async || {
        let open = "select count(*) from reward_claims where state = 'Paid'";
        (world.database.count(open).await == AFFILIATES).then_some(())
    })
    .await;
    assert_eq!(world.database.count(given).await, AFFILIATES);
    let each = "select count(*) from (select 1 from commissions where kind = 'Bonus' group by affiliate_id having count(*) > 1) t";
    assert_eq!(world.database.count(each).await, 0);
    assert_eq!(world.database.count("select count(*) from reward_payments").await, AFFILIATES);
    second.stop();
    world.ledger.start().await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn counting_takes_its_time() {
    let world = World::start().await;
    let (api, database) = (world.api(), &world.database);
    let slug = world.acme.partner.slug.clone();
    world.intake().accept(&[world.acme.sale("one", 10_000).but(|report| report.affiliate_slug = Some(slug))]).await;
    database.note_limits("before insert on reward_claims for each row").await;
    let mut lock = database.connect().await;
    for (kind, is_archived) in [("Milestone", true), ("Contest", true), ("Milestone", false)] {
        run(&mut lock, "begin; lock table affiliate_segments in access exclusive mode").await;
        let path = made(&world, kind).await;
        let decide = async {
            let counts = async || database.lock_waits("query like 'with parts as %'").await;
            wait::until("its sales to be counted", 20, async || (counts().await == 1).then_some(())).await;
            let decision = if is_archived {
                api.post(&format!("{path}/archive"), &json!({})).await
            } else {
                api.patch(&path, &json!({"segments": ["gold"]})).await
            };
            decision.expect_status(200);
            assert_eq!(counts().await, 1, "they are still counted");
            run(&mut lock, "rollback").await;
        };
        tokio::join!(world.ledger.run_jobs(), decide);
        world.ledger.run_jobs().await;
        let decided = "select (select count(*) from reward_claims) + (select count(*) from reward_rankings)";
        assert_eq!(database.count(decided).await, 0, "a {kind} was changed in the meantime");
    }

    api.post("/rewards", &milestone(&world)).await.expect_status(201);
    world.ledger.run_jobs().await;
    assert_eq!(database.texts("select value from noted_limits").await, [["10min"]]);
    assert_eq!(database.count("select count(*) from commissions where kind = 'Bonus'").await, 1);
    world.finish().await;
}

/// A page whose counting is stopped by a lock, and then canceled.
async fn shown_uncounted(world: &World, browser: &mut Marketer, page: &str) -> String {
    let cancel = "select count(pg_cancel_backend(pid)) from pg_stat_activity
                  where datname = current_database() and wait_event_type = 'Lock' and query like 'with parts as %'
                    and application_name <> 'rekomi-ledger-jobs'";
    let canceled =
        wait::until("the page to count", 20, async || (world.database.count(cancel).await > 0).then_some(()));
    let (shown, ()) = tokio::join!(browser.browser.get(page), canceled);
    shown.expect_status(200).text()
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_opens_without_its_list() {
    let world = World::start().await;
    let path = made(&world, "Milestone").await;
    let mut brand = Marketer::new(&world.ledger.base());
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let page = format!("/dashboard{path}?organization={}", world.acme.organization);
    let mut lock = world.database.connect().await;
    run(&mut lock, "begin; lock table affiliate_segments in access exclusive mode").await;
    // The ledger waits for a lock for ten seconds. This says nothing about the number of sales.
    brand.browser.get(&page).await.expect_status(503);
    let shown = shown_uncounted(&world, &mut brand, &page).await;
    run(&mut lock, "rollback").await;
    assert!(shown.contains("too many sales to rank") && shown.contains("Archive reward"), "{shown}");
    // The same isn't counted again for a minute.
    world.api().patch(&path, &json!({"segments": ["gold"]})).await.expect_status(200);
    let shown = brand.browser.get(&page).await.expect_status(200).text();
    assert!(shown.contains("No results yet."), "{shown}");
    world.finish().await;
}

/// A contest and a leaderboard are counted. After the first of them takes too long, the other isn't. Next time it is, and
/// the first isn't for a minute.
#[tokio::test(flavor = "multi_thread")]
async fn the_portal_opens_without_places() {
    let world = World::start().await;
    let (organization, program) = (world.acme.organization.to_string(), world.acme.program.to_string());
    world.api().post("/rewards", &contest(&world)).await.expect_status(201);
    let mut brand = Marketer::new(&world.ledger.base());
    brand.sign_in(&world.demo["owner"]).await.expect_status(303);
    let board = [
        ("organization", organization.as_str()),
        ("programId", program.as_str()),
        ("leaderboard", "on"),
        ("metric", "Sales"),
        ("repeats", "Month"),
    ];
    brand.submit("/dashboard/rewards/leaderboards", &board).await.expect_status(303);
    let slug = world.acme.partner.slug.clone();
    world.intake().accept(&[world.acme.sale("one", 10_000).but(|report| report.affiliate_slug = Some(slug))]).await;
    let (mut affiliate, ..) = tax_fixture::affiliate(&world).await;
    let mut lock = world.database.connect().await;
    run(&mut lock, "begin; lock table conversions in access exclusive mode").await;
    let shown = shown_uncounted(&world, &mut affiliate, "/a/rewards").await;
    run(&mut lock, "rollback").await;
    assert_eq!(shown.matches("too many sales").count(), 2, "{shown}");
    assert!(shown.contains("A sale") && shown.contains("Show this name to other affiliates"), "{shown}");
    let shown = affiliate.browser.get("/a/rewards").await.expect_status(200).text();
    assert_eq!(shown.matches("too many sales").count(), 1, "{shown}");
    assert!(shown.contains("<strong>You</strong>"), "{shown}");
    world.finish().await;
}
