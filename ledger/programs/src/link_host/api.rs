//! `/api/v1/link-hosts`: lists, adds, checks, changes and removes link hosts.

use axum::{
    Json,
    extract::{Path, State},
    http::StatusCode,
    response::Response,
};
use serde::{Deserialize, Serialize};
use shared::{id::OrganizationId, timestamp::Timestamp};
use utoipa::ToSchema;

use super::{
    change::{self, LinkHostInput},
    store::{self, Row},
    verification,
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
};
use kit::api::body::given;
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::Page,
        query::Query,
    },
    error::{Answer, Result},
    state::AppState,
};

/// A host that serves links.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct LinkHost {
    /// The host, without a scheme.
    #[schema(example = "go.acme.test")]
    host: String,
    /// The destination for visitors with an unknown slug. If it is null, they see a plain page that says so.
    #[schema(required, example = "https://acme.test/")]
    default_destination: Option<String>,
    /// The number of links on this host.
    #[schema(example = 12)]
    links: i64,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    created_at: Timestamp,
    /// Whether the host is verified as yours. An unverified host serves no links.
    #[schema(example = false)]
    verified: bool,
    /// The DNS records, any one of which verifies the host. Empty once the host is verified.
    records: Vec<DnsRecord>,
    /// When the host's DNS was last checked.
    #[schema(required, value_type = Option<String>, format = DateTime, example = "2026-11-20T08:31:00Z")]
    checked_at: Option<Timestamp>,
    /// Why the last check didn't verify the host: `not_found`, `other_value` or `unavailable`.
    #[schema(required, example = "not_found")]
    problem: Option<&'static str>,
}

/// A record to set in the host's DNS.
#[derive(Debug, Serialize, ToSchema)]
pub struct DnsRecord {
    /// `TXT` or `CNAME`.
    #[serde(rename = "type")]
    #[schema(example = "TXT")]
    kind: &'static str,
    #[schema(example = "_rekomi.go.acme.test")]
    name: String,
    /// The record's value.
    #[schema(example = "rekomi-organization=org_01kdvdna00fnwvvrwp1y42fmbq")]
    value: String,
}

impl LinkHost {
    fn of(row: Row, organization: OrganizationId, state: &AppState) -> Self {
        let record =
            |record: verification::Record| DnsRecord { kind: record.kind, name: record.name, value: record.value };
        let verified = row.verified_at.is_some();
        let records = if verified { Vec::new() } else { verification::records(&state.config, organization, &row.host) };
        Self {
            verified,
            records: records.into_iter().map(record).collect(),
            checked_at: row.checked_at,
            problem: row.problem.map(verification::Problem::as_str),
            host: row.host,
            default_destination: row.default_destination,
            links: row.links,
            created_at: row.created_at,
        }
    }
}

/// A link host to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"host": "go.acme.test", "defaultDestination": "https://acme.test/"}))]
pub struct NewLinkHost {
    /// A host name whose DNS and route point to your edge.
    host: String,
    /// The destination for visitors with an unknown slug: an absolute https URL.
    default_destination: Option<String>,
}

/// The fields to change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
#[schema(example = json!({"defaultDestination": "https://acme.test/welcome"}))]
pub struct ChangedLinkHost {
    /// An absolute https URL. Null removes it.
    #[serde(deserialize_with = "given")]
    #[schema(required)]
    default_destination: Option<String>,
}

/// List link hosts
#[utoipa::path(get, path = "/api/v1/link-hosts", tag = "Links", operation_id = "listLinkHosts",
    description = "Returns all link hosts, at most 50, newest first.",
    responses((status = 200, description = "Newest first", body = Page<LinkHost>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, query: Query) -> Result<Json<Page<LinkHost>>> {
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let rows = store::list(&mut tx, None).await?;
    tx.end();
    Ok(Json(Page {
        data: rows.into_iter().map(|row| LinkHost::of(row, key.organization, &state)).collect(),
        next_cursor: None,
    }))
}

/// Retrieve a link host
#[utoipa::path(get, path = "/api/v1/link-hosts/{host}", tag = "Links", operation_id = "getLinkHost",
    params(("host" = String, Path, example = "go.acme.test")),
    responses(
        (status = 200, description = "The link host", body = LinkHost),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(host): Path<String>) -> Result<Json<LinkHost>> {
    let mut tx = key.reader(&state).await?;
    let row = change::read(&mut tx, &host).await?;
    tx.end();
    Ok(Json(LinkHost::of(row, key.organization, &state)))
}

/// Create a link host
///
/// Claims a host name. The host serves links once its DNS verifies that it is yours: set one of `records`, then check
/// the host.
#[utoipa::path(post, path = "/api/v1/link-hosts", tag = "Links", operation_id = "createLinkHost",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = NewLinkHost,
    responses(
        (status = 201, description = "The link host", body = LinkHost),
        (status = 409, description = "`host_taken`: you already added this host; `too_many`; or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewLinkHost>,
) -> Result<Response> {
    let requested = LinkHostInput::checked(&body.value.host, body.value.default_destination.as_deref(), &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let row = change::add(&mut write.tx, &state, &key.actor, &requested).await?;
    write.audited();
    let answer = write.answer(StatusCode::CREATED, &LinkHost::of(row, key.organization, &state)).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Check a link host
#[utoipa::path(post, path = "/api/v1/link-hosts/{host}/check", tag = "Links", operation_id = "checkLinkHost",
    security(("bearer" = ["admin"])),
    description = "Looks for one of the `records` in the host's DNS. If one is found, the host is `verified` and \
                   serves links.",
    params(("host" = String, Path, example = "go.acme.test")),
    responses(
        (status = 200, description = "The link host; `verified` and `problem` give the result", body = LinkHost),
        (status = 409, description = "`host_taken`: another organization has verified the host as its own",
            body = ErrorSchema),
        Refused))]
pub async fn check(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(host): Path<String>,
) -> Result<Json<LinkHost>> {
    let row = change::check(&state, key.organization, &key.actor, &host).await?;
    Ok(Json(LinkHost::of(row, key.organization, &state)))
}

/// Update a link host
#[utoipa::path(patch, path = "/api/v1/link-hosts/{host}", tag = "Links", operation_id = "updateLinkHost",
    security(("bearer" = ["admin"])),
    params(("host" = String, Path, example = "go.acme.test"),
        IdempotencyKey),
    request_body = ChangedLinkHost,
    responses(
        (status = 200, description = "The updated link host", body = LinkHost),
        Refused))]
pub async fn change(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(host): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedLinkHost>,
) -> Result<Response> {
    let destination = change::destination(body.value.default_destination.as_deref(), &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let actor = &key.actor;
    let row = change::set_destination(&mut write.tx, &state, actor, &host, destination.as_deref()).await?;
    write.audited();
    let answer = write.answer(StatusCode::OK, &LinkHost::of(row, key.organization, &state)).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}

/// Delete a link host
#[utoipa::path(delete, path = "/api/v1/link-hosts/{host}", tag = "Links", operation_id = "deleteLinkHost",
    security(("bearer" = ["admin"])),
    params(("host" = String, Path, example = "go.acme.test"),
        IdempotencyKey),
    responses(
        (status = 204, description = "Deleted"),
        (status = 409, description = "`host_in_use` (the host has links) or `idempotency_conflict`",
            body = ErrorSchema),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(host): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    change::remove(&mut write.tx, &state, &key.actor, &host).await?;
    write.audited();
    let answer = write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await?;
    state.edge_config_changed.notify_one();
    Ok(answer)
}
