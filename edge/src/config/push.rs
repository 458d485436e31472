//! `POST /internal/config`: the ledger pushes changed records.

use std::rc::Rc;

use serde::Serialize;
use shared::{
    config::{Entry, Push},
    error::ErrorBody,
};
use worker::Env;

use super::{Stored, cache::Found, read, store, write};
use crate::{
    answer::{Answer, json},
    worker_state::{self, Settings},
};

/// How long a deleted record's version is remembered, so that an older push that arrives late doesn't restore it.
const TOMBSTONE_SECONDS: u32 = 86_400;

#[derive(Serialize)]
struct Applied {
    applied: usize,
}

/// Writes the entries, each unless the store holds a newer version. Unless it gets 200, the ledger sends all of them
/// again. It sends the next version of a key only when it has an answer about this one, since a push that came in between
/// would be overwritten.
pub async fn push(env: &Env, settings: &Settings, body: &[u8]) -> Answer {
    let Some(push) = json::<Push>(body) else {
        return Answer::invalid(&ErrorBody::new("malformed_json", "The body must be a list of config entries."));
    };
    let Ok(store) = store(env) else { return Answer::unavailable("store_unavailable", "The store isn't bound.") };
    let mut applied = 0;
    for entry in push.entries {
        let Ok(current) = read(&store, &entry.key).await else { return failed() };
        if !supersedes(&entry, current.as_ref()) {
            continue;
        }
        let stored = Stored { version: entry.version, record: entry.record };
        let seconds = stored.record.is_none().then_some(TOMBSTONE_SECONDS);
        if write(&store, &entry.key, &stored, seconds).await.is_err() {
            return failed();
        }
        let found = stored.record.map(|record| Rc::new(Found::new(record, settings.insecure)));
        worker_state::cache(|cache| cache.put(&entry.key, stored.version, found, worker_state::now().millis()));
        applied += 1;
    }
    Answer::json(200, &Applied { applied })
}

/// The same version is written again: the first time may have been a read-through, which expires.
fn supersedes(entry: &Entry, current: Option<&Stored>) -> bool {
    current.is_none_or(|current| entry.version >= current.version)
}

fn failed() -> Answer {
    Answer::unavailable("store_unavailable", "Some entries couldn't be stored. Send them again.")
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
