//! Dead letters: messages that couldn't be delivered to the ledger, kept with the reason until someone replays them.
//!
//! They are in a store of their own and don't expire. A message is acknowledged only once its dead letter is written.

use serde::{Deserialize, Serialize};
use shared::{error::ErrorBody, id::EventKind};
use worker::Env;

use crate::{
    answer::{Answer, json},
    forward::{self, buffer, held, ledger},
    runtime::{queue::Message, store::Store},
    worker_state::{self, Settings, report},
};

const STORE: &str = "DEAD";
const PREFIX: &str = "dead:";
const PAGE: u32 = 100;
/// Maximum dead letters replayed by one request: each costs three operations, and a request may make a thousand.
const REPLAY_MAX: u32 = 200;
/// The minimum that the store allows.
const CACHE_SECONDS: u32 = 30;
/// If a dead letter can't be written, its message is delivered again after this time, then after twice as long, up to an
/// hour. The queue gives up after a hundred times (wrangler.toml): by then, it has kept the message for four days.
const AGAIN_SECONDS: u32 = 60;
const AGAIN_SECONDS_MAX: u32 = 3_600;

/// A dead letter's summary, kept in its metadata so that a list needs no second read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Summary {
    pub reason: String,
    /// Unknown if the runtime moved the message here: in the dead letter queue its count starts over.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub attempts: Option<u32>,
    pub bytes: usize,
    pub buried_at: i64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
