//! Looks up config records: in this isolate's memory, then in the key-value store, then once in the ledger.
//!
//! The ledger pushes every change ([`push`]), so the store is normally complete; asking the ledger covers the time
//! before a first push and after a loss. A record from the ledger is kept in the store for a while, under a key of its own;
//! "no such record" is kept only in this isolate's memory, so that made-up names leave nothing behind.
//!
//! How soon a change takes effect: immediately in the isolate that received the push, within 5 s (API keys) or 30 s
//! elsewhere in the same location; on another continent the network itself may serve the old value for up to a minute.

pub mod push;

pub use edge_click::cache;

use std::rc::Rc;

use serde::{Deserialize, Serialize};
use shared::config::{Entry, READ_PATH, Record};
use worker::Env;

use crate::{
    address::{push_escaped, unreserved},
    forward::ledger,
    limit::What,
    runtime::store::Store,
    worker_state::{self, Settings, report},
};
use cache::{Found, Known};

const STORE: &str = "CONFIG";
/// How long the network may serve a cached value of the store (the minimum is 30 s).
const STORE_CACHE_SECONDS: u32 = 60;
const STORE_CACHE_SECONDS_CREDENTIAL: u32 = 30;
/// How long the store keeps a record that the ledger returned; pushed records don't expire.
const READ_SECONDS: u32 = 300;
const READ_TIMEOUT_MILLIS: u32 = 1_500;
/// What the ledger returned is kept under a key with this in front: the network also caches that the store has no value, so
/// no one could tell in time that a push has arrived, which mustn't be overwritten.
const READ_PREFIX: &str = "read:";
/// The store's own limit on a key, in bytes, less the prefix.
const KEY_MAX: usize = 512 - READ_PREFIX.len();

/// A value in the store.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stored {
    pub version: i64,
    pub record: Option<Record>,
}

/// Neither the store nor the ledger could say whether the record exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Unavailable;

/// Looks up a record. An old record is used if nothing newer is available. `asker` is the sender's address: if its
/// network tries too many unknown names, the ledger is no longer asked for it, and finally names that only the ledger
/// knows are treated as unknown.
///
/// # Errors
/// [`Unavailable`], but never because the record doesn't exist.
pub async fn find(env: &Env, settings: &Settings, key: &str, asker: &str) -> Result<Option<Rc<Found>>, Unavailable> {
    find_below(env, settings, key, None, asker).await
}

/// Like [`find`], but asks the ledger only if the record `above` exists: made-up slugs on a made-up host then cost the
/// ledger one request, not one each.
///
/// # Errors
/// As [`find`].
pub async fn find_below(
    env: &Env,
    settings: &Settings,
    key: &str,
    above: Option<&str>,
    asker: &str,
) -> Result<Option<Rc<Found>>, Unavailable> {
    if key.len() > KEY_MAX {
        return Ok(None);
    }
    let now = worker_state::now().millis();
    let old = match worker_state::cache(|cache| cache.get(key, now)) {
        Known::Fresh(found) => return Ok(found),
        Known::Fetch(old) => old,
    };
    match fetch(env, settings, key, above, asker).await {
        Ok(Some(stored)) => {
            let found = stored.record.map(|record| Rc::new(Found::new(record, settings.insecure)));
            worker_state::cache(|cache| cache.put(key, stored.version, found.clone(), worker_state::now().millis()));
            Ok(found)
        }
        Ok(None) => Ok(old),
        Err(Unavailable) => old.map(Some).ok_or(Unavailable),
    }
}

/// Returns `None` if this asker may not ask the ledger any more.
async fn fetch(
    env: &Env,
    settings: &Settings,
    key: &str,
    above: Option<&str>,
    asker: &str,
) -> Result<Option<Stored>, Unavailable> {
    let store = store(env)?;
    let read_key = [READ_PREFIX, key].concat();
    let mut stored = read(&store, key).await;
    if matches!(stored, Ok(None)) {
        stored = read(&store, &read_key).await;
    }
    if let Ok(Some(stored)) = stored {
        return Ok(Some(stored));
    }
    let what = What::of(key);
    let may_ask = worker_state::counts(|counts| counts.may_ask(what, asker, worker_state::now().millis()));
    if may_ask
        && let Some(above) = above
        && Box::pin(find(env, settings, above, asker)).await?.is_none()
    {
        return Ok(Some(Stored { version: 0, record: None }));
    }
    let now = worker_state::now().millis();
    if !may_ask || !worker_state::cache(|cache| cache.may_read_through(key, now)) {
        // A name that can't be looked up may exist, so it is not refused; but it is counted, so that a flood ends in
        // 429.
        let within = worker_state::counts(|counts| counts.stranger(what, asker, now));
        return if within { Err(Unavailable) } else { Ok(None) };
    }
    let answered = fetch_from_ledger(settings, key).await?;
    if stored.is_ok()
        && answered.record.is_some()
        && write(&store, &read_key, &answered, Some(READ_SECONDS)).await.is_err()
    {
        report(&format!("config: {read_key} could not be stored"));
    }
    Ok(Some(answered))
}

async fn fetch_from_ledger(settings: &Settings, key: &str) -> Result<Stored, Unavailable> {
    let mut path = format!("{READ_PATH}?key=");
    push_escaped(&mut path, &key.replace('%', "%25"), unreserved);
    let answer = ledger::get(settings, &path, READ_TIMEOUT_MILLIS).await.map_err(|_| Unavailable)?;
    let entry: Entry = serde_json::from_str(&answer).map_err(|_| Unavailable)?;
    (entry.key == key).then_some(Stored { version: entry.version, record: entry.record }).ok_or(Unavailable)
}

fn store(env: &Env) -> Result<Store, Unavailable> {
    Store::of(env, STORE).map_err(|_| Unavailable)
}

async fn read(store: &Store, key: &str) -> Result<Option<Stored>, Unavailable> {
    let seconds = if key.trim_start_matches(READ_PREFIX).starts_with("key:") {
        STORE_CACHE_SECONDS_CREDENTIAL
    } else {
        STORE_CACHE_SECONDS
    };
    match store.get(key, seconds).await {
        Ok(None) => Ok(None),
        // A value written by another version of this program is ignored: the ledger is asked.
        Ok(Some(text)) => Ok(serde_json::from_str(&text).ok()),
        Err(error) => {
            report(&format!("config: the store isn't responding: {}", error.0));
            Err(Unavailable)
        }
    }
}

async fn write(store: &Store, key: &str, stored: &Stored, seconds: Option<u32>) -> Result<(), Unavailable> {
    let text = serde_json::to_string(stored).map_err(|_| Unavailable)?;
    store.put(key, &text, seconds, None).await.map_err(|_| Unavailable)
}
