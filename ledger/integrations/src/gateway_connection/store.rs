//! SQL for gateway connections.
//!
//! Leases of the clean-up use the database's clock; times that people see use the business clock.

use std::collections::BTreeMap;

use shared::{
    event::Gateway,
    id::{GatewayConnectionId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use kit::db::{
    TenantTx,
    names_store::{self, Name},
};

pub type MaskedSecrets = BTreeMap<String, String>;

/// A connection without its secrets.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: GatewayConnectionId,
    pub gateway: Gateway,
    pub program: ProgramId,
    pub status: String,
    pub environment: Option<String>,
    pub account: Option<String>,
    pub hints: MaskedSecrets,
    /// Whether we created the webhook endpoint.
    pub managed: bool,
    pub checked_at: Option<Timestamp>,
    pub last_event_at: Option<Timestamp>,
    pub last_event_type: Option<String>,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

/// Selects connections.
#[derive(Debug, Default)]
pub struct Filter {
    pub id: Option<Uuid>,
    pub gateway: Option<&'static str>,
    pub program: Option<ProgramId>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

/// Lists connections, newest first, without those that the brand removed.
pub async fn list(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, gateway, program_id, status, environment, account, hints as "hints: Json<MaskedSecrets>",
                  endpoint_id is not null as "managed!", checked_at, last_event_at, last_event_type, last_error,
                  last_error_at, created_at
           from gateway_connections
           where organization_id = $1 and removed_at is null and ($2::uuid is null or id = $2)
             and ($3::text is null or gateway = $3) and ($4::uuid is null or program_id = $4)
             and ($5::uuid is null or id < $5)
           order by id desc limit $6"#,
        tx.organization().uuid(),
        filter.id,
        filter.gateway,
        filter.program.map(|program| program.uuid()),
        filter.after,
        filter.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: row.id,
        gateway: Gateway::named(&row.gateway).unwrap_or(Gateway::Stripe),
        program: row.program_id,
        status: row.status,
        environment: row.environment,
        account: row.account,
        hints: row.hints.0,
        managed: row.managed,
        checked_at: row.checked_at,
        last_event_at: row.last_event_at,
        last_event_type: row.last_event_type,
        last_error: row.last_error,
        last_error_at: row.last_error_at,
        created_at: row.created_at,
    });
    Ok(rows.collect())
}

pub async fn read(tx: &mut TenantTx, id: GatewayConnectionId) -> Result<Option<Row>, sqlx::Error> {
    let filter = Filter { id: Some(id.uuid()), limit: 1, ..Filter::default() };
    Ok(list(tx, &filter).await?.pop())
}

/// A connection to be created.
#[derive(Debug)]
pub struct New<'a> {
    pub id: GatewayConnectionId,
    pub gateway: Gateway,
    pub program: ProgramId,
    pub environment: Option<&'a str>,
    pub account: Option<&'a str>,
    pub sealed_api_key: Option<&'a str>,
    pub hints: &'a MaskedSecrets,
    pub request_key: Option<&'a str>,
    /// The time after which the clean-up removes an unfinished connection.
    pub lease_seconds: f64,
}

/// Inserts a connection that is being created, before the gateway is called.
///
/// # Errors
/// Constraint `gateway_connections_request` where the same request is in progress, `gateway_connections_pkey` where the
/// id is taken.
pub async fn begin(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into gateway_connections (organization_id, id, gateway, program_id, status, environment, account,
                                          sealed_api_key, hints, request_key, created_at, cleanup_due_at)
         values ($1, $2, $3, $4, 'connecting', $5, $6, $7, $8, $9, $10, now() + make_interval(secs => $11))",
        tx.organization().uuid(),
        new.id.uuid(),
        new.gateway.as_str(),
        new.program.uuid(),
        new.environment,
        new.account,
        new.sealed_api_key,
        Json(new.hints) as _,
        new.request_key,
        now,
        new.lease_seconds,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Connection(new.id.uuid())).await
}

/// The result of the gateway's answers.
#[derive(Debug)]
pub struct Made<'a> {
    pub sealed_secret: &'a str,
    pub endpoint: Option<&'a str>,
    pub account: Option<&'a str>,
    pub hints: &'a MaskedSecrets,
    /// Whether the gateway was called at all.
    pub checked: bool,
}

/// Completes the connection. Returns false where the clean-up removed it in the meantime.
pub async fn settle(
    tx: &mut TenantTx,
    id: GatewayConnectionId,
    made: &Made<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let settled = sqlx::query!(
        "update gateway_connections
         set status = 'active', sealed_secret = $3, endpoint_id = $4, account = coalesce($5, account), hints = $6,
             checked_at = $7, request_key = null, cleanup_due_at = null
         where organization_id = $1 and id = $2 and status = 'connecting' and cleanup_attempts = 0",
        tx.organization().uuid(),
        id.uuid(),
        made.sealed_secret,
        made.endpoint,
        made.account,
        Json(made.hints) as _,
        made.checked.then(|| now),
    )
    .execute(tx.conn())
    .await?;
    Ok(settled.rows_affected() == 1)
}

/// Deletes an unfinished connection that has left nothing at the gateway.
pub async fn discard(tx: &mut TenantTx, id: GatewayConnectionId) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let done = sqlx::query!(
        "delete from gateway_connections where organization_id = $1 and id = $2 and status = 'connecting'",
        organization.uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await?;
    if done.rows_affected() == 0 {
        return Ok(());
    }
    names_store::release(tx, organization, Name::Connection(id.uuid())).await
}

