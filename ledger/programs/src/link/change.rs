//! `PATCH` and `DELETE /api/v1/links/{id}`: changes a link's destination, and disables a link.

use axum::{extract::State, http::StatusCode, response::Response};
use serde::Deserialize;
use serde_json::{Value, json};
use shared::id::LinkId;
use utoipa::ToSchema;

use super::{create::normal_destination, read::link_scheme, store as link_store};
use engine::{
    api::store::{self, Filter},
    book,
};
use identity::{
    access::api_key::{ReadKey, WriteKey},
    api::write::Write,
    audit::Entry,
};
use kit::api::body::Nothing;
use kit::{
    api::{
        body::{JsonBody, OptionalBody},
        document::Refused,
        idempotency::IdempotencyKey,
        path::PathId,
        view::Link,
    },
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};
use outbox::{edge_config::publish, sync};

/// The fields to change. Omitted fields stay unchanged.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields, default)]
#[schema(example = json!({"destination": "https://acme.test/black-friday"}))]
pub struct ChangedLink {
    /// The link's destination: an absolute https URL.
    destination: Option<String>,
    /// True disables the link, false enables it again.
    disabled: Option<bool>,
    /// Rejected: these fields can't be changed. Disable the link and create another one.
    #[schema(ignore)]
    affiliate_id: Option<Value>,
    #[schema(ignore)]
    program_id: Option<Value>,
    #[schema(ignore)]
    slug: Option<Value>,
    #[schema(ignore)]
    host: Option<Value>,
}

/// Update a link
///
/// The change takes effect at the edge within seconds. A disabled link leads nowhere; earlier clicks still earn, and
/// its slug stays reserved for its affiliate. The affiliate, program, host and slug can't change, because links
/// that are already shared depend on them.
#[utoipa::path(patch, path = "/api/v1/links/{id}", tag = "Links", operation_id = "updateLink",
    params(("id" = String, Path, example = "lnk_01kdvdna00fsc8v9e8c2t4hv3a"),
        IdempotencyKey),
    request_body = ChangedLink,
    responses(
        (status = 200, description = "The link", body = Link),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<LinkId>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedLink>,
) -> Result<Response> {
    let input = body.value;
    for (field, value) in [
        ("affiliateId", &input.affiliate_id),
        ("programId", &input.program_id),
        ("slug", &input.slug),
        ("host", &input.host),
    ] {
        if value.is_some() {
            let message = format!("{field} can't be changed. Disable the link and create another one.");
            return Err(Error::field(field, message));
        }
    }
    if input.destination.is_none() && input.disabled.is_none() {
        return Err(Error::field("destination", "Send at least one of these fields: destination or disabled."));
    }
    let destination = input.destination.map(|text| normal_destination(&text, &state)).transpose()?;
    apply(&state, &key, id, idempotency.with(body.request_digest), destination, input.disabled).await
}

/// Disable a link
///
/// Works like `PATCH` with `disabled`: the link leads nowhere from now on. You can still retrieve it, and earlier
/// clicks still earn. A link that is already disabled is returned unchanged.
#[utoipa::path(delete, path = "/api/v1/links/{id}", tag = "Links", operation_id = "disableLink",
    params(("id" = String, Path, example = "lnk_01kdvdna00fsc8v9e8c2t4hv3a"),
        IdempotencyKey),
    responses(
        (status = 200, description = "The link", body = Link),
        Refused))]
pub async fn disable(
    State(state): State<AppState>,
    WriteKey(key): WriteKey,
    PathId(id): PathId<LinkId>,
    idempotency: IdempotencyKey,
    body: OptionalBody<Nothing>,
) -> Result<Response> {
    apply(&state, &key, id, idempotency.with(body.request_digest), None, Some(true)).await
}

async fn apply(
    state: &AppState,
    key: &ReadKey,
    id: LinkId,
    idempotency: IdempotencyKey,
    destination: Option<String>,
    disabled: Option<bool>,
) -> Result<Response> {
    let mut write = Write::begin(state, key, idempotency).await?;
    let (link, entry) = enact(&mut write.tx, state, id, destination, disabled).await?;
    let Some(entry) = entry else { return write.unchanged(StatusCode::OK, &link).await };
    write.audit(entry).await?;
    let answer = write.answer(StatusCode::OK, &link).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Sets a validated destination and whether the link is active; returns no audit entry if nothing changed. After the
/// commit, the caller must wake the edge's pusher.
///
/// # Errors
/// 404 if the link doesn't exist.
pub async fn enact(
    tx: &mut TenantTx,
    state: &AppState,
    id: LinkId,
    destination: Option<String>,
    disabled: Option<bool>,
) -> Result<(Link, Option<Entry>)> {
    let now = state.clock.now();
    // One change at a time: the edge gets what the last one wrote.
    book::store::lock(tx).await?;
    let before = read(tx, state, id).await?;
    let since = before.disabled_at;
    let disabled_at = match disabled {
        None => since,
        Some(true) => Some(since.unwrap_or(now)),
        Some(false) => None,
    };
    let after =
        Link { destination: destination.unwrap_or_else(|| before.destination.clone()), disabled_at, ..before.clone() };
    if (&after.destination, after.disabled_at) == (&before.destination, before.disabled_at) {
        return Ok((before, None));
    }
    link_store::update_link(tx, id, Some(&after.destination), disabled_at).await?;
    publish::link(tx, id, now).await?;
    if before.disabled_at.is_some() != after.disabled_at.is_some() {
        sync::trigger::affiliate(tx, after.affiliate_id, sync::Reason::Changed, now).await?;
    }
    let fields = |link: &Link| json!({"destination": link.destination, "disabledAt": link.disabled_at.map(|moment| moment.to_string())});
    let action = match (before.disabled_at, after.disabled_at) {
        (None, Some(_)) => "link.disabled",
        (Some(_), None) => "link.enabled",
        _ => "link.changed",
    };
    let entry = Entry::new(action, id).before(fields(&before)).after(fields(&after));
    Ok((after, Some(entry)))
}

/// # Errors
/// 404 if the link doesn't exist.
pub async fn read(tx: &mut TenantTx, state: &AppState, id: LinkId) -> Result<Link> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    let found = store::links(tx, &filter, link_scheme(&state.config)).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}
