//! Signed requests to the ledger. Everything that the edge sends to the ledger goes through here.

use serde_json::value::RawValue;
use shared::{
    batch::{BATCH_PATH, ItemVerdict},
    id::{BatchId, Id, Kind},
    sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, sign_with_id},
};

use super::plan::{self, Fault};
use crate::{
    runtime::http,
    worker_state::{self, Settings},
};

/// How long a batch may wait for its commit.
const POST_TIMEOUT_MILLIS: u32 = 25_000;

/// Posts events in one batch. Returns one verdict per event, in order.
///
/// # Errors
/// [`Fault`] if there are no verdicts: then none of the events counts as stored.
pub async fn post<'a>(
    settings: &Settings,
    events: impl IntoIterator<Item = &'a str>,
    timeout_millis: u32,
) -> Result<Vec<ItemVerdict>, Fault> {
    let id: BatchId = fresh();
    let mut count = 0;
    let body = plan::body(id, events.into_iter().inspect(|_| count += 1));
    let url = format!("{}{BATCH_PATH}", settings.ledger_url);
    let answer = send(settings, "POST", &url, &id.to_string(), body.as_bytes(), Some(&body), timeout_millis).await?;
    plan::answer(id, count, &answer).ok_or(Fault::Unreachable)
}

/// Like [`post`], with the consumer's timeout.
///
/// # Errors
/// As [`post`].
pub async fn post_raw(settings: &Settings, events: &[&RawValue]) -> Result<Vec<ItemVerdict>, Fault> {
    post(settings, events.iter().map(|event| event.get()), POST_TIMEOUT_MILLIS).await
}

/// Requests `path` (with query). The signature covers path and query in place of a body, so that a captured request
/// can't be turned into one for another record.
///
/// # Errors
/// [`Fault`] for anything but a 200 in time.
pub async fn get(settings: &Settings, path: &str, timeout_millis: u32) -> Result<String, Fault> {
    let url = format!("{}{path}", settings.ledger_url);
    let id: BatchId = fresh();
    send(settings, "GET", &url, &id.to_string(), path.as_bytes(), None, timeout_millis).await
}

async fn send(
    settings: &Settings,
    method: &str,
    url: &str,
    id: &str,
    signed: &[u8],
    body: Option<&str>,
    timeout_millis: u32,
) -> Result<String, Fault> {
    let signature = sign_with_id(settings.internal.current().bytes(), Some(id), worker_state::now(), signed);
    let headers = [(SIGNED_ID_HEADER, id), (SIGNATURE_HEADER, &signature), ("Content-Type", "application/json")];
    match http::send(method, url, headers, body, timeout_millis).await {
        Ok((200, text)) => Ok(text),
        Ok((status, _)) => Err(Fault::Status(status)),
        Err(_) => Err(Fault::Unreachable),
    }
}

/// Creates a new id of any kind.
pub fn fresh<K: Kind>() -> Id<K> {
    Id::v7(worker_state::now().millis().unsigned_abs(), &worker_state::random())
}
