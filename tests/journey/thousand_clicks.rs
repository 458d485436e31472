//! Goal: 1,000 clicks and 100 sales, a fifth of the batches delivered twice, the ledger stopped for 10 s midway: every
//! click is redirected immediately, and counts and cents are exact.
//! Method: browsers and backends at the real edge; its batches pass a proxy on their way to the ledger, and every fifth
//! one is delivered again unchanged; SIGTERM stops the ledger, and it starts again.

use std::time::{Duration, Instant};

use serde_json::json;
use shared::batch::BATCH_PATH;
use world::{
    Plan,
    client::{browser::Browser, intake::Intake, s2s::Backend},
    wait,
};

const CLICKS: usize = 1_000;

const SALES: usize = 100;

/// A click that waited for the ledger would wait for everything that is tried to reach it, 17 seconds; a machine that is busy
/// with other suites is quicker than this.
const AT_ONCE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread")]
async fn exact_to_the_cent() {
    let mut world = Plan::default().edge().ledger_proxy().start().await;
    let (edge, backend) = (world.edge_base(), world::shared_app::backend(&world));
    let started = Instant::now();
    let clicks = tokio::spawn(follow(edge.clone(), CLICKS / 2));
    let mut times = clicks.await.unwrap();
    report(&backend, &edge, 0..SALES / 2).await;

    world.ledger.stop();
    let stopped = Instant::now();
    times.extend(follow(edge.clone(), CLICKS / 2).await);
    report(&backend, &edge, SALES / 2..SALES).await;
    tokio::time::sleep(Duration::from_secs(10).saturating_sub(stopped.elapsed())).await; // the outage is 10 s, as promised
    world.ledger.start().await;

    let intake = Intake::new(world.ledger.base());
    let counts = [
        ("select count(*) from clicks where class = 'human'", CLICKS + SALES),
        ("select count(*) from conversions where status = 'Pending'", SALES),
    ];
    for (query, expected) in counts {
        wait::until(query, 60, async || {
            (world.database.count(query).await >= i64::try_from(expected).unwrap()).then_some(())
        })
        .await;
        assert_eq!(world.database.count(query).await, i64::try_from(expected).unwrap(), "{query}");
    }
    let delivered = world.ledger_proxy.as_ref().unwrap().requests(BATCH_PATH);
    let mut again = 0;
    for batch in delivered.iter().step_by(5) {
        let response = intake.send(batch).await.unwrap().expect_status(200);
        for item in response.json()["verdicts"].as_array().unwrap() {
            assert_eq!(item["verdict"], "duplicate", "{item}");
        }
        again += 1;
    }
    assert!(again > 0);
    for (query, expected) in counts {
        assert_eq!(world.database.count(query).await, i64::try_from(expected).unwrap(), "{query}");
    }
    // Sale n is of 10.00 + n cents: 20% of each, rounded half up.
    let cents: i64 = (0..SALES as i64).map(|number| ((1_000 + number) * 20 + 50) / 100).sum();
    assert_eq!(world.database.count("select sum(amount)::bigint from commissions").await, cents);
    assert_eq!(world.database.count("select balance from accounts where kind = 'affiliate_pending'").await, cents);
    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    let summary = world.api().get("/clicks/summary").await.expect_status(200).json();
    assert_eq!(summary["totals"]["clicks"].as_u64(), Some((CLICKS + SALES) as u64));
    times.sort_unstable();
    println!(
        "{} batches, {again} delivered twice; clicks p50 {:?} p99 {:?}; {:?} in all",
        delivered.len(),
        times[times.len() / 2],
        times[times.len() * 99 / 100],
        started.elapsed()
    );
    assert!(times[times.len() * 99 / 100] < AT_ONCE, "no click waits for the ledger");
    world.finish().await;
}

/// Clicks by twenty browsers at a time; returns how long each took.
async fn follow(edge: String, count: usize) -> Vec<Duration> {
    let browsers: Vec<_> = (0..20)
        .map(|_| {
            let edge = edge.clone();
            tokio::spawn(async move {
                let mut times = Vec::new();
                for _ in 0..count / 20 {
                    let started = Instant::now();
                    Browser::new(edge.clone()).get("/lauren").await.expect_status(302);
                    times.push(started.elapsed());
                }
                times
            })
        })
        .collect();
    let mut times = Vec::new();
    for browser in browsers {
        times.extend(browser.await.unwrap());
    }
    times
}

/// Each sale follows a click of its own.
async fn report(backend: &Backend, edge: &str, numbers: std::ops::Range<usize>) {
    for number in numbers {
        let mut browser = Browser::new(edge);
        browser.get("/lauren").await.expect_status(302);
        let sale = json!({"externalEventId": format!("order-{number}"), "amountCents": 1_000 + number, "customerId": format!("c-{}", number % 30),
            "clickToken": browser.cookie("_rkmi").unwrap()});
        backend.post(&sale).await.expect_status(202);
    }
}
