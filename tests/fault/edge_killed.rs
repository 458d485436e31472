//! Goal: `kill -9` of workerd under load loses nothing that was acknowledged, and books nothing twice.
//! Method: backends report sales and people follow a link without a pause; meanwhile all processes of the edge are killed
//! and started again on the same store; then every sale answered 202 must be booked once, and every click be there that
//! was answered longer before the kill than clicks wait for each other.
//!
//! The local queue lives in workerd's memory, so this holds because of what `REKOMI_QUEUE=volatile` does (see
//! `edge/src/forward/held.rs`); without that setting this test fails.

use std::{
    collections::HashSet,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use serde_json::{Value, json};
use shared::{
    keys::{KeyRing, Purpose},
    token::ClickToken,
};
use world::{
    Plan, World,
    client::{
        browser::{USER_AGENT, parameter},
        s2s::Backend,
    },
    http::Request,
    settings,
    shared_app::backend,
    wait,
};

const KILLS: usize = 2;
/// A click waits 25 ms for others, and then for the store; this much allows for a busy machine.
const WINDOW: Duration = Duration::from_secs(2);

/// What the edge answered for.
#[derive(Debug, Default)]
struct Answered {
    sales: Mutex<Vec<String>>,
    /// When the answer came, and its token.
    clicks: Mutex<Vec<(Instant, String)>>,
    next: AtomicUsize,
    stop: AtomicBool,
}

impl Answered {
    fn sales(&self) -> usize {
        self.sales.lock().unwrap().len()
    }
}

fn sale(id: &str) -> Value {
    json!({"externalEventId": id, "amountCents": 9_900, "affiliateSlug": "lauren"})
}

async fn sell(backend: Backend, answered: Arc<Answered>) {
    while !answered.stop.load(Ordering::SeqCst) {
        let id = format!("o-{}", answered.next.fetch_add(1, Ordering::SeqCst));
        let request = backend.signed(&sale(&id).to_string(), wait::now());
        if request.send(&backend.base).await.is_ok_and(|response| response.status == 202) {
            answered.sales.lock().unwrap().push(id);
        } else {
            tokio::time::sleep(Duration::from_millis(20)).await; // the edge is away
        }
    }
}

async fn follow(base: String, answered: Arc<Answered>) {
    let click = Request::get("/lauren").header("User-Agent", USER_AGENT);
    while !answered.stop.load(Ordering::SeqCst) {
        let Some(response) = click.send(&base).await.ok().filter(|response| response.status == 302) else {
            tokio::time::sleep(Duration::from_millis(20)).await;
            continue;
        };
        let token = parameter(&response, "rk").unwrap();
        answered.clicks.lock().unwrap().push((Instant::now(), token));
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

fn click_id(token: &str) -> String {
    let keys = KeyRing::parse(settings::EDGE_KEYS, Purpose::ClickToken).unwrap();
    ClickToken::decode(token, &keys).unwrap().click_id.uuid().to_string()
}

async fn column(world: &World, query: &str) -> Vec<String> {
    world.database.texts(query).await.into_iter().flatten().collect()
}

const BOOKED: &str = "select c.external_id from conversions c join commissions m
    on m.organization_id = c.organization_id and m.conversion_id = c.id where m.amount = 1980";

/// Case 23, the edge's part.
#[tokio::test(flavor = "multi_thread")]
async fn the_edge_is_killed() {
    let mut world = Plan::default().edge().start().await;
    let answered = Arc::new(Answered::default());
    let mut load = Vec::new();
    for _ in 0..2 {
        load.push(tokio::spawn(sell(backend(&world), Arc::clone(&answered))));
        load.push(tokio::spawn(follow(world.edge_base(), Arc::clone(&answered))));
    }
    let (mut kills, mut waiting) = (Vec::new(), 0);
    for _ in 0..KILLS {
        // Long enough that there are clicks outside the window.
        let (goal, started) = (answered.sales() + 80, Instant::now());
        wait::until("the load to go on", 60, async || {
            (answered.sales() >= goal && started.elapsed() > 2 * WINDOW).then_some(())
        })
        .await;
        world.edge().kill();
        kills.push(Instant::now());
        waiting += answered.sales() - column(&world, BOOKED).await.len();
        world.check().await;
        world.edge().start().await;
    }
    answered.stop.store(true, Ordering::SeqCst);
    for task in load {
        task.await.unwrap();
    }
    let sales = answered.sales.lock().unwrap().clone();
    let clicks = answered.clicks.lock().unwrap().clone();
    println!(
        "{} sales and {} clicks answered; {waiting} sales were not yet booked at a kill",
        sales.len(),
        clicks.len()
    );
    assert!(waiting > 0, "the fault was felt");

    let booked = wait::until("every acknowledged sale to be booked", 60, async || {
        let booked = column(&world, BOOKED).await;
        let found: HashSet<&String> = booked.iter().collect();
        sales.iter().all(|sale| found.contains(sale)).then_some(booked)
    })
    .await;
    assert_eq!(booked.iter().collect::<HashSet<_>>().len(), booked.len(), "each once");

    let safe = |answered: Instant| !kills.iter().any(|kill| answered <= *kill && *kill - answered < WINDOW);
    assert!(clicks.iter().any(|(answered, _)| safe(*answered)));
    let missing = wait::until("every click outside the window to arrive", 30, async || {
        let found: HashSet<String> = column(&world, "select id::text from clicks").await.into_iter().collect();
        let missing: Vec<_> = clicks.iter().filter(|(_, token)| !found.contains(&click_id(token))).cloned().collect();
        missing.iter().all(|(at, _)| !safe(*at)).then_some(missing)
    })
    .await;
    println!("{} clicks were answered and not yet kept when the edge died", missing.len());

    // Their tokens alone attribute.
    for (number, (_, token)) in missing.iter().take(5).enumerate() {
        let sale = json!({"externalEventId": format!("late-{number}"), "amountCents": 9_900, "clickToken": token});
        backend(&world).post(&sale).await.expect_status(202);
    }
    let late = missing.len().min(5);
    wait::until("their sales to be booked", 20, async || {
        let booked = column(&world, BOOKED).await;
        (booked.iter().filter(|id| id.starts_with("late-")).count() == late).then_some(())
    })
    .await;

    assert_eq!(world.database.count("select count(*) from quarantine").await, 0);
    world.finish().await;
}
