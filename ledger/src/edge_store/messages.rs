//! The queue's producer side, as workerd's binding `EVENTS` expects it: a message is stored before it is acknowledged.

use std::{
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicI64, Ordering},
    },
    time::Duration,
};

use axum::{
    Json,
    body::Bytes,
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::{Deserialize, Serialize};
use serde_json::json;
use shared::{id::EventId, timestamp::Timestamp};
use tokio::sync::Notify;

use super::{
    EdgeStore,
    call::{QueueCall, check_format},
    messages_store::{self, New},
    plan::{BATCH_MESSAGES_MAX, DELAY_SECONDS_MAX, Queue},
    refusal::Refusal,
};
use kit::db::{Db, Holder};

/// As in the table `edge_messages`; the Worker's own limit is lower.
const MESSAGE_MAX: usize = 128 * 1024;
/// Counting the backlog reads all of it, so no sender waits for it.
const BACKLOG_EVERY: Duration = Duration::from_secs(30);

/// Wakes the delivery of the queue for the first message of a batch, and once a batch may be complete.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    count: AtomicI64,
    wake: Notify,
}

impl Arrivals {
    fn add(&self, count: i64) {
        let before = self.count.fetch_add(count, Ordering::SeqCst);
        if before == 0 || before + count >= BATCH_MESSAGES_MAX {
            self.wake.notify_one();
        }
    }

    /// A batch was taken: the next arrival is the first of another one.
    pub(super) fn reset(&self) {
        self.count.store(0, Ordering::SeqCst);
    }

    pub(super) async fn woken(&self) {
        self.wake.notified().await;
    }
}

/// What waits in a queue, in the runtime's words.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Metrics {
    pub(super) backlog_count: i64,
    pub(super) backlog_bytes: i64,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) oldest_message_timestamp: Option<i64>,
}

/// The backlog as it was counted last.
#[derive(Debug, Default)]
pub(super) struct Backlog {
    counted: Mutex<Metrics>,
    /// Whether messages have arrived since then.
    has_grown: AtomicBool,
}

impl Backlog {
    /// What is known, however old: a large backlog must not keep a message from being stored.
    fn known(&self) -> Metrics {
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn count(&self, db: &Db) -> Result<Metrics, sqlx::Error> {
        let mut tx = db.global(Holder::Nothing).await?;
        let metrics = messages_store::backlog(&mut tx, Queue::Events.name()).await?;
        tx.commit().await?;
        *self.counted.lock().unwrap_or_else(PoisonError::into_inner) = metrics;
        Ok(metrics)
    }

    /// Counts from time to time, while messages arrive.
    async fn keep_counting(&self, db: &Db) {
        loop {
            if self.has_grown.swap(false, Ordering::SeqCst)
                && let Err(error) = self.count(db).await
            {
                tracing::warn!(event = "edge_store.backlog_not_counted", "the queue couldn't be counted: {error}");
            }
            tokio::time::sleep(BACKLOG_EVERY).await;
        }
    }
}

/// Keeps the backlog's figures up to date until the process stops.
pub(super) async fn count_backlog(store: Arc<EdgeStore>) {
    let db = store.db.for_jobs();
    tokio::select! {
        () = store.backlog.keep_counting(&db) => {}
        () = store.jobs.stopped() => {}
    }
}

#[derive(Deserialize)]
struct Batch {
    messages: Vec<BatchMessage>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct BatchMessage {
    /// In base64.
    body: String,
    #[serde(default)]
    content_type: Option<String>,
    #[serde(default)]
    delay_secs: Option<u32>,
}

pub(super) async fn answer(store: &EdgeStore, call: QueueCall, body: &Bytes) -> Result<Response, Refusal> {
    let now = store.clock.wall();
    let new = match call {
        QueueCall::Metrics => {
            return Ok(Json(store.backlog.count(&store.db).await?).into_response());
        }
        QueueCall::Send { delay_seconds } => vec![message(body, delay_seconds, now)?],
        QueueCall::SendBatch { delay_seconds } => batch(body, delay_seconds, now)?,
    };
    let mut tx = store.db.global(Holder::Nothing).await?;
    messages_store::send(&mut tx, Queue::Events.name(), &new, now).await?;
    tx.commit().await?;
    store.arrivals.add(i64::try_from(new.len()).unwrap_or(i64::MAX));
    store.backlog.has_grown.store(true, Ordering::SeqCst);
    Ok(Json(json!({"metadata": {"metrics": store.backlog.known()}})).into_response())
}

fn message(body: &[u8], delay_seconds: i64, now: Timestamp) -> Result<New, Refusal> {
    if body.len() > MESSAGE_MAX {
        return Err(Refusal::TooLarge("a message must have at most 131072 bytes"));
    }
    let text = std::str::from_utf8(body).ok().filter(|text| !text.contains('\0'));
    Ok(New {
        id: EventId::v7(now.millis().unsigned_abs(), &rand::random()).uuid(),
        body: text.ok_or(Refusal::Invalid("a message must be text"))?.to_owned(),
        due_at: now.plus_millis(delay_seconds * 1_000),
    })
}

fn batch(body: &[u8], delay_seconds: i64, now: Timestamp) -> Result<Vec<New>, Refusal> {
    let batch: Batch =
        serde_json::from_slice(body).map_err(|_| Refusal::Invalid("the body must be {\"messages\":[…]}"))?;
    if batch.messages.is_empty() || batch.messages.len() > BATCH_MESSAGES_MAX.unsigned_abs() as usize {
        return Err(Refusal::Invalid("messages must have 1 to 100 entries"));
    }
    let read = |one: BatchMessage| {
        check_format(one.content_type.as_deref())?;
        let body = STANDARD.decode(&one.body).map_err(|_| Refusal::Invalid("body must be base64"))?;
        let delay = one.delay_secs.map_or(delay_seconds, |delay| delay.min(DELAY_SECONDS_MAX).into());
        message(&body, delay, now)
    };
    batch.messages.into_iter().map(read).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn now() -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000).unwrap()
    }

