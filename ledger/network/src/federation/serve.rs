//! Publishes what other installations read: the well-known document and the feed of listed programs, each signed.

use axum::{
    extract::State,
    http::{
        HeaderMap, HeaderName, HeaderValue, StatusCode,
        header::{CACHE_CONTROL, CONTENT_TYPE, DATE, ETAG, IF_NONE_MATCH},
    },
    response::{IntoResponse, Response},
};
use kit::{
    api::{
        etag::{is_known, not_modified, tag},
        query::Query,
    },
    db::Holder,
    error::{Error, Result},
    state::AppState,
};
use serde::Serialize;
use shared::timestamp::Timestamp;
use time::macros::format_description;

use super::{
    digest,
    document::Document,
    feed::{BYTES_MAX, FORMAT, Feed, ITEMS_MAX, Item},
    feed_store::{self, Row},
    key::{self, SigningKey},
    open,
    signature::{self, Signed},
};

const JSON: &str = "application/json";
pub const DIGEST_HEADER: HeaderName = HeaderName::from_static("content-digest");
pub const INPUT_HEADER: HeaderName = HeaderName::from_static("signature-input");
pub const SIGNATURE_HEADER: HeaderName = HeaderName::from_static("signature");

/// `GET /.well-known/rekomi-network`.
///
/// # Errors
/// 404 if this installation doesn't federate.
pub async fn document(State(state): State<AppState>, requested: HeaderMap) -> Result<Response> {
    open(&state)?;
    let ring = &state.config.keys.federation;
    let document = Document::of(&installation(&state)?, key::published(ring)?);
    answer(&state, &document, &SigningKey::oldest(ring)?, &requested)
}

/// `GET /network/v1/programs?after=`.
///
/// # Errors
/// 404 if this installation doesn't federate; 400 if `after` isn't a version; 503 if the database is unavailable.
pub async fn programs(State(state): State<AppState>, mut query: Query, requested: HeaderMap) -> Result<Response> {
    open(&state)?;
    let after = match query.text("after") {
        None => 0,
        Some(text) => {
            let version = text.parse().ok().filter(|version| *version >= 0_i64);
            version.ok_or_else(|| Error::field("after", "must be the `next` of an earlier page, or 0"))?
        }
    };
    let limit = i64::try_from(ITEMS_MAX).unwrap_or(i64::MAX).saturating_add(1);
    let mut tx = state.db.global(Holder::Nothing).await?;
    // Read first: a later page may have more than this promises, but never less.
    let newest = feed_store::newest(&mut tx).await?;
    let rows = feed_store::after(&mut tx, after, limit).await?;
    tx.commit().await?;
    let feed = page(&installation(&state)?, (after, newest), rows);
    answer(&state, &feed, &SigningKey::current(&state.config.keys.federation)?, &requested)
}

/// The address under which this installation is known to others.
///
/// # Errors
/// 500 if the configured address isn't a URL, which the start rules out.
pub(crate) fn installation(state: &AppState) -> Result<String> {
    let url = url::Url::parse(&state.config.public_url).map_err(|error| Error::internal(error))?;
    Ok(url.origin().ascii_serialization())
}

/// As many rows as fit.
fn page(installation: &str, (after, newest): (i64, i64), rows: Vec<Row>) -> Feed<Item> {
    let count = rows.len();
    let (mut items, mut bytes) = (Vec::new(), 0_usize);
    for row in rows.into_iter().take(ITEMS_MAX) {
        let item = item(installation, row);
        // Half of what readers take is room enough for everything around the items.
        bytes = bytes.saturating_add(serde_json::to_vec(&item).map_or(0, |text| text.len()));
        if bytes > BYTES_MAX / 2 && !items.is_empty() {
            break;
        }
        items.push(item);
    }
    Feed {
        format: FORMAT.to_owned(),
        installation: installation.to_owned(),
        after,
        next: items.last().map_or(after, |item| item.version),
        more: items.len() < count,
        newest,
        items,
    }
}

fn item(installation: &str, row: Row) -> Item {
    let listing = row.listing.map(|listing| {
        let page = format!("{installation}/network/{}", listing.0.page);
        super::feed::Listing { page, ..listing.0 }
    });
    Item { id: row.program.to_string(), version: row.version, removed: listing.is_none(), listing }
}

/// Signs an answer.
///
/// # Errors
/// 500 if it can't be written as JSON, which its types rule out.
pub(crate) fn answer(
    state: &AppState,
    content: &impl Serialize,
    key: &SigningKey,
    requested: &HeaderMap,
) -> Result<Response> {
    let body = serde_json::to_vec(content).map_err(|error| Error::internal(error))?;
    let tag = tag(&body);
    let mut headers = HeaderMap::new();
    // A strong tag also keeps the body from being compressed, which would change what the digest is of.
    headers.insert(ETAG, value(&tag)?);
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    if is_known(requested.get(IF_NONE_MATCH), &tag) {
        return Ok(not_modified(headers));
    }
    let now = state.clock.wall();
    let (digest, date) = (digest::of(&body), http_date(now)?);
    let status = StatusCode::OK;
    let response =
        signature::Response { status: status.as_u16(), content_digest: &digest, content_type: JSON, date: &date };
    let Signed { input, signature } = signature::sign(&response, key, now);
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(JSON));
    headers.insert(DATE, value(&date)?);
    headers.insert(DIGEST_HEADER, value(&digest)?);
    headers.insert(INPUT_HEADER, value(&input)?);
    headers.insert(SIGNATURE_HEADER, value(&signature)?);
    Ok((status, headers, body).into_response())
}

fn value(text: &str) -> Result<HeaderValue> {
    HeaderValue::from_str(text).map_err(|error| Error::internal(error))
}

/// Such as `Tue, 24 Nov 2026 21:00:00 GMT` (RFC 9110 §5.6.7).
fn http_date(moment: Timestamp) -> Result<String> {
    let format =
        format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");
    moment.to_date_time().format(&format).map_err(|error| Error::internal(error))
}

#[cfg(test)]
mod tests {
    use shared::id::ProgramId;

    use super::*;

    #[test]
    fn dates_are_written_as_in_http() {
        let moment = Timestamp::parse_rfc3339("2026-11-04T01:02:03Z").unwrap();
        assert_eq!(http_date(moment).unwrap(), "Wed, 04 Nov 2026 01:02:03 GMT");
    }

    #[test]
    fn a_page_ends_where_the_next_one_begins() {
        let row = |version: i64| Row { program: ProgramId::from_bytes([1; 16]), version, listing: None };
        let all = page("https://r.test", (4, 9), vec![row(5), row(9)]);
        assert_eq!((all.next, all.more, all.items.len()), (9, false, 2));
        assert!(all.items.iter().all(|item| item.removed));
        let empty = page("https://r.test", (9, 9), Vec::new());
        assert_eq!((empty.next, empty.more), (9, false));
        let many = page("https://r.test", (0, 101), (1..=101).map(row).collect());
        assert_eq!((many.next, many.more, many.items.len()), (100, true, ITEMS_MAX));
    }
}
