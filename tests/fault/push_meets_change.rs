//! Fault: edge records change while a push of the same records is on its way, or when the ledger learns what became of it.
//! Method: an edge that holds its answer until the test asks for it. In between, a transaction locks one of the pushed records,
//! and then the rest: neither may wait for the other, and the change reaches the edge afterwards. In others, a record changes
//! once more, or a later version was pushed meanwhile: what the edge gets last is the newest. Another edge needs its time for
//! each record, and one is away while much changes. Then everything is to be sent again, and a link changes.

use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::{Value, json};
use sqlx::Connection as _;
use tokio::{net::TcpListener, sync::Semaphore};
use world::{Plan, World, database, http::Request, verify, wait};

#[derive(Debug, Clone)]
struct Edge {
    refuses: Arc<AtomicBool>,
    answers: Arc<Semaphore>,
    /// The keys of the first push.
    pushed: Arc<Mutex<Vec<String>>>,
    /// Everything that was pushed, in this order: keys and versions.
    received: Arc<Mutex<Vec<(String, i64)>>>,
}

impl Edge {
    /// Returns it with its address.
    async fn start(refuses: bool) -> (Self, String) {
        let answers = Arc::new(Semaphore::new(0));
        let edge =
            Self { refuses: Arc::new(refuses.into()), answers, pushed: Arc::default(), received: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route(shared::config::PUSH_PATH, post(Self::take)).with_state(edge.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (edge, address)
    }

    async fn take(State(edge): State<Self>, Json(push): Json<Value>) -> StatusCode {
        let entries = push["entries"].as_array().unwrap().iter();
        let entries: Vec<(String, i64)> = entries
            .map(|entry| (entry["key"].as_str().unwrap().to_owned(), entry["version"].as_i64().unwrap()))
            .collect();
        {
            let mut pushed = edge.pushed.lock().unwrap();
            if pushed.is_empty() {
                *pushed = entries.iter().map(|(key, _)| key.clone()).collect();
            }
        }
        edge.received.lock().unwrap().extend(entries);
        let _open = edge.answers.acquire().await.unwrap();
        if edge.refuses.load(Ordering::SeqCst) { StatusCode::SERVICE_UNAVAILABLE } else { StatusCode::NO_CONTENT }
    }

    async fn first_push(&self) -> Vec<String> {
        wait::until("a push", 20, async || {
            let pushed = self.pushed.lock().unwrap().clone();
            (!pushed.is_empty()).then_some(pushed)
        })
        .await
    }

    /// The versions of a key, in the order in which they were pushed.
    fn versions(&self, key: &str) -> Vec<i64> {
        let received = self.received.lock().unwrap();
        received.iter().filter(|(pushed, _)| pushed == key).map(|(_, version)| *version).collect()
    }
}

/// How many records aren't waiting for the end of the push that was taken until `lease`.
async fn settled(world: &World, lease: &str) -> i64 {
    let query =
        format!("select count(*) from edge_config where pushed_version = version or next_attempt_at <> '{lease}'");
    world.database.count(&query).await
}

async fn meets(refuses: bool) {
    let (edge, address) = Edge::start(refuses).await;
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", &address).start().await;
    let change = "update edge_config set version = version + 1, attempts = 0, next_attempt_at = now()";
    world.database.run(change).await;
    let keys = edge.first_push().await;
    assert!(keys.len() > 2, "{keys:?}");
    let lease =
        world.database.texts("select max(next_attempt_at)::text as lease from edge_config").await.concat().concat();
    let before = settled(&world, &lease).await;

    let mut connection = world.database.connect().await;
    let mut transaction = connection.begin().await.unwrap();
    let (last, others) = keys.split_last().unwrap();
    database::run(&mut transaction, &format!("{change} where key = '{last}'")).await;
    edge.answers.add_permits(1);
    wait::until("the outcome", 20, async || (settled(&world, &lease).await > before).then_some(())).await;
    let in_time = format!("select (now() < '{lease}')::text as in_time");
    assert_eq!(world.database.texts(&in_time).await.concat(), ["true"], "after its lease, the push was made once more");
    for key in others {
        database::run(&mut transaction, &format!("{change} where key = '{key}'")).await;
    }
    transaction.commit().await.unwrap();

    edge.refuses.store(false, Ordering::SeqCst);
    has_all(&world).await;
    world.finish().await;
}

async fn has_all(world: &World) {
    wait::until("the edge to have all", 30, async || {
        let left = "select count(*) from edge_config where pushed_version < version";
        (world.database.count(left).await == 0).then_some(())
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_the_edge_took() {
    meets(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_the_edge_refused() {
    meets(true).await;
}

/// Changes the demo's link, whose push the edge holds; returns the link's key there.
async fn held(world: &World, edge: &Edge) -> String {
    lead(world, "first").await;
    edge.first_push().await.into_iter().find(|key| key.starts_with("link:")).unwrap()
}

async fn lead(world: &World, page: &str) {
    let body = json!({"destination": format!("https://acme.test/{page}")});
    world.api().patch(&format!("/links/{}", world.acme.partner.link), &body).await.expect_status(200);
}

/// The edge could write the first of two pushes last, and keep it.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_waits_for_the_push_of_what_it_replaces() {
    let (edge, address) = Edge::start(false).await;
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", &address).start().await;
    let key = held(&world, &edge).await;
    let again = verify::run(world.ledger.command("push-edge-config")).await;
    assert!(again.well, "{}", again.text);
    for page in ["second", "third"] {
        lead(&world, page).await;
        let due = format!(
            "select count(*) from edge_config
             where pushed_version < version and next_attempt_at <= now() and key = '{key}'"
        );
        assert_eq!(world.database.count(&due).await, 0, "the {page} change isn't due before the edge has answered");
    }
    edge.answers.add_permits(1);
    has_all(&world).await;
    let versions = edge.versions(&key);
    assert!(
        matches!(versions[..], [first, newest] if first < newest),
        "not only the first and the newest: {versions:?}"
    );
    world.finish().await;
}

/// Another process pushes a later version once the lease has ended, and this one's older push is answered after it.
#[tokio::test(flavor = "multi_thread")]
async fn an_older_push_that_ends_last_is_followed_by_the_newest() {
    let (edge, address) = Edge::start(false).await;
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", &address).start().await;
    let key = held(&world, &edge).await;
    let overtaken = "update edge_config set version = version + 1, pushed_version = version + 1, attempts = 0";
    world.database.run(&format!("{overtaken} where key = '{key}'")).await;
    edge.answers.add_permits(1);
    let versions = wait::until("the newest to be pushed again", 20, async || {
        let versions = edge.versions(&key);
        (versions.len() > 1).then_some(versions)
    })
    .await;
    assert!(matches!(versions[..], [older, newest] if older < newest), "{versions:?}");
    has_all(&world).await;
    world.finish().await;
}

/// An edge whose store takes as long for each record as Cloudflare's.
async fn slow_edge() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let app = Router::new().route(shared::config::PUSH_PATH, post(take_slowly));
    tokio::spawn(async move { axum::serve(listener, app).await });
    address
}

async fn take_slowly(Json(push): Json<Value>) -> StatusCode {
    const FOR_EACH: Duration = Duration::from_millis(120);
    let entries = push["entries"].as_array().unwrap().len();
    tokio::time::sleep(FOR_EACH * u32::try_from(entries).unwrap()).await;
    StatusCode::NO_CONTENT
}

/// A post of a hundred records would take longer than the ledger waits, and be made again forever.
#[tokio::test(flavor = "multi_thread")]
async fn many_changes_reach_an_edge_that_needs_its_time() {
    let address = slow_edge().await;
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", &address).start().await;
    world
        .database
        .run(
            "insert into edge_config (organization_id, key, version, changed_at, next_attempt_at)
             select organization_id, 'link:gone.test/' || number, 1, now(), now()
             from (select organization_id from edge_config limit 1) one, generate_series(1, 120) number",
        )
        .await;
    has_all(&world).await;
    world.finish().await;
}

/// Were it tried with each change, an edge that is away would cost more than one that answers.
#[tokio::test(flavor = "multi_thread")]
async fn an_edge_that_is_away_is_not_tried_with_each_change() {
    const CHANGES: usize = 120;
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", "http://127.0.0.1:1").start().await;
    let tries = async || {
        let metrics = Request::get("/metrics").send(&world.ledger.base()).await.unwrap().expect_status(200).text();
        let count = metrics.lines().find_map(|line| line.strip_prefix("rekomi_edge_config_pushes_total{ok=\"no\"} "));
        count.map_or(0, |count| count.parse::<usize>().unwrap())
    };
    let (before, started) = (tries().await, Instant::now());
    for number in 0..CHANGES {
        // A new record each, as a changed one waits for what it replaces.
        let link = json!({"programId": world.acme.program, "affiliateId": world.acme.partner.affiliate,
                          "destination": format!("https://acme.test/{number}")});
        world.api().post("/links", &link).await.expect_status(201);
    }
    wait::until("a try", 20, async || (tries().await > before).then_some(())).await;
    let (made, seconds) = (tries().await - before, started.elapsed().as_secs());
    assert!(u64::try_from(made).unwrap() <= seconds + 4, "{made} tries in {seconds} s");
    world.finish().await;
}

/// Whatever is sent again after a restore, a change doesn't wait for it.
#[tokio::test(flavor = "multi_thread")]
async fn a_change_comes_before_what_is_sent_again() {
    let (edge, address) = Edge::start(false).await;
    edge.answers.add_permits(1);
    let world = Plan::default().ledger_setting("REKOMI_EDGE_URL", &address).start().await;
    let (database, organization) = (&world.database, world.acme.organization.uuid());
    let many = format!(
        "insert into edge_config (organization_id, key, version, pushed_version, changed_at, next_attempt_at)
         select '{organization}', 'host:gone' || number || '.test', 1, 1, now(), now()
         from generate_series(1, 2500) number"
    );
    database.run(&many).await;
    let all = database.count("select count(*) from edge_config").await;
    let pushed = verify::run(world.ledger.command("push-edge-config")).await;
    assert!(pushed.well && pushed.text.contains(&format!("again: {all}, within")), "{}", pushed.text);
    let later = "select count(*) from edge_config
                 where pushed_version < version and next_attempt_at > now() + interval '20 seconds'";
    assert!(database.count(later).await > 1_000);

    // In the order of the keys, links come after all of these hosts.
    lead(&world, "first").await;
    let changed = "select min(key) as key from edge_config where record::text like '%acme.test/first%'";
    let key = database.texts(changed).await.concat().concat();
    wait::until("the change", 15, async || (!edge.versions(&key).is_empty()).then_some(())).await;
    let left = "select count(*) from edge_config where pushed_version < version and key like 'host:gone%'";
    assert!(database.count(left).await > 1_000, "the change waited for the others");

    // The rest needn't be waited for.
    let due = "update edge_config set next_attempt_at = now() where pushed_version < version";
    database.run(due).await;
    has_all(&world).await;
    world.finish().await;
}
