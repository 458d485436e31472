//! `/api/v1/connections`: what a brand's own programs may do with its gateways.

use axum::{
    Json,
    extract::{OriginalUri, Path, State},
    http::{Method, StatusCode},
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::id::{GatewayConnectionId, ProgramId};
use utoipa::ToSchema;

use super::{
    catalogue,
    change::{self, Changes},
    check, cleanup,
    connect::{self, Wanted},
    credentials::{self, Credentials},
    store::{self, Filter},
    told,
    view::Connection,
};
use crate::{
    access::{
        actor::Actor,
        api_key::{ConfigureKey, ReadKey},
    },
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::{Answer, IdempotencyKey},
        page::{Page, PageParams, Wanted as WantedPage},
        query::Query,
    },
    edge_config::publish,
    error::{Error, Result},
    state::AppState,
};

/// How long the removal of an endpoint may take before somebody else tries it.
const REMOVAL_LEASE_SECONDS: f64 = 60.0;
const TYPES: [&str; 3] = ["stripe", "paddle", "braintree"];
const STATUSES: [&str; 2] = ["active", "disabled"];

/// What a connection is made of.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewConnection {
    /// `stripe`, `paddle` or `braintree`.
    #[serde(rename = "type")]
    #[schema(example = "stripe")]
    kind: String,
    /// Sales of this account belong to this program.
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// A fresh `gw_…` of your own, where you want to know the webhook's address beforehand.
    #[schema(value_type = Option<String>)]
    id: Option<GatewayConnectionId>,
    #[schema(value_type = CredentialsSchema)]
    credentials: Credentials,
}

/// What may change.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedConnection {
    #[schema(value_type = Option<String>, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: Option<ProgramId>,
    /// `disabled` takes no more webhooks, `active` takes them again.
    #[schema(example = "active")]
    status: Option<String>,
    /// New credentials in the place of the old ones.
    #[schema(value_type = Option<CredentialsSchema>)]
    credentials: Option<Credentials>,
}

/// As the gateway shows them. Stripe and Paddle: `apiKey`, with which we make the webhook, or `webhookSecret` of one that
/// you made, or both. Braintree: the other four.
#[derive(Debug, ToSchema)]
#[schema(as = GatewayCredentials, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes `Credentials`, which is read by hand")]
pub struct CredentialsSchema {
    #[schema(example = "rk_live_51PJBLEBBLEfV")]
    api_key: Option<String>,
    #[schema(example = "whsec_wRNftLajMZNeslQOP6vEPm4iVx5NlZ6z")]
    webhook_secret: Option<String>,
    /// Braintree: `production` or `sandbox`. Paddle, for old keys only: `live` or `sandbox`.
    environment: Option<String>,
    merchant_id: Option<String>,
    public_key: Option<String>,
    private_key: Option<String>,
}

/// What a test found.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct TestResult {
    #[schema(example = true)]
    ok: bool,
    /// In words, with what to do.
    #[schema(example = "Stripe accepts the credentials.")]
    message: String,
    connection: Connection,
}

