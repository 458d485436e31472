//! The key-value stores `CONFIG` and `DEAD`, as workerd's bindings expect them. Unlike on Cloudflare, a value is never
//! served from a cache: what was written is read at once.

use std::collections::BTreeMap;

use axum::{
    body::Bytes,
    http::{HeaderValue, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use shared::timestamp::Timestamp;

use super::{
    EdgeStore,
    call::{Expiry, METADATA_HEADER, StoreName, ValueCall, check_key},
    refusal::Refusal,
    values_store::{self, Entry},
};
use kit::db::Holder;

/// As on Cloudflare.
const KEYS_MAX: usize = 100;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Many {
    keys: Vec<String>,
    #[serde(default)]
    r#type: Option<String>,
    #[serde(default)]
    with_metadata: bool,
}

#[derive(Serialize)]
struct Listed {
    keys: Vec<ListedKey>,
    list_complete: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    cursor: Option<String>,
}

#[derive(Serialize)]
struct ListedKey {
    name: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    expiration: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    metadata: Option<Box<RawValue>>,
}

pub(super) async fn answer(
    store: &EdgeStore,
    name: StoreName,
    call: ValueCall,
    body: &Bytes,
) -> Result<Response, Refusal> {
    let now = store.clock.wall();
    let mut tx = store.db.global(Holder::Nothing).await?;
    let name = name.as_str();
    let response = match call {
        ValueCall::Get { key } => {
            let keys = [key];
            let found = values_store::get(&mut tx, name, &keys, now).await?.pop();
            single(found.ok_or(Refusal::NotFound)?)
        }
        ValueCall::GetMany => {
            let many = many(body)?;
            let found = values_store::get(&mut tx, name, &many.keys, now).await?;
            several(&many, found)?
        }
        ValueCall::Put { key, expiry, metadata } => {
            let expires_at = expiry.map(|expiry| moment(expiry, now)).transpose()?;
            values_store::put(&mut tx, name, &Entry { key, value: body.to_vec(), metadata, expires_at }).await?;
            StatusCode::OK.into_response()
        }
        ValueCall::Delete { key } => {
            values_store::delete(&mut tx, name, &key).await?;
            StatusCode::OK.into_response()
        }
        ValueCall::List { prefix, limit, cursor } => {
            let after = cursor.map(|cursor| read_cursor(&cursor)).transpose()?.unwrap_or_default();
            // One more says whether there are more.
            let found = values_store::list(&mut tx, name, &prefix, &after, limit + 1, now).await?;
            page(found, limit)
        }
    };
    tx.commit().await?;
    Ok(response)
}

fn moment(expiry: Expiry, now: Timestamp) -> Result<Timestamp, Refusal> {
    match expiry {
        Expiry::At(seconds) => {
            Timestamp::from_seconds(seconds).map_err(|_| Refusal::Invalid("expiration is out of range"))
        }
        Expiry::InSeconds(seconds) => Ok(now.plus_millis(seconds.saturating_mul(1_000))),
    }
}

fn single(found: Entry) -> Response {
    let mut response = found.value.into_response();
    // Stored only if it is JSON on one line.
    if let Some(metadata) = found.metadata.and_then(|text| HeaderValue::from_bytes(text.as_bytes()).ok()) {
        response.headers_mut().insert(METADATA_HEADER, metadata);
    }
    response
}

fn many(body: &[u8]) -> Result<Many, Refusal> {
    let many: Many = serde_json::from_slice(body).map_err(|_| Refusal::Invalid("the body must be {\"keys\":[…]}"))?;
    if many.keys.is_empty() || many.keys.len() > KEYS_MAX {
        return Err(Refusal::Invalid("keys must have 1 to 100 entries"));
    }
    many.keys.iter().try_for_each(|key| check_key(key))?;
    Ok(many)
}

/// Every key, with null for those that are absent.
fn several(many: &Many, found: Vec<Entry>) -> Result<Response, Refusal> {
    let mut values: BTreeMap<&str, serde_json::Value> =
        many.keys.iter().map(|key| (key.as_str(), serde_json::Value::Null)).collect();
    for entry in &found {
        let unreadable = Refusal::Invalid("a value isn't of the requested type");
        let value: serde_json::Value = match many.r#type.as_deref() {
            Some("json") => serde_json::from_slice(&entry.value).map_err(|_| unreadable)?,
            _ => std::str::from_utf8(&entry.value).map_err(|_| unreadable)?.into(),
        };
        let metadata =
            || entry.metadata.as_deref().and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok());
        let value =
            if many.with_metadata { serde_json::json!({"value": value, "metadata": metadata()}) } else { value };
        if let Some(place) = values.get_mut(entry.key.as_str()) {
            *place = value;
        }
    }
    Ok(axum::Json(values).into_response())
}

fn page(mut found: Vec<Entry>, limit: i64) -> Response {
    let limit = usize::try_from(limit).unwrap_or_default();
    let list_complete = found.len() <= limit;
    found.truncate(limit);
    let cursor = found.last().filter(|_| !list_complete).map(|last| URL_SAFE_NO_PAD.encode(&last.key));
    let keys = found.into_iter().map(|entry| ListedKey {
        name: entry.key,
        expiration: entry.expires_at.map(Timestamp::seconds),
        metadata: entry.metadata.and_then(|text| RawValue::from_string(text).ok()),
    });
    axum::Json(Listed { keys: keys.collect(), list_complete, cursor }).into_response()
}

/// The last key of the page before.
fn read_cursor(cursor: &str) -> Result<String, Refusal> {
    let key = URL_SAFE_NO_PAD.decode(cursor).ok().and_then(|bytes| String::from_utf8(bytes).ok());
    key.filter(|key| check_key(key).is_ok()).ok_or(Refusal::Invalid("cursor must be one of an earlier list"))
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;

    use super::*;

    fn entry(key: &str, value: &str, metadata: Option<&str>) -> Entry {
        Entry { key: key.into(), value: value.into(), metadata: metadata.map(str::to_owned), expires_at: None }
    }

    async fn text(response: Response) -> String {
        String::from_utf8(to_bytes(response.into_body(), 10_000).await.unwrap().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn a_page_ends_with_a_cursor_unless_it_is_the_last() {
        let found = || vec![entry("a", "", Some(r#"{"n":1}"#)), entry("b", "", None)];
        assert_eq!(
            text(page(found(), 2)).await,
            r#"{"keys":[{"name":"a","metadata":{"n":1}},{"name":"b"}],"list_complete":true}"#
        );
        let first = text(page(found(), 1)).await;
        assert_eq!(first, r#"{"keys":[{"name":"a","metadata":{"n":1}}],"list_complete":false,"cursor":"YQ"}"#);
        assert_eq!(read_cursor("YQ").unwrap(), "a");
        assert!(read_cursor("not one").is_err() && read_cursor("").is_err());
    }

    #[tokio::test]
    async fn many_keys_at_once() {
        let found = || vec![entry("a", "1", Some("7"))];
        let requested = many(br#"{"keys":["a","b/c"]}"#).unwrap();
        assert_eq!(text(several(&requested, found()).unwrap()).await, r#"{"a":"1","b/c":null}"#);
        let requested = many(br#"{"keys":["a"],"type":"json","withMetadata":true}"#).unwrap();
        assert_eq!(text(several(&requested, found()).unwrap()).await, r#"{"a":{"metadata":7,"value":1}}"#);
        for bad in ["", "{}", r#"{"keys":[]}"#, r#"{"keys":[""]}"#] {
            assert!(many(bad.as_bytes()).is_err(), "{bad}");
        }
    }
}
