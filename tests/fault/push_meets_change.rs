//! Fault: a change of several edge records is under way when the ledger learns what became of a push of the same records.
//! Method: an edge that holds its answer until the test asks for it. In between, a transaction locks one of the pushed records,
//! and then the rest. Neither may wait for the other; the change reaches the edge afterwards.

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use axum::{Json, Router, extract::State, http::StatusCode, routing::post};
use serde_json::Value;
use sqlx::Connection as _;
use tokio::{net::TcpListener, sync::Semaphore};
use world::{Plan, World, database, wait};

#[derive(Debug, Clone)]
struct Edge {
    refuses: Arc<AtomicBool>,
    answers: Arc<Semaphore>,
    /// The keys of the first push.
    pushed: Arc<Mutex<Vec<String>>>,
}

impl Edge {
    /// Returns it with its address.
    async fn start(refuses: bool) -> (Self, String) {
        let edge =
            Self { refuses: Arc::new(refuses.into()), answers: Arc::new(Semaphore::new(0)), pushed: Arc::default() };
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let app = Router::new().route(shared::config::PUSH_PATH, post(Self::take)).with_state(edge.clone());
        tokio::spawn(async move { axum::serve(listener, app).await });
        (edge, address)
    }

    async fn take(State(edge): State<Self>, Json(push): Json<Value>) -> StatusCode {
        let entries = push["entries"].as_array().unwrap().iter();
        let keys: Vec<String> = entries.map(|entry| entry["key"].as_str().unwrap().to_owned()).collect();
        {
            let mut pushed = edge.pushed.lock().unwrap();
            if pushed.is_empty() {
                *pushed = keys;
            }
        }
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
    wait::until("the edge to have all", 30, async || {
        let left = "select count(*) from edge_config where pushed_version < version";
        (world.database.count(left).await == 0).then_some(())
    })
    .await;
    world.finish().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_the_edge_took() {
    meets(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_push_that_the_edge_refused() {
    meets(true).await;
}