struct Listed {
    id: String,
    #[serde(flatten)]
    summary: Option<Summary>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct Page {
    data: Vec<Listed>,
    next_cursor: Option<String>,
}

/// Selects what to replay: `{"ids":[…]}` or `{"all":true}`.
#[derive(Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
struct Replay {
    ids: Vec<String>,
    all: bool,
}

#[derive(Debug, Serialize)]
struct Replayed {
    replayed: usize,
    missing: usize,
    /// How many stay, because nothing keeps them now.
    failed: usize,
    /// Whether more remain; call again.
    more: bool,
}

/// Stores every message that the dead letter queue delivers.
pub async fn all(env: &Env, messages: Vec<Message>) {
    for message in messages {
        settle(env, &message, "retries_exhausted", None).await;
    }
}

/// Stores a message as a dead letter and acknowledges it; if that fails, the message is delivered again.
pub async fn message(env: &Env, message: &Message, reason: &str) {
    settle(env, message, reason, Some(message.attempt())).await;
}

async fn settle(env: &Env, message: &Message, reason: &str, attempts: Option<u32>) {
    let body = message.text().unwrap_or_default();
    // From here on the dead letter is the copy that counts.
    let (held, body) = held::take_key(&body).map_or((None, body.clone()), |(key, body)| (Some(key), body));
    if write(env, &message.id(), &body, reason, attempts).await {
        message.acknowledge();
        if let Some(key) = held {
            held::release(env, key).await;
        }
    } else {
        message.again_in(again_seconds(message.attempt()));
    }
}

fn again_seconds(attempt: u32) -> u32 {
    (AGAIN_SECONDS << attempt.saturating_sub(1).min(6)).min(AGAIN_SECONDS_MAX)
}

/// Stores one event that was never in a queue. Returns `false` if the store doesn't take it.
pub async fn event(env: &Env, event: &str, reason: &str) -> bool {
    let id = ledger::fresh::<EventKind>().to_string();
    write(env, &id, &buffer::message(&[event.to_owned()]), reason, None).await
}

async fn write(env: &Env, id: &str, body: &str, reason: &str, attempts: Option<u32>) -> bool {
    report(&format!("dead letter {id}: {reason}"));
    let buried_at = worker_state::now().millis();
    let summary = Summary { reason: reason.to_owned(), attempts, bytes: body.len(), buried_at };
    let (Ok(store), Ok(summary)) = (Store::of(env, STORE), serde_json::to_string(&summary)) else { return false };
    store.put(&key(buried_at, id), body, None, Some(&summary)).await.is_ok()
}

fn key(millis: i64, id: &str) -> String {
    format!("{PREFIX}{millis:013}:{id}")
}

/// `GET /internal/dead-letters?cursor=…`: oldest first.
pub async fn list(env: &Env, cursor: Option<String>) -> Answer {
    let Ok(store) = Store::of(env, STORE) else { return unavailable() };
    let Ok(found) = store.list(PREFIX, PAGE, cursor.as_deref()).await else { return unavailable() };
    let data = found.keys.into_iter().map(|key| Listed { id: key.name, summary: key.metadata }).collect();
    Answer::json(200, &Page { data, next_cursor: found.cursor.filter(|_| !found.list_complete) })
}

/// `POST /internal/dead-letters/replay`: puts messages back into the queue, and only then deletes them from the store. One
/// that can't be sent doesn't hold up the others.
pub async fn replay(env: &Env, settings: &Settings, body: &[u8]) -> Answer {
    let requested = match requested(body) {
        Ok(requested) => requested,
        Err(error) => return Answer::invalid(&error),
    };
    let Ok(store) = Store::of(env, STORE) else { return unavailable() };
    let (ids, more) = if requested.all {
        let Ok(found) = store.list::<Summary>(PREFIX, REPLAY_MAX, None).await else { return unavailable() };
        (found.keys.into_iter().map(|key| key.name).collect(), !found.list_complete)
    } else {
        (requested.ids, false)
    };
    let (mut replayed, mut missing, mut failed) = (0, 0, 0);
    for id in ids {
        match store.get(&id, CACHE_SECONDS).await {
            Ok(Some(body)) if forward::again(env, settings, &body).await => {
                // Replaying a dead letter twice is harmless: the ledger knows every event by its id.
                if store.delete(&id).await.is_err() {
                    return unavailable();
                }
                replayed += 1;
            }
            Ok(Some(_)) => {
                report(&format!("dead letter {id}: can't be replayed now"));
                failed += 1;
            }
            Ok(None) => missing += 1,
            Err(_) => return unavailable(),
        }
    }
    Answer::json(200, &Replayed { replayed, missing, failed, more })
}

fn requested(body: &[u8]) -> Result<Replay, ErrorBody> {
    let requested: Replay = json(body)
        .ok_or_else(|| ErrorBody::new("malformed_json", "The body must be {\"ids\":[\u{2026}]} or {\"all\":true}."))?;
    if requested.ids.is_empty() != requested.all {
        return Err(ErrorBody::field("ids", "must list the events to replay, unless `all` is true"));
    }
    if requested.ids.len() > REPLAY_MAX as usize {
        return Err(ErrorBody::field("ids", format!("must have at most {REPLAY_MAX} ids")));
    }
    if requested.ids.iter().any(|id| !id.starts_with(PREFIX) || id.len() > 512) {
        return Err(ErrorBody::field("ids", "must be ids from the list of dead letters"));
    }
    Ok(requested)
}

fn unavailable() -> Answer {
    Answer::unavailable("store_unavailable", "The dead-letter store isn't responding. Try again.")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_sort_by_time() {
        assert!(key(999, "b") < key(1_790_000_000_000, "a"));
        assert_eq!(key(1_790_000_000_000, "m1"), "dead:1790000000000:m1");
    }

    #[test]
    fn a_store_that_is_away_is_tried_less_and_less_for_four_days() {
        assert_eq!([1, 2, 6, 7, 100].map(again_seconds), [60, 120, 1_920, 3_600, 3_600]);
        assert!((1..=100).map(again_seconds).sum::<u32>() > 3 * 86_400);
    }

    #[test]
    fn a_replay_names_letters_or_all() {
        assert!(requested(br#"{"all":true}"#).unwrap().all);
        assert_eq!(requested(br#"{"ids":["dead:1:a"]}"#).unwrap().ids, ["dead:1:a"]);
        for bad in [
            "",
            "[]",
            "{}",
            r#"{"all":true,"ids":["dead:1:a"]}"#,
            r#"{"ids":["link:a/b"]}"#,
            r#"{"ids":[]}"#,
            r#"{"ids":[1]}"#,
        ] {
            assert!(requested(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
