//! The queue's consumer side: hands batches to the Worker's `queue` handler, and settles each message as the Worker says.
//!
//! The handler of the Worker runs in workerd, at the socket `delivery` of `edge/self_hosted/workerd.capnp`. While it works,
//! the messages stay in the database and this process prolongs its hold on them every few seconds: if it dies, they are
//! delivered again half a minute later. Delivered twice, an event is a duplicate to the ledger.

use std::{collections::HashMap, sync::Arc, time::Duration};

use reqwest::StatusCode;
use serde::{Deserialize, Serialize};
use shared::timestamp::Timestamp;
use tokio::task::JoinSet;
use uuid::Uuid;

use super::{
    EdgeStore,
    messages_store::{self, Taken},
    plan::{self, BATCH_MESSAGES_MAX, Fate, Queue, Verdict},
};
use kit::db::Holder;

/// How long a process that has died still holds what it was delivering.
const HOLD_MILLIS: i64 = 30_000;
const PROLONG_EVERY: Duration = Duration::from_secs(8);
/// Pause after an error of the database.
const ERROR_PAUSE: Duration = Duration::from_secs(1);

#[derive(Serialize)]
struct Batch<'a> {
    queue: &'static str,
    messages: Vec<Message<'a>>,
}

#[derive(Serialize)]
struct Message<'a> {
    id: Uuid,
    timestamp: i64,
    attempts: i32,
    body: &'a str,
}

#[derive(Deserialize)]
struct Verdicts {
    verdicts: Vec<Verdict>,
}

/// Why there are no verdicts.
#[derive(Debug, PartialEq, Eq)]
enum Fault {
    /// The handler has not run: nothing listens, or the request was refused.
    NotReached(String),
    /// The handler may have run.
    Failed(String),
}

/// Delivers what is in a queue until the process stops.
pub(super) async fn run(store: Arc<EdgeStore>, queue: Queue) {
    let mut deliveries = JoinSet::new();
    let mut silences = 0_u32;
    while !store.jobs.is_stopping() {
        while let Some(reached) = deliveries.try_join_next() {
            silences = count(silences, reached);
        }
        let has_room = deliveries.len() < if silences > 0 { 1 } else { queue.deliveries_max() };
        let pause = match next(&store, queue, has_room).await {
            Ok(Next::Deliver(batch)) => {
                deliveries.spawn(deliver(Arc::clone(&store), queue, batch));
                (silences > 0).then(|| plan::silence(silences))
            }
            Ok(Next::Wait(pause)) => Some(pause),
            Err(error) => {
                tracing::warn!(
                    event = "edge_store.queue_unavailable",
                    queue = queue.name(),
                    "the edge's queue can't use the database: {error}"
                );
                Some(ERROR_PAUSE)
            }
        };
        let Some(pause) = pause else { continue };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = store.jobs.stopped() => {}
            // New messages change nothing while all deliveries are under way, or none of them gets through.
            () = store.arrivals.woken(), if queue == Queue::Events && has_room && silences == 0 => {}
            Some(reached) = deliveries.join_next() => {
                silences = count(silences, reached);
                if silences > 0 {
                    wait(&store, plan::silence(silences)).await;
                }
            }
        }
    }
    while deliveries.join_next().await.is_some() {}
}

async fn wait(store: &EdgeStore, pause: Duration) {
    tokio::select! {
        () = tokio::time::sleep(pause) => {}
        () = store.jobs.stopped() => {}
    }
}

/// Deliveries in a row that didn't reach the Worker, with one more of them.
fn count(silences: u32, reached: Result<bool, tokio::task::JoinError>) -> u32 {
    if reached.unwrap_or(false) { 0 } else { silences.saturating_add(1) }
}

enum Next {
    Deliver(Vec<Taken>),
    Wait(Duration),
}

async fn next(store: &EdgeStore, queue: Queue, has_room: bool) -> Result<Next, sqlx::Error> {
    let now = store.clock.wall();
    let mut tx = store.db.for_jobs().global(Holder::Nothing).await?;
    let mut waiting = messages_store::waiting(&mut tx, queue.name(), now, BATCH_MESSAGES_MAX).await?;
    if waiting.due == 0 && queue == Queue::Events {
        // The next arrival is the first of a batch. One between the two looks would wake no one.
        store.arrivals.reset();
        waiting = messages_store::waiting(&mut tx, queue.name(), now, BATCH_MESSAGES_MAX).await?;
    }
    let next = match plan::pause(waiting.due, waiting.next, now) {
        Some(pause) => Next::Wait(pause),
        None if !has_room => Next::Wait(plan::silence(1)),
        None => {
            if queue == Queue::Events {
                store.arrivals.reset();
            }
            let until = now.plus_millis(HOLD_MILLIS);
            let mut taken = messages_store::take(&mut tx, queue.name(), now, until, BATCH_MESSAGES_MAX).await?;
            // Ids are in the order of arrival.
            taken.sort_by_key(|message| message.id);
            if taken.is_empty() { Next::Wait(ERROR_PAUSE) } else { Next::Deliver(taken) }
        }
    };
    tx.commit().await?;
    Ok(next)
}

