//! `POST /internal/config`: the ledger pushes changed records.

use std::rc::Rc;

use futures_util::{StreamExt, stream};
use serde::Serialize;
use shared::{
    config::{Entry, Push},
    error::ErrorBody,
};
use worker::Env;

use super::{Stored, Unavailable, cache::Found, read, store, write};
use crate::{
    answer::{Answer, json},
    runtime::store::Store,
    worker_state::{self, Settings},
};

/// A Worker may have six connections open at once.
const ENTRIES_AT_ONCE: usize = 6;

/// How long a deleted record's version is remembered, so that an older push that arrives late doesn't restore it.
const TOMBSTONE_SECONDS: u32 = 86_400;

#[derive(Serialize)]
struct Applied {
    applied: usize,
}

/// Writes the entries, whose keys differ, each unless the store holds a newer version. Unless it gets 200, the ledger sends
/// all of them again. It sends the next version of a key only when it has an answer about this one, since a push that came
/// in between would be overwritten.
pub async fn push(env: &Env, settings: &Settings, body: &[u8]) -> Answer {
    let Some(push) = json::<Push>(body) else {
        return Answer::invalid(&ErrorBody::new("malformed_json", "The body must be a list of config entries."));
    };
    let Ok(store) = store(env) else { return Answer::unavailable("store_unavailable", "The store isn't bound.") };
    let writes = stream::iter(push.entries).map(|entry| apply(&store, settings, entry));
    let outcomes: Vec<Result<bool, Unavailable>> = writes.buffer_unordered(ENTRIES_AT_ONCE).collect().await;
    if outcomes.contains(&Err(Unavailable)) {
        return Answer::unavailable("store_unavailable", "Some entries couldn't be stored. Send them again.");
    }
    Answer::json(200, &Applied { applied: outcomes.iter().filter(|outcome| **outcome == Ok(true)).count() })
}

/// Returns whether the store didn't hold a newer version.
async fn apply(store: &Store, settings: &Settings, entry: Entry) -> Result<bool, Unavailable> {
    let current = read(store, &entry.key).await?;
    if !supersedes(&entry, current.as_ref()) {
        return Ok(false);
    }
    let stored = Stored { version: entry.version, record: entry.record };
    let seconds = stored.record.is_none().then_some(TOMBSTONE_SECONDS);
    write(store, &entry.key, &stored, seconds).await?;
    let found = stored.record.map(|record| Rc::new(Found::new(record, settings.insecure)));
    worker_state::cache(|cache| cache.put(&entry.key, stored.version, found, worker_state::now().millis()));
    Ok(true)
}

/// The same version is written again: builds before this one kept the ledger's answers under the same key, and they expire.
fn supersedes(entry: &Entry, current: Option<&Stored>) -> bool {
    current.is_none_or(|current| entry.version >= current.version)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_an_older_version_is_skipped() {
        let entry = Entry { key: "host:a".into(), version: 5, record: None };
        let stored = |version| Stored { version, record: None };
        assert!(
            supersedes(&entry, None) && supersedes(&entry, Some(&stored(4))) && supersedes(&entry, Some(&stored(5)))
        );
        assert!(!supersedes(&entry, Some(&stored(6))));
    }

    #[test]
    fn the_stored_form_is_stable() {
        assert_eq!(
            serde_json::to_string(&Stored { version: 3, record: None }).unwrap(),
            r#"{"version":3,"record":null}"#
        );
    }
}
