//! `/api/v1/connections`: how a brand's own software manages its gateways and CRMs.

use axum::{
    Json,
    extract::{Path, State},
    response::{IntoResponse, Response},
};
use serde_json::Value;
use uuid::Uuid;

use super::view::{ChangedConnectionSchema, Connection, NewConnectionSchema, TestResult, Type, Which};
use crate::{
    crm::{api as crms, store as crm_store, view::CrmConnection},
    gateway_connection::{api as gateways, store as gateway_store, view::GatewayConnection},
};
use identity::access::api_key::{ConfigureKey, ReadKey};
use kit::{
    api::{
        body::{JsonBody, of_value},
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
        pagination::{Page, PageParams, Pagination},
        query::Query,
    },
    error::{Error, Result},
    state::AppState,
};

/// A gateway's or a CRM's row.
enum Row {
    Gateway(gateway_store::Row),
    Crm(crm_store::Row),
}

impl Row {
    fn id(&self) -> Uuid {
        match self {
            Self::Gateway(row) => row.id.uuid(),
            Self::Crm(row) => row.id.uuid(),
        }
    }
}

/// List connections
#[utoipa::path(get, path = "/api/v1/connections", tag = "Connections", operation_id = "listConnections",
    params(PageParams,
        ("type" = Option<String>, Query, description = "A gateway's name or a CRM's slug", example = "stripe"),
        ("kind" = Option<String>, Query, description = "`gateway` or `crm`", example = "crm"),
        ("programId" = Option<String>, Query, description = "Only gateways whose sales belong to this program")),
    responses((status = 200, description = "The connections, newest first", body = Page<Connection>), Refused))]
pub async fn list(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Page<Connection>>> {
    let pagination: Pagination<Uuid> = query.page()?;
    let of_type = query.text("type").map(|name| Type::parse(&name)).transpose()?;
    let kind = query.one_of("kind", &["gateway", "crm"])?;
    let program = query.id("programId")?;
    query.finish()?;
    let (gateway, vendor) = match of_type {
        None => (None, None),
        Some(Type::Gateway(gateway)) => (Some(gateway.as_str()), None),
        Some(Type::Crm(slug)) => (None, Some(slug)),
    };
    let (after, limit) = (pagination.after, pagination.limit());
    let mut tx = key.reader(&state).await?;
    let mut rows: Vec<Row> = Vec::new();
    if kind != Some("crm") && vendor.is_none() {
        let filter = gateway_store::Filter { id: None, gateway, program, after, limit };
        let found = gateway_store::list(&mut tx, &filter).await?;
        rows.extend(found.into_iter().map(Row::Gateway));
    }
    if kind != Some("gateway") && gateway.is_none() && program.is_none() {
        let filter = crm_store::Filter { id: None, vendor, after, limit };
        let found = crm_store::list(&mut tx, &filter).await?;
        rows.extend(found.into_iter().map(Row::Crm));
    }
    tx.end();
    // Ids of both kinds sort by creation time.
    rows.sort_by_key(|row| std::cmp::Reverse(row.id()));
    rows.truncate(usize::try_from(limit).unwrap_or_default());
    let page = pagination.page(rows, Row::id, |row| match row {
        Row::Gateway(row) => Ok(Connection::Gateway(Box::new(GatewayConnection::of(row, &state.config.edge_url)))),
        Row::Crm(row) => Ok(Connection::Crm(Box::new(CrmConnection::of(row)?))),
    });
    let data = page.data.into_iter().collect::<Result<Vec<_>>>()?;
    Ok(Json(Page { data, next_cursor: page.next_cursor }))
}

/// Retrieve a connection
#[utoipa::path(get, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "getConnection",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The connection", body = Connection),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey, Path(id): Path<String>) -> Result<Json<Connection>> {
    Ok(Json(match Which::parse(&id)? {
        Which::Gateway(id) => Connection::Gateway(Box::new(gateways::read(&state, &key, id).await?)),
        Which::Crm(id) => Connection::Crm(Box::new(crms::read(&state, &key, id).await?)),
    }))
}

