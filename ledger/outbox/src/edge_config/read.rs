//! `GET /internal/v1/edge-config?key=…`: returns one record to an edge that lacks it.

use axum::{
    Json,
    extract::{OriginalUri, State},
    http::{HeaderMap, StatusCode},
};
use serde::Serialize;
use serde_json::Value;
use shared::sign::{SIGNATURE_HEADER, SIGNED_ID_HEADER, SignatureError, Window, verify};
use url::form_urlencoded;

use super::store;
use kit::{
    db::Holder,
    error::{Error, Result},
    state::AppState,
};

/// [`shared::config::Entry`], with the record as it was written.
#[derive(Debug, Serialize)]
pub struct StoredEntry {
    key: String,
    version: i64,
    record: Option<Value>,
}

pub async fn read(
    State(state): State<AppState>,
    OriginalUri(uri): OriginalUri,
    headers: HeaderMap,
) -> Result<Json<StoredEntry>> {
    let target = uri.path_and_query().map_or_else(|| uri.path(), |target| target.as_str());
    check(&state, &headers, target.as_bytes())
        .map_err(|refused| Error::new(StatusCode::UNAUTHORIZED, refused.into(), refused.to_string()))?;
    let key = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes())
        .find_map(|(name, value)| (name == "key").then(|| value.into_owned()))
        .filter(|key| (1..=400).contains(&key.len()) && !key.contains('\0'))
        .ok_or_else(|| Error::field("key", "key is required, as ?key=…"))?;
    let mut tx = state.db.global(Holder::EdgeKey(&key)).await?;
    let found = store::lookup(tx.conn(), &key).await?;
    tx.commit().await?;
    let (version, record) = found.map_or((0, None), |current| (current.version, current.record));
    Ok(Json(StoredEntry { key, version, record }))
}

/// Checks the signature, which is like that of every post between edge and ledger, over the path and query in place of
/// the body.
fn check(state: &AppState, headers: &HeaderMap, signed: &[u8]) -> std::result::Result<(), SignatureError> {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok());
    let secrets = state.config.keys.internal.iter().map(|key| &key.bytes()[..]);
    let id = text(SIGNED_ID_HEADER).ok_or(SignatureError::Missing)?;
    verify(secrets, Some(id), text(SIGNATURE_HEADER), signed, state.clock.wall(), Window::BothWays)
}
