//! The CRM part of `/api/v1/connections`; [`crate::connection`] has the handlers and calls this.

use axum::{http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::id::CrmConnectionId;
use utoipa::ToSchema;

use super::{
    change::{self, Changes},
    check,
    connect::{self, Settings},
    credentials::Given,
    pick,
    settings::{self, Own},
    store,
    view::CrmConnection,
};
use identity::{access::api_key::ReadKey, api::write::Write};
use kit::api::body::present;
use kit::{
    api::idempotency::IdempotencyKey,
    error::{Answer, Error, Result},
    state::AppState,
};

const STATUSES: [&str; 2] = ["active", "disabled"];

/// The CRM connection to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"type": "activecampaign",
    "credentials": {"apiUrl": "https://acme.api-us1.com", "apiKey": "0123456789abcdef"}, "tags": ["partners"]}))]
pub struct NewCrmConnection {
    /// The vendor's slug, from `GET /api/v1/crm-vendors`.
    #[serde(rename = "type")]
    vendor: String,
    /// The vendor's fields, by name.
    #[schema(value_type = Object)]
    credentials: Given,
    /// The id of one of the vendor's lists. You can choose it later.
    list: Option<String>,
    /// Tags for every affiliate, in addition to `Rekomi affiliate`.
    tags: Option<Vec<String>>,
    /// Whether to save tags that look like a typo as they are.
    accept_tags: Option<bool>,
    /// Whether an affiliate's segment is added as a tag.
    segment_tag: Option<bool>,
    /// The events to send, if the vendor accepts events: `affiliate_approved`, `first_click`, `first_conversion`,
    /// `commission_earned`, `payout_sent`.
    events: Option<Vec<String>>,
}

/// The fields that may change; `connection` describes them for the API.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
pub struct ChangedCrmConnection {
    credentials: Option<Given>,
    #[serde(deserialize_with = "present")]
    list: Option<Option<String>>,
    tags: Option<Vec<String>>,
    accept_tags: Option<bool>,
    segment_tag: Option<bool>,
    events: Option<Vec<String>>,
    status: Option<String>,
}

/// The result of a CRM test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct CrmTest {
    /// Whether the test succeeded.
    #[schema(example = true)]
    ok: bool,
    /// The result in plain words, with what to do next.
    #[schema(example = "ActiveCampaign accepted the credentials.")]
    message: String,
    /// The connection after the test.
    connection: CrmConnection,
}

/// Ends with the answer to the same request, if it came before. The claim itself is rolled back: it belongs into the write,
/// after the provider was asked.
pub(super) async fn replay(state: &AppState, key: &ReadKey, idempotency: &IdempotencyKey) -> Result<()> {
    let mut tx = key.tx(state).await?;
    idempotency.claim(&mut tx, key.organization, state.clock.now()).await
}

/// # Errors
/// 404 where there is none.
pub async fn read(state: &AppState, key: &ReadKey, id: CrmConnectionId) -> Result<CrmConnection> {
    let mut tx = key.reader(state).await?;
    let row = store::read(&mut tx, id).await?;
    tx.end();
    CrmConnection::of(row)
}

/// # Errors
/// 400 naming what is wrong, 409, 422 `vendor_refused` or `tags_need_attention`, 503 `vendor_unavailable`.
pub async fn create(
    state: &AppState,
    key: &ReadKey,
    idempotency: IdempotencyKey,
    requested: NewCrmConnection,
) -> Result<Response> {
    replay(state, key, &idempotency).await?;
    let connector = connector::providers::named(&requested.vendor).ok_or_else(Error::not_found)?;
    let events = settings::events(connector.descriptor(), &requested.events.unwrap_or_default())?;
    let verified = connect::verify(state, key.organization, connector, &requested.credentials).await?;
    let list = match &requested.list {
        Some(id) => Some(pick::list(state, key.organization, connector, &verified.account, id).await?),
        None => None,
    };
    let tags = requested.tags.unwrap_or_default();
    let accept = requested.accept_tags.unwrap_or_default();
    settings::tags(state, key.organization, connector, &verified.account, (&tags, Own::default()), accept).await?;
    let settings = Settings { list, tags, segment_tag: requested.segment_tag.unwrap_or_default(), events };
    let mut write = Write::begin(state, key, idempotency).await?;
    let made = (connector, &verified);
    let (row, entry) = connect::create(&mut write.tx, state, made, settings).await?;
    write.audit(entry).await?;
    write.answer(StatusCode::CREATED, &CrmConnection::of(row)?).await
}

/// # Errors
/// As [`create`], and 404.
pub async fn update(
    state: &AppState,
    key: &ReadKey,
    id: CrmConnectionId,
    idempotency: IdempotencyKey,
    requested: ChangedCrmConnection,
) -> Result<Response> {
    let changes = read_changes(requested)?;
    replay(state, key, &idempotency).await?;
    let verified_changes = change::verify(state, key.organization, id, changes).await?;
    let mut write = Write::begin(state, key, idempotency).await?;
    let (row, entry) = change::apply(&mut write.tx, state, id, verified_changes).await?;
    let view = CrmConnection::of(row)?;
    match entry {
        Some(entry) => {
            write.audit(entry).await?;
            write.answer(StatusCode::OK, &view).await
        }
        None => write.unchanged(StatusCode::OK, &view).await,
    }
}

fn read_changes(input: ChangedCrmConnection) -> Result<Changes> {
    let status = input.status.map(|status| {
        let known = STATUSES.into_iter().find(|known| *known == status);
        known.ok_or_else(|| Error::field("status", "status must be active or disabled"))
    });
    let changes = Changes {
        credentials: input.credentials,
        list: input.list,
        tags: input.tags,
        accept_tags: input.accept_tags.unwrap_or_default(),
        segment_tag: input.segment_tag,
        events: input.events,
        status: status.transpose()?,
    };
    if changes.is_empty() {
        let message = "set credentials, list, tags, segmentTag, events or status";
        return Err(Error::field("credentials", message));
    }
    Ok(changes)
}

/// # Errors
/// 404, 503 `vendor_unavailable`.
pub async fn test(state: &AppState, key: &ReadKey, id: CrmConnectionId) -> Result<CrmTest> {
    let tested = check::test(state, key.organization, &key.actor, id).await?;
    Ok(CrmTest { ok: tested.ok, message: tested.message, connection: CrmConnection::of(tested.row)? })
}

/// # Errors
/// 404, 409 `idempotency_conflict`.
pub async fn delete(
    state: &AppState,
    key: &ReadKey,
    id: CrmConnectionId,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(state, key, idempotency).await?;
    let entry = change::remove(&mut write.tx, id).await?;
    write.audit(entry).await?;
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}
