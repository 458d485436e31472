//! Keeps a second copy of each message, for environments whose queue isn't durable.
//!
//! Cloudflare keeps a queue apart from every Worker; wrangler keeps it in workerd's memory, so that a `kill -9` loses
//! it. With `REKOMI_QUEUE=volatile`, a message is written into the store before it goes into the queue and carries its
//! copy's key; the consumer removes the copy once the ledger has the message or a dead letter holds it. A starting
//! isolate puts the copies that others left behind back into the queue; a message that arrives twice because of that is
//! a duplicate to the ledger. With a durable queue none of this costs anything.

use futures_util::future::LocalBoxFuture;
use shared::id::EventKind;
use worker::Env;

use super::{copies::PREFIX, ledger};
use crate::{
    runtime::{Fault, queue, store::Store},
    worker_state::{self, Settings, report},
};

const STORE: &str = "DEAD";
/// How a message with a copy begins; [`shared::batch::Message`] has `held` as its first field.
const OPENING: &str = "{\"held\":\"";
const PAGE: u32 = 1_000;
/// The minimum that the store allows; a copy that is cached too long is a duplicate to the ledger.
const CACHE_SECONDS: u32 = 30;

/// Puts a message into the queue. Once this returns, the message survives the end of this process.
///
/// # Errors
/// [`Fault`] if that isn't possible; nothing is kept then.
pub async fn send(env: &Env, settings: &Settings, body: &str) -> Result<(), Fault> {
    if !settings.volatile_queue {
        return queue::send(env, body).await;
    }
    // Boxed, so that code that production never runs isn't compiled into each caller: a new isolate has to load all of
    // it.
    let sent: LocalBoxFuture<'_, Result<(), Fault>> = Box::pin(send_with_copy(env, body));
    sent.await
}

async fn send_with_copy(env: &Env, body: &str) -> Result<(), Fault> {
    let id = ledger::fresh::<EventKind>().to_string();
    let key = worker_state::own(|own| own.key(worker_state::now(), worker_state::random(), &id));
    let body = with_key(body, &key);
    Store::of(env, STORE)?.put(&key, &body, None, None).await?;
    let sent = queue::send(env, &body).await;
    if sent.is_err() {
        release(env, &key).await;
    }
    sent
}

/// Removes the copy of a message that has arrived.
pub async fn release(env: &Env, key: &str) {
    let removed = match Store::of(env, STORE) {
        Ok(store) => store.delete(key).await,
        Err(fault) => Err(fault),
    };
    if let Err(fault) = removed {
        report(&format!("{key} could not be removed ({}): its message will be sent again", fault.0));
    }
}

/// Splits off the key of a message's copy. Returns the key and the message without it.
pub fn take_key(body: &str) -> Option<(&str, String)> {
    let (key, rest) = body.strip_prefix(OPENING)?.split_once("\",")?;
    key.starts_with(PREFIX).then(|| (key, format!("{{{rest}")))
}

fn with_key(body: &str, key: &str) -> String {
    format!("{OPENING}{key}\",{}", body.strip_prefix('{').unwrap_or(body))
}

/// Whether this isolate has yet to look for copies that others left behind; the caller then runs [`sweep`] in parallel
/// to its response.
pub fn is_sweep_due(settings: &Settings) -> bool {
    settings.volatile_queue && worker_state::own(|own| own.begin_sweep(worker_state::now()))
}

/// Puts all copies that others left behind back into the queue, page by page.
pub async fn sweep(env: &Env) {
    match left_behind(env).await {
        Ok(count) => {
            worker_state::own(|own| own.sweep_at = i64::MAX);
            if count > 0 {
                report(&format!("queue: {count} messages from an earlier run were added again"));
            }
        }
        Err(fault) => report(&format!("queue: messages from an earlier run may still be waiting ({})", fault.0)),
    }
}

async fn left_behind(env: &Env) -> Result<usize, Fault> {
    let store = Store::of(env, STORE)?;
    let (mut count, mut cursor) = (0, None);
    loop {
        let page = store.list::<serde::de::IgnoredAny>(PREFIX, PAGE, cursor.as_deref()).await?;
        for key in page.keys.into_iter().map(|key| key.name) {
            if !worker_state::own(|own| own.wrote(&key)) {
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
    use shared::{batch::Message, timestamp::Timestamp};

    use super::{super::copies::Own, *};

    #[test]
    fn a_message_carries_its_key_and_is_itself_without_it() {
        let body = super::super::buffer::message(&[]);
        let key = Own::default().key(Timestamp::EPOCH, [7; 8], "evt_a");
        let carried = with_key(&body, &key);
        let message: Message = serde_json::from_str(&carried).unwrap();
        assert_eq!((message.held.as_deref(), message.events.len()), (Some(key.as_str()), 0));
        assert_eq!(serde_json::to_string(&message).unwrap(), carried, "the envelope as its type writes it");
        assert_eq!(take_key(&carried), Some((key.as_str(), body.clone())));
        assert_eq!(take_key(&body), None);
        assert_eq!(take_key(r#"{"held":"dead:1:a","events":[]}"#), None, "only copies");
    }
}