    /// As workerd writes it for `sendBatch`.
    #[test]
    fn a_batch_as_workerd_sends_it() {
        let body = br#"{"messages":[{"body":"eA==","contentType":"text"},
                                   {"body":"eyJhIjoxfQ==","contentType":"json","delaySecs": 7}]}"#;
        let read = batch(body, 3, now()).unwrap();
        let parts: Vec<_> = read.iter().map(|new| (new.body.as_str(), new.due_at.millis() - now().millis())).collect();
        assert_eq!(parts, [("x", 3_000), ("{\"a\":1}", 7_000)]);
        assert_ne!(read[0].id, read[1].id);
        for bad in [
            "",
            r#"{"messages":[]}"#,
            r#"{"messages":[{"body":"?","contentType":"text"}]}"#,
            r#"{"messages":[{"body":"eA==","contentType":"v8"}]}"#,
            r#"{"messages":[{"body":"eA=="}]}"#,
        ] {
            assert!(batch(bad.as_bytes(), 0, now()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_message_is_text_of_limited_length() {
        assert!(message(&vec![b'x'; MESSAGE_MAX], 0, now()).is_ok());
        assert!(matches!(message(&vec![b'x'; MESSAGE_MAX + 1], 0, now()), Err(Refusal::TooLarge(_))));
        assert!(matches!(message(b"\xff", 0, now()), Err(Refusal::Invalid(_))));
        assert!(matches!(message(b"a\0", 0, now()), Err(Refusal::Invalid(_))));
        const { assert!(shared::batch::MESSAGE_BYTES_MAX <= MESSAGE_MAX, "whatever the Worker sends is taken") };
    }

    #[tokio::test]
    async fn the_first_arrival_wakes_and_so_does_a_full_batch() {
        let arrivals = Arrivals::default();
        let is_woken = async || tokio::time::timeout(Duration::ZERO, arrivals.woken()).await.is_ok();
        arrivals.add(1);
        assert!(is_woken().await);
        arrivals.add(98);
        assert!(!is_woken().await, "the batch is being waited for");
        arrivals.add(1);
        assert!(is_woken().await);
        arrivals.reset();
        arrivals.add(1);
        assert!(is_woken().await);
    }
}
