//! A second copy of each message, for environments whose queue forgets.
//!
//! Cloudflare keeps a queue apart from every Worker; wrangler keeps it in workerd's memory, so that a `kill -9` takes it
//! along. Where `REKOMI_QUEUE=volatile` says so, a message is written into the store before the queue gets it, carries its
//! copy's key, and the consumer removes the copy once the ledger has the message or a dead letter holds it. An isolate
//! that starts gives the queue whatever copies others left behind; what arrives twice by that is a duplicate to the
//! ledger. With a durable queue none of this costs anything.

use futures_util::future::LocalBoxFuture;
use shared::{id::EventKind, keys::encode_hex, timestamp::Timestamp};
use worker::Env;

use super::ledger;
use crate::{
    bury,
    isolate::{self, Settings, report},
    runtime::{Fault, queue, store::Store},
};

const STORE: &str = "DEAD";
const PREFIX: &str = "held:";
/// How a message with a copy begins; [`shared::batch::Message`] has `held` first.
const OPENING: &str = "{\"held\":\"";
const PAGE: u32 = 1_000;
/// The least that the store allows; what it remembers too long is a duplicate to the ledger.
const CACHE_SECONDS: u32 = 30;
/// A sweep that did not end is taken for dead after this, and one that failed begins again.
const SWEEP_AGAIN_MILLIS: i64 = 60_000;

/// What an isolate remembers of its copies.
#[derive(Debug, Default)]
pub struct Own {
    /// Tells this isolate's copies from those of others, which may have died.
    mark: String,
    /// When a sweep is due: at once for a new isolate, never again after the first that came to its end.
    sweep_at: i64,
}

impl Own {
    fn key(&mut self, now: Timestamp, random: [u8; 8], id: &str) -> String {
        if self.mark.is_empty() {
            self.mark = encode_hex(&random);
        }
        format!("{PREFIX}{:013}:{}:{id}", now.millis(), self.mark)
    }

    fn wrote(&self, key: &str) -> bool {
        !self.mark.is_empty() && key.split(':').nth(2) == Some(&self.mark)
    }

    fn begin_sweep(&mut self, now: Timestamp) -> bool {
        let due = self.sweep_at <= now.millis();
        if due {
            self.sweep_at = now.millis() + SWEEP_AGAIN_MILLIS;
        }
        due
    }
}

/// Gives a message to the queue: once this returns, it outlives this process.
///
/// # Errors
/// [`Fault`] where that can't be had; nothing is kept then.
pub async fn send(env: &Env, settings: &Settings, body: &str) -> Result<(), Fault> {
    if !settings.volatile_queue {
        return queue::send(env, body).await;
    }
    // Boxed, so that what production never runs is not compiled into each caller: size is what a new isolate loads.
    let sent: LocalBoxFuture<'_, Result<(), Fault>> = Box::pin(send_with_copy(env, body));
    sent.await
}

async fn send_with_copy(env: &Env, body: &str) -> Result<(), Fault> {
    let id = ledger::fresh::<EventKind>().to_string();
    let key = isolate::own(|own| own.key(isolate::now(), isolate::random(), &id));
    let body = with_key(body, &key);
    Store::of(env, STORE)?.put(&key, &body, None, None).await?;
    let sent = queue::send(env, &body).await;
    if sent.is_err() {
        release(env, &key).await;
    }
    sent
}

/// Removes a copy whose message has arrived.
pub async fn release(env: &Env, key: &str) {
    let removed = match Store::of(env, STORE) {
        Ok(store) => store.delete(key).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = removed {
        report(&format!("{key} stays ({}): its message will come again", fault.0));
    }
}

/// The key of a message's copy, and the message without it.
pub fn take_key(body: &str) -> Option<(&str, String)> {
    let (key, rest) = body.strip_prefix(OPENING)?.split_once("\",")?;
    key.starts_with(PREFIX).then(|| (key, format!("{{{rest}")))
}

fn with_key(body: &str, key: &str) -> String {
    format!("{OPENING}{key}\",{}", body.strip_prefix('{').unwrap_or(body))
}

/// Whether this isolate has yet to look for what others left behind; the caller then runs [`sweep`] beside its answer.
pub fn is_sweep_due(settings: &Settings) -> bool {
    settings.volatile_queue && isolate::own(|own| own.begin_sweep(isolate::now()))
}

/// Gives the queue what others left behind, all of it, page by page.
pub async fn sweep(env: &Env) {
    match left_behind(env).await {
        Ok(count) => {
            isolate::own(|own| own.sweep_at = i64::MAX);
            if count > 0 {
                report(&format!("queue: {count} messages of an earlier run are in it again"));
            }
        }
        Err(fault) => report(&format!("queue: messages of an earlier run may still wait ({})", fault.0)),
    }
}

async fn left_behind(env: &Env) -> Result<usize, Fault> {
    let store = Store::of(env, STORE)?;
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = store.list::<bury::Summary>(PREFIX, PAGE, cursor.as_deref()).await?;
        for key in page.keys.into_iter().map(|key| key.name) {
            if !isolate::own(|own| own.wrote(&key)) {
                count += again(env, &store, &key).await?;
            }
        }
        cursor = page.cursor.filter(|_| !page.list_complete);
        if cursor.is_none() {
            return Ok(count);
        }
    }
}

/// The copy stays until the consumer has settled the message.
async fn again(env: &Env, store: &Store, key: &str) -> Result<usize, Fault> {
    match store.get(key, CACHE_SECONDS).await? {
        Some(body) => queue::send(env, &body).await.map(|()| 1),
        None => Ok(0),
    }
}

#[cfg(test)]
mod tests {
    use shared::batch::Message;

    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_key_sorts_by_time_and_names_its_isolate() {
        let (mut own, mut other) = (Own::default(), Own::default());
        let first = own.key(at(999), [1; 8], "evt_b");
        assert_eq!(first, "held:0000000000999:0101010101010101:evt_b");
        let second = own.key(at(1_790_000_000_000), [2; 8], "evt_a");
        assert!(first < second, "and the mark stays");
        assert!(own.wrote(&first) && own.wrote(&second));
        assert!(!other.wrote(&first), "not even before it has a mark of its own");
        let foreign = other.key(at(1_000), [3; 8], "evt_c");
        assert!(!own.wrote(&foreign) && other.wrote(&foreign));
    }

    #[test]
    fn a_message_carries_its_key_and_is_itself_without_it() {
        let body = super::super::buffer::message(&[]);
        let key = Own::default().key(at(5), [7; 8], "evt_a");
        let carried = with_key(&body, &key);
        let message: Message = serde_json::from_str(&carried).unwrap();
        assert_eq!((message.held.as_deref(), message.events.len()), (Some(key.as_str()), 0));
        assert_eq!(serde_json::to_string(&message).unwrap(), carried, "the envelope as its type writes it");
        assert_eq!(take_key(&carried), Some((key.as_str(), body.clone())));
        assert_eq!(take_key(&body), None);
        assert_eq!(take_key(r#"{"held":"dead:1:a","events":[]}"#), None, "only copies");
    }

    #[test]
    fn a_sweep_runs_once_unless_it_did_not_end() {
        let mut own = Own::default();
        assert!(own.begin_sweep(at(5)));
        assert!(!own.begin_sweep(at(6)), "it runs");
        assert!(own.begin_sweep(at(5 + SWEEP_AGAIN_MILLIS)), "its request was torn down");
        own.sweep_at = i64::MAX;
        assert!(!own.begin_sweep(at(10 * SWEEP_AGAIN_MILLIS)));
    }
}