/// A connection with its sealed secrets.
#[derive(Debug)]
pub struct SealedConnection {
    pub gateway: String,
    pub environment: Option<String>,
    pub account: Option<String>,
    pub sealed_secret: Option<String>,
    pub sealed_api_key: Option<String>,
    pub endpoint_id: Option<String>,
    pub status: String,
}

/// Loads a connection; `None` where it doesn't exist, is still being created, or was removed.
pub async fn kept(tx: &mut TenantTx, id: GatewayConnectionId) -> Result<Option<SealedConnection>, sqlx::Error> {
    sqlx::query_as!(
        SealedConnection,
        "select gateway, environment, account, sealed_secret, sealed_api_key, endpoint_id, status
         from gateway_connections
         where organization_id = $1 and id = $2 and removed_at is null and status <> 'connecting'",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// The changes; `None` leaves a field as it is.
#[derive(Debug, Default)]
pub struct Change<'a> {
    pub program: Option<ProgramId>,
    pub status: Option<&'a str>,
    /// Whether `broken` becomes `active` again.
    pub mended: bool,
    pub environment: Option<&'a str>,
    pub account: Option<&'a str>,
    pub sealed_secret: Option<&'a str>,
    pub sealed_api_key: Option<&'a str>,
    /// Merged into the existing hints.
    pub hints: MaskedSecrets,
    /// Whether the gateway just accepted the credentials.
    pub checked: bool,
}

pub async fn change(
    tx: &mut TenantTx,
    id: GatewayConnectionId,
    change: &Change<'_>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let changed = sqlx::query!(
        "update gateway_connections
         set program_id = coalesce($3, program_id),
             status = coalesce($4, case when $12 and status = 'broken' then 'active' end, status),
             environment = coalesce($5, environment), account = coalesce($6, account),
             sealed_secret = coalesce($7, sealed_secret), sealed_api_key = coalesce($8, sealed_api_key),
             hints = hints || $9, checked_at = case when $10 then $11 else checked_at end
         where organization_id = $1 and id = $2 and removed_at is null and status <> 'connecting'",
        tx.organization().uuid(),
        id.uuid(),
        change.program.map(|program| program.uuid()),
        change.status,
        change.environment,
        change.account,
        change.sealed_secret,
        change.sealed_api_key,
        Json(&change.hints) as _,
        change.checked,
        now,
        change.mended,
    )
    .execute(tx.conn())
    .await?;
    Ok(changed.rows_affected() == 1)
}

/// Stores the result of a test of these credentials; a disabled connection stays disabled. Returns false and changes
/// nothing where the connection has other credentials by now, about which the result says nothing.
pub async fn checked(
    tx: &mut TenantTx,
    id: GatewayConnectionId,
    tested: &SealedConnection,
    problem: Option<&str>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let stored = sqlx::query!(
        "update gateway_connections
         set checked_at = $4,
             status = case when status = 'disabled' then status when $3::text is null then 'active' else 'broken' end,
             last_error = coalesce($3, last_error),
             last_error_at = case when $3::text is null then last_error_at else $4 end
         where organization_id = $1 and id = $2 and removed_at is null and status <> 'connecting'
           and sealed_secret is not distinct from $5 and sealed_api_key is not distinct from $6",
        tx.organization().uuid(),
        id.uuid(),
        problem,
        now,
        tested.sealed_secret,
        tested.sealed_api_key,
    )
    .execute(tx.conn())
    .await?;
    Ok(stored.rows_affected() == 1)
}

/// A connection that failed its last check.
#[derive(Debug)]
pub struct Broken {
    pub id: GatewayConnectionId,
    pub gateway: Gateway,
    pub problem: String,
}

/// Connections that failed their last check, oldest first.
pub async fn broken(tx: &mut TenantTx, limit: i64) -> Result<Vec<Broken>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, gateway, last_error from gateway_connections
         where organization_id = $1 and removed_at is null and status = 'broken' order by id limit $2",
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let broken = rows.into_iter().map(|row| Broken {
        id: row.id,
        gateway: Gateway::named(&row.gateway).unwrap_or(Gateway::Stripe),
        problem: row.last_error.unwrap_or_default(),
    });
    Ok(broken.collect())
}

/// Marks a connection as removed and deletes its secret immediately. If we created an endpoint, the clean-up must still
/// delete it. Returns false where the connection doesn't exist.
pub async fn remove(
    tx: &mut TenantTx,
    id: GatewayConnectionId,
    lease_seconds: f64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let removed = sqlx::query!(
        "update gateway_connections
         set removed_at = $3, status = 'disabled', sealed_secret = null, hints = '{}'::jsonb,
             sealed_api_key = case when endpoint_id is null then null else sealed_api_key end,
             cleanup_due_at = rekomi_later(now(), case when endpoint_id is not null then $4::float8 end),
             cleanup_attempts = 0
         where organization_id = $1 and id = $2 and removed_at is null and status <> 'connecting'",
        tx.organization().uuid(),
        id.uuid(),
        now,
        lease_seconds,
    )
    .execute(tx.conn())
    .await?;
    Ok(removed.rows_affected() == 1)
}