/// Delivers one batch and settles it. Returns whether the Worker was reached.
async fn deliver(store: Arc<EdgeStore>, queue: Queue, batch: Vec<Taken>) -> bool {
    let ids: Vec<Uuid> = batch.iter().map(|message| message.id).collect();
    let posted = post(&store, queue, &batch);
    tokio::pin!(posted);
    let answer = loop {
        tokio::select! {
            answer = &mut posted => break answer,
            () = tokio::time::sleep(PROLONG_EVERY) => prolong(&store, &ids).await,
        }
    };
    let (reached, settled) = match answer {
        Ok(verdicts) => (true, settle(&store, queue, &batch, &verdicts).await),
        Err(Fault::Failed(reason)) => {
            tracing::warn!(
                event = "edge_store.delivery_failed",
                queue = queue.name(),
                messages = ids.len(),
                "a delivery to the edge failed: {reason}"
            );
            (true, settle(&store, queue, &batch, &[]).await)
        }
        Err(Fault::NotReached(reason)) => {
            tracing::warn!(
                event = "edge_store.delivery_refused",
                queue = queue.name(),
                messages = ids.len(),
                "the edge takes no deliveries: {reason}"
            );
            (false, undo(&store, &ids).await)
        }
    };
    if let Err(error) = settled {
        tracing::warn!(
            event = "edge_store.delivery_unsettled",
            queue = queue.name(),
            "a delivery couldn't be settled and will be repeated: {error}"
        );
    }
    reached
}

async fn post(store: &EdgeStore, queue: Queue, batch: &[Taken]) -> Result<Vec<Verdict>, Fault> {
    let messages = batch.iter().map(|message| Message {
        id: message.id,
        timestamp: message.sent_at.millis(),
        attempts: message.attempts,
        body: &message.body,
    });
    let request = store
        .http
        .post(&store.delivery_url)
        .header(reqwest::header::AUTHORIZATION, store.access.authorization())
        .json(&Batch { queue: queue.name(), messages: messages.collect() });
    let response = request.send().await.map_err(|error| {
        let of: fn(String) -> Fault = if error.is_connect() { Fault::NotReached } else { Fault::Failed };
        of(error.without_url().to_string())
    })?;
    match response.status() {
        StatusCode::OK => {}
        status @ (StatusCode::UNAUTHORIZED | StatusCode::NOT_FOUND | StatusCode::SERVICE_UNAVAILABLE) => {
            return Err(Fault::NotReached(format!("{status}, see the log of workerd")));
        }
        status => return Err(Fault::Failed(status.to_string())),
    }
    let answer = response.json::<Verdicts>().await;
    answer.map(|answer| answer.verdicts).map_err(|error| Fault::Failed(error.without_url().to_string()))
}

async fn prolong(store: &EdgeStore, ids: &[Uuid]) {
    let until = store.clock.wall().plus_millis(HOLD_MILLIS);
    let held = async {
        let mut tx = store.db.for_jobs().global(Holder::Nothing).await?;
        messages_store::hold(&mut tx, ids, until).await?;
        tx.commit().await
    };
    if let Err(error) = held.await {
        tracing::warn!(
            event = "edge_store.delivery_not_prolonged",
            "a delivery couldn't be prolonged and may be repeated: {error}"
        );
    }
}

async fn settle(store: &EdgeStore, queue: Queue, batch: &[Taken], verdicts: &[Verdict]) -> Result<(), sqlx::Error> {
    let verdicts: HashMap<Uuid, &Verdict> = verdicts.iter().map(|verdict| (verdict.id, verdict)).collect();
    let now = store.clock.wall();
    let (mut removed, mut dead) = (Vec::new(), Vec::new());
    let (mut again, mut due): (Vec<Uuid>, Vec<Timestamp>) = (Vec::new(), Vec::new());
    for message in batch {
        match plan::fate(queue, message.attempts, verdicts.get(&message.id).copied()) {
            Fate::Remove => removed.push(message.id),
            Fate::DeadLetter => dead.push(message.id),
            Fate::AgainIn { seconds } => {
                again.push(message.id);
                due.push(now.plus_millis(i64::from(seconds) * 1_000));
            }
        }
    }
    let mut tx = store.db.for_jobs().global(Holder::Nothing).await?;
    messages_store::remove(&mut tx, &removed).await?;
    if !again.is_empty() {
        messages_store::again(&mut tx, &again, &due).await?;
    }
    if !dead.is_empty() {
        tracing::warn!(
            event = "edge_store.messages_dead",
            queue = queue.name(),
            messages = dead.len(),
            "messages become dead letters after all retries"
        );
        messages_store::dead_letter(&mut tx, &dead, Queue::Dead.name(), now).await?;
    }
    tx.commit().await
}

async fn undo(store: &EdgeStore, ids: &[Uuid]) -> Result<(), sqlx::Error> {
    let mut tx = store.db.for_jobs().global(Holder::Nothing).await?;
    messages_store::undo(&mut tx, ids, store.clock.wall()).await?;
    tx.commit().await
}