/// Create a connection
#[utoipa::path(post, path = "/api/v1/connections", tag = "Connections", operation_id = "createConnection",
    security(("bearer" = ["admin"])),
    description = "Connects a gateway or a CRM, after checking with the vendor that the credentials work. A gateway's \
                   webhook is set up at the same time if possible. For a CRM, `GET /api/v1/crm-vendors` lists the \
                   credentials it takes. You can choose its list later, from `GET /api/v1/connections/{id}/lists`.",
    params(IdempotencyKey),
    request_body(content = NewConnectionSchema, examples(
        ("gateway" = (summary = "A gateway", value = json!({"type": "stripe",
            "programId": "prog_01kdvdna00fnwvvrwp1y42fmbq", "credentials": {"apiKey": "rk_live_51PJBLEBBLEfV"}}))),
        ("marketing" = (summary = "A CRM", value = json!({"type": "activecampaign", "tags": ["partners"],
            "credentials": {"apiUrl": "https://acme.api-us1.com", "apiKey": "0123456789abcdef"}}))))),
    responses(
        (status = 201, description = "The connection; `nextStep` says what is left to do", body = Connection),
        (status = 400, description = "`validation_failed`. For a CRM also `missing_credential` (the message says where \
                                      to find it), `unknown_credential`, `invalid_credential` or `unknown_list`",
            body = ErrorSchema),
        (status = 404, description = "The program doesn't exist", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`, `request_under_way`, `id_taken` or `too_many_connections`",
            body = ErrorSchema),
        (status = 422, description = "`gateway_refused` or `vendor_refused`; the message says why. For a CRM also \
                                      `tags_need_attention`", body = ErrorSchema),
        Refused))]
pub async fn create(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<Value>,
) -> Result<Response> {
    let name = match body.value.get("type") {
        Some(Value::String(name)) => name,
        Some(_) => return Err(Error::field("type", "type must be a string")),
        None => return Err(Error::field("type", "missing field `type`")),
    };
    let idempotency = idempotency.with(body.request_digest);
    match Type::parse(name)? {
        Type::Gateway(_) => {
            let requested = of_value(body.value)?;
            gateways::create(&state, key, idempotency, requested).await
        }
        Type::Crm(_) => {
            let requested = of_value(body.value)?;
            crms::create(&state, &key, idempotency, requested).await
        }
    }
}

/// Test a connection
#[utoipa::path(post, path = "/api/v1/connections/{id}/test", tag = "Connections", operation_id = "testConnection",
    security(("bearer" = ["admin"])),
    description = "Checks with the vendor whether the stored credentials still work. If they do, a paused CRM resumes.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk")),
    responses(
        (status = 200, description = "The result; `ok` says whether the credentials work", body = TestResult),
        (status = 409, description = "`connecting` (still being created)", body = ErrorSchema),
        Refused))]
pub async fn test(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
) -> Result<Json<TestResult>> {
    Ok(Json(match Which::parse(&id)? {
        Which::Gateway(id) => TestResult::Gateway(Box::new(gateways::test(&state, &key, id).await?)),
        Which::Crm(id) => TestResult::Crm(Box::new(crms::test(&state, &key, id).await?)),
    }))
}

/// Update a connection
#[utoipa::path(patch, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "updateConnection",
    security(("bearer" = ["admin"])),
    description = "Replaces the credentials, changes the program or a CRM's settings, or enables or disables the \
                   connection. Omitted fields keep their values. New credentials end a CRM's pause, and waiting syncs \
                   are sent.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    request_body = ChangedConnectionSchema,
    responses(
        (status = 200, description = "The updated connection", body = Connection),
        (status = 404, description = "The connection or program doesn't exist; `field` says which", body = ErrorSchema),
        (status = 409, description = "`idempotency_conflict`, `connecting` (still being created) or \
                                      `credentials_unreadable`", body = ErrorSchema),
        (status = 422, description = "`gateway_refused` or `vendor_refused`; the message says why. For a CRM also \
                                      `tags_need_attention`", body = ErrorSchema),
        Refused))]
pub async fn update(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
    body: JsonBody<Value>,
) -> Result<Response> {
    let idempotency = idempotency.with(body.request_digest);
    match Which::parse(&id)? {
        Which::Gateway(id) => {
            let requested = of_value(body.value)?;
            gateways::update(&state, &key, id, idempotency, requested).await
        }
        Which::Crm(id) => {
            let requested = of_value(body.value)?;
            crms::update(&state, &key, id, idempotency, requested).await
        }
    }
}

/// Delete a connection
#[utoipa::path(delete, path = "/api/v1/connections/{id}", tag = "Connections", operation_id = "deleteConnection",
    security(("bearer" = ["admin"])),
    description = "Disconnects a gateway or a CRM. A gateway stops sending events; what it already sent stays booked. \
                   For a CRM, its settings and log are deleted; contacts in the CRM stay as they are.",
    params(("id" = String, Path, example = "gw_01kdvdna00e5v8r2m6q1w9d3xk"),
        IdempotencyKey),
    responses(
        (status = 204, description = "Disconnected. A webhook that we created is deleted at the gateway"),
        (status = 409, description = "`idempotency_conflict`, or `connecting` (still being created)",
            body = ErrorSchema),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    Path(id): Path<String>,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    match Which::parse(&id)? {
        Which::Gateway(id) => gateways::delete(&state, &key, id, idempotency).await,
        Which::Crm(id) => Ok(crms::delete(&state, &key, id, idempotency).await?.into_response()),
    }
}
