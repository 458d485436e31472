//! `rekomi edge-store`: the key-value stores and the queue of an edge that runs in plain workerd, kept in Postgres.
//!
//! workerd turns what the Worker does with its bindings into HTTP requests; this process answers them ([`call`],
//! [`values`], [`messages`]), and a 2xx means that the database has committed. What is in the queue goes back to the
//! Worker's own `queue` handler in batches ([`delivery`]): this process reads no event and decides about none.
//!
//! A request can put events into the queue, so anyone who may send one could report sales: each needs a token that is
//! derived from `REKOMI_EDGE_KEYS` ([`access`]), and the address is on this machine or a private network.

mod access;
mod call;
mod delivery;
pub mod job;
mod messages;
mod messages_store;
mod plan;
mod refusal;
mod values;
mod values_store;

use std::{sync::Arc, time::Duration};

use anyhow::Context;
use axum::{
    Router,
    body::to_bytes,
    extract::{Request, State},
    http::{Method, StatusCode, request::Parts},
    response::{IntoResponse, Response},
};
use tokio::{net::TcpListener, task::JoinSet};

use self::{
    access::Access,
    call::{Call, STORE_HEADER},
    messages::{Arrivals, Backlog},
    plan::Queue,
    refusal::Refusal,
};
use crate::{clients, operations::health, stop};
use kit::{
    clock::Clock,
    config::{Environment, edge_store::EdgeStoreSettings},
    db::{Db, Share},
    jobs::Jobs,
    server, telemetry,
};

/// Requests hold a connection for one short transaction; deliveries are the jobs.
const CONNECTIONS: Share = Share { requests: 8, jobs: 6 };
/// The longest body: a value of a store, or a batch of messages.
const BODY_MAX: usize = 1024 * 1024;
const REQUEST_WITHIN: Duration = Duration::from_secs(15);
const FINISH_WITHIN: Duration = Duration::from_secs(10);

/// What all requests and deliveries share.
#[derive(Debug)]
struct EdgeStore {
    db: Db,
    clock: Clock,
    access: Access,
    http: reqwest::Client,
    delivery_url: String,
    arrivals: Arrivals,
    backlog: Backlog,
    jobs: Jobs,
}

/// Serves until stopped.
///
/// # Errors
/// If a setting is invalid, the database isn't reachable or has an older schema, or the address can't be bound.
pub async fn run() -> anyhow::Result<()> {
    let settings = EdgeStoreSettings::from_env().inspect_err(|_| telemetry::init(Environment::Production))?;
    telemetry::init(settings.environment);
    let listener = TcpListener::bind(settings.listen)
        .await
        .with_context(|| format!("can't listen on {} (REKOMI_EDGE_STORE_LISTEN)", settings.listen))?;
    let db = Db::connect(settings.database_url.expose(), CONNECTIONS).await?;
    let missing = health::missing_migrations(&db).await.context("can't read the database's migrations")?;
    anyhow::ensure!(missing.is_empty(), "the database is missing migrations {missing:?}: run `rekomi migrate` first");
    let store = Arc::new(EdgeStore {
        db,
        clock: Clock::default(),
        access: Access::new(&settings.keys),
        http: clients::edge_client()?,
        delivery_url: settings.delivery_url,
        arrivals: Arrivals::default(),
        backlog: Backlog::default(),
        jobs: Jobs::default(),
    });
    let mut tasks = JoinSet::new();
    for queue in Queue::ALL {
        tasks.spawn(delivery::run(Arc::clone(&store), queue));
    }
    tasks.spawn(messages::count_backlog(Arc::clone(&store)));
    tracing::info!(
        event = "edge_store.listening", address = %settings.listen, delivers_to = store.delivery_url,
        "the edge's store is listening"
    );
    let router = Router::new().fallback(answer).with_state(Arc::clone(&store));
    let stopping = Arc::clone(&store);
    let served = server::serve(listener, router, async move {
        stop::signal().await;
        stopping.jobs.stop();
    });
    let finished = async {
        served.await;
        tasks.join_all().await;
    };
    tokio::select! {
        () = finished => {}
        () = patience(&store) => tracing::warn!(
            event = "edge_store.stopped_early",
            "deliveries were still under way at the shutdown deadline"
        ),
    }
    store.db.close().await;
    Ok(())
}

/// Ends some time after the process was asked to stop. What is being delivered then is delivered again later.
async fn patience(store: &EdgeStore) {
    store.jobs.stopped().await;
    tokio::time::sleep(FINISH_WITHIN).await;
}

async fn answer(State(store): State<Arc<EdgeStore>>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    if is_health_check(&parts) {
        return health(&store.db).await;
    }
    if !store.access.admits(&parts.headers) {
        let reason = "wrong or missing bearer token: REKOMI_EDGE_KEYS must be equal on both sides";
        tracing::warn!(event = "edge_store.request_refused", "a request was refused: {reason}");
        return (StatusCode::UNAUTHORIZED, reason).into_response();
    }
    let handled = async {
        let call = Call::of(&parts)?;
        let body =
            to_bytes(body, BODY_MAX).await.map_err(|_| Refusal::TooLarge("the body is too large or incomplete"))?;
        match call {
            Call::Value(name, call) => values::answer(&store, name, call, &body).await,
            Call::Queue(call) => messages::answer(&store, call, &body).await,
        }
    };
    match tokio::time::timeout(REQUEST_WITHIN, handled).await {
        Ok(Ok(response)) => response,
        Ok(Err(refusal)) => refusal.into_response(),
        Err(_) => (StatusCode::SERVICE_UNAVAILABLE, "the database isn't responding in time").into_response(),
    }
}

/// The Worker's bindings always name a store.
fn is_health_check(parts: &Parts) -> bool {
    parts.method == Method::GET && parts.uri.path() == "/healthz" && !parts.headers.contains_key(STORE_HEADER)
}

async fn health(db: &Db) -> Response {
    match db.ping().await {
        Ok(()) => (StatusCode::OK, "ok").into_response(),
        Err(error) => Refusal::from(error).into_response(),
    }
}