/// List connections
#[utoipa::path(get, path = "/api/v1/connections", tag = "Connections", operation_id = "listConnections",
    params(PageParams,
        ("type" = Option<String>, Query, description = "`stripe`, `paddle` or `braintree`", example = "stripe"),
        ("programId" = Option<String>, Query)),
    responses((status = 200, description = "Newest first", body = Page<Connection>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Connection>>> {
    let wanted: WantedPage<uuid::Uuid> = query.page()?;
    let filter = Filter {
        id: None,
        gateway: query.one_of("type", &TYPES)?,
        program: query.id("programId")?,
        after: wanted.after,
        limit: wanted.limit(),
    };
    query.finish()?;
    let mut tx = key.tx(&state).await?;
    let rows = store::list(&mut tx, key.organization, &filter).await?;
    tx.commit().await?;
    Ok(Json(wanted.page(rows, |row| row.id.uuid(), |row| Connection::of(row, &state.config.edge_url))))
}

/// Read one connection
#[utoipa::path(get, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "readConnection",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The connection", body = Connection),
        (status = 404, description = "None of yours", body = ErrorSchema),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Connection>> {
    let id = parse(&id)?;
    let mut tx = key.tx(&state).await?;
    let row = store::read(&mut tx, key.organization, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(Json(Connection::of(row, &state.config.edge_url)))
}

/// Connect a gateway
#[utoipa::path(post, path = "/api/v1/connections", tag = "Connections", operation_id = "createConnection",
    description = "The gateway is asked whether the credentials work; where it can, the webhook is set up at the same time.",
    params(("Idempotency-Key" = Option<String>, Header,
        description = "Sent again with the same body, the request gives the first one's answer.")),
    request_body = NewConnection,
    responses(
        (status = 201, description = "Connected; `nextStep` says what is left to do by hand", body = Connection),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "No such program", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`, `request_under_way` or `id_taken`", body = ErrorSchema),
        (status = 413, description = "More than 64 KB", body = ErrorSchema),
        (status = 422, description = "`gateway_refused`: why, in plain words", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewConnection>,
) -> Result<Response> {
    let wanted = body.value;
    let unknown = || Error::field("type", format!("type must be one of {}", TYPES.join(", ")));
    let gateway = catalogue::gateway(&wanted.kind).ok_or_else(unknown)?;
    let checked = credentials::check(gateway, &wanted.credentials)?;
    let wanted = Wanted {
        organization: key.organization,
        actor: key.actor,
        gateway,
        program: wanted.program_id,
        id: wanted.id,
        checked,
        idempotency,
        request_digest: body.request_digest,
    };
    connect::connect(&state, wanted).await
}

/// Test a connection
#[utoipa::path(post, path = "/api/v1/connections/{id}/test", tag = "Connections", operation_id = "testConnection",
    description = "Asks the gateway whether the kept credentials still work.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "Tested; `ok` says how it went", body = TestResult),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "None of yours", body = ErrorSchema),
        Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Json<TestResult>> {
    let tested = check::test(&state, key.organization, parse(&id)?).await?;
    let connection = Connection::of(tested.row, &state.config.edge_url);
    Ok(Json(TestResult { ok: tested.ok, message: tested.message, connection }))
}

/// Change a connection
#[utoipa::path(patch, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "changeConnection",
    description = "New credentials, or another program; what is left out stays.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("Idempotency-Key" = Option<String>, Header,
        description = "Sent again with the same body, the request gives the first one's answer.")),
    request_body = ChangedConnection,
    responses(
        (status = 200, description = "Changed", body = Connection),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "No such connection or program; `field` tells which", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`", body = ErrorSchema),
        (status = 422, description = "`gateway_refused`: why, in plain words", body = ErrorSchema),
        Refused))]
pub async fn update(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<ChangedConnection>,
) -> Result<Response> {
    let (id, organization, now) = (parse(&id)?, key.organization, state.clock.now());
    let changes = read_changes(body.value)?;
    let mut tx = key.tx(&state).await?;
    if let Some(earlier) = idempotency.claim(&mut tx, organization, &body.request_digest, now).await? {
        return Ok(earlier);
    }
    // Not while the gateway is asked: that may take seconds.
    drop(tx);
    let accepted = match &changes.credentials {
        Some(given) => Some(change::try_credentials(&state, organization, id, given).await?),
        None => None,
    };
    let mut tx = key.tx(&state).await?;
    if let Some(earlier) = idempotency.claim(&mut tx, organization, &body.request_digest, now).await? {
        return Ok(earlier);
    }
    let before = store::read(&mut tx, organization, id).await?.ok_or_else(Error::not_found)?;
    change::apply(&mut tx, &state, organization, id, &changes, accepted.as_ref()).await?;
    let row = store::read(&mut tx, organization, id).await?.ok_or_else(Error::not_found)?;
    let sides = (id, Some(&before), Some(&row));
    told::record(&mut tx, &state, organization, &key.actor, "connection.changed", sides).await?;
    let answer = Answer::new(StatusCode::OK, &Connection::of(row, &state.config.edge_url))?;
    idempotency.keep(&mut tx, organization, &answer).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(answer.into_response())
}

fn read_changes(body: ChangedConnection) -> Result<Changes> {
    let status = body.status.map(|status| {
        let known = STATUSES.into_iter().find(|known| *known == status);
        known.ok_or_else(|| Error::field("status", "status must be active or disabled"))
    });
    let changes = Changes { program: body.program_id, status: status.transpose()?, credentials: body.credentials };
    if changes.program.is_none() && changes.status.is_none() && changes.credentials.is_none() {
        return Err(Error::field("credentials", "name what is to change: programId, status or credentials"));
    }
    Ok(changes)
}

/// Disconnect a gateway
#[utoipa::path(delete, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "deleteConnection",
    description = "The gateway is told to send nothing more; what it has told stays booked.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk"),
        ("Idempotency-Key" = Option<String>, Header,
        description = "Sent again, the request gives the first one's answer.")),
    responses(
        (status = 204, description = "No more webhooks are taken; one that we made is taken down at the gateway"),
        (status = 403, description = "The key may only read", body = ErrorSchema),
        (status = 404, description = "None of yours", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`, or `connecting`: still being made", body = ErrorSchema),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    method: Method,
    OriginalUri(uri): OriginalUri,
) -> Result<Response> {
    let (id, organization, now) = (parse(&id)?, key.organization, state.clock.now());
    let digest: [u8; 32] = Sha256::digest(format!("{method}\0{}", uri.path())).into();
    let mut tx = key.tx(&state).await?;
    if let Some(earlier) = idempotency.claim(&mut tx, organization, &digest, now).await? {
        return Ok(earlier);
    }
    remove(&mut tx, &state, organization, id, &key.actor).await?;
    let answer = Answer::empty(StatusCode::NO_CONTENT);
    idempotency.keep(&mut tx, organization, &answer).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    cleanup::now(&state, organization, id).await;
    Ok(answer.into_response())
}

/// Writes that it is gone, for us and for the edge; [`cleanup::now`] after the commit does the rest.
///
/// # Errors
/// 404, or 409 where it is still being made.
pub(super) async fn remove(
    tx: &mut crate::db::TenantTx,
    state: &AppState,
    organization: shared::id::OrganizationId,
    id: GatewayConnectionId,
    actor: &Actor,
) -> Result<()> {
    let now = state.clock.now();
    let before = store::read(tx, organization, id).await?.ok_or_else(Error::not_found)?;
    if !store::remove(tx, organization, id, REMOVAL_LEASE_SECONDS, now).await? {
        let making = store::read(tx, organization, id).await?.is_some();
        let message = "This connection is still being made. Within two minutes it is there, or gone.";
        let still = || Error::new(StatusCode::CONFLICT, "connecting", message);
        return Err(if making { still() } else { Error::not_found() });
    }
    publish::gateway(tx, &state.config.keys, organization, id, now).await?;
    told::record(tx, state, organization, actor, "connection.removed", (id, Some(&before), None)).await
}

fn parse(id: &str) -> Result<GatewayConnectionId> {
    id.parse().map_err(|_| Error::not_found())
}
