//! SQL for refresh tokens that vendors replace. Exchanges use the database's clock, so that processes don't depend on
//! synchronized clocks.

use shared::id::CrmConnectionId;
use uuid::Uuid;

use super::refresh_token::Grant;
use kit::db::{TenantTx, TenantsTx};

/// How long other processes wait for an exchange: longer than the call and storing its result take together.
const EXCHANGE_SECONDS: f64 = 120.0;

/// An exchange that was begun.
#[derive(Debug)]
pub(super) struct Begun {
    pub(super) id: Uuid,
    pub(super) sealed_token: String,
    /// Whether the result of the exchange before it isn't known.
    pub(super) was_unsettled: bool,
}

/// Begins an exchange; `None` while another one is in progress. The first one uses the token as it was entered.
pub(super) async fn begin(
    tx: &mut TenantTx,
    credentials_hash: &[u8],
    sealed_entered: &str,
) -> Result<Option<Begun>, sqlx::Error> {
    sqlx::query!(
        "insert into crm_refresh_tokens (organization_id, credentials_hash, sealed_token, used_at)
         values ($1, $2, $3, statement_timestamp()) on conflict (organization_id, credentials_hash) do nothing",
        tx.organization().uuid(),
        credentials_hash,
        sealed_entered,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query_as!(
        Begun,
        r#"with before as materialized (
               select organization_id, credentials_hash, is_unsettled from crm_refresh_tokens
               where organization_id = $1 and credentials_hash = $2
                 and (exchange is null or exchange_until < statement_timestamp())
               for no key update)
           update crm_refresh_tokens t
           set exchange = $4, exchange_until = statement_timestamp() + make_interval(secs => $3),
               is_unsettled = true, used_at = statement_timestamp()
           from before b
           where t.organization_id = $1 and t.credentials_hash = b.credentials_hash
           returning t.exchange as "id!", t.sealed_token, b.is_unsettled as was_unsettled"#,
        tx.organization().uuid(),
        credentials_hash,
        EXCHANGE_SECONDS,
        Uuid::from_bytes(rand::random()),
    )
    .fetch_optional(tx.conn())
    .await
}

/// Ends an exchange, with the next token if there is one. Does nothing if another exchange has begun since.
pub(super) async fn settle(
    tx: &mut TenantTx,
    credentials_hash: &[u8],
    exchange: Uuid,
    (sealed_next, is_unsettled, is_refused): (Option<&str>, bool, bool),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_refresh_tokens
         set sealed_token = coalesce($4, sealed_token), exchange = null, exchange_until = null, is_unsettled = $5,
             is_refused = $6
         where organization_id = $1 and credentials_hash = $2 and exchange = $3",
        tx.organization().uuid(),
        credentials_hash,
        exchange,
        sealed_next,
        is_unsettled,
        is_refused,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes a token that the vendor refused last, so that the next exchange begins with the one that was entered.
pub(super) async fn forget_refused(tx: &mut TenantTx, credentials_hash: &[u8]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from crm_refresh_tokens where organization_id = $1 and credentials_hash = $2 and is_refused",
        tx.organization().uuid(),
        credentials_hash,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sets which refresh token a connection uses, if its vendor replaces them, and deletes the one it used before unless
/// another connection has the same.
pub(super) async fn assign(
    tx: &mut TenantTx,
    connection: CrmConnectionId,
    grant: Option<&Grant>,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization().uuid();
    let before = sqlx::query_scalar!(
        "with before as materialized (
             select credentials_hash from crm_connections where organization_id = $1 and id = $2 for no key update)
         update crm_connections c
         set credentials_hash = (select t.credentials_hash from crm_refresh_tokens t
                                 where t.organization_id = $1 and t.credentials_hash = $3)
         from before b where c.organization_id = $1 and c.id = $2
         returning b.credentials_hash",
        organization,
        connection.uuid(),
        grant.map(|grant| grant.credentials_hash.as_slice()) as Option<&[u8]>,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(before) = before.flatten() else { return Ok(()) };
    sqlx::query!(
        "delete from crm_refresh_tokens t
         where t.organization_id = $1 and t.credentials_hash = $2 and not exists (
             select from crm_connections c where c.organization_id = $1 and c.credentials_hash = t.credentials_hash)",
        organization,
        before,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes tokens that no connection came to use within a day: of forms that weren't finished.
pub async fn forget_unused(tx: &mut TenantsTx) -> Result<(), sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query!(
        "delete from crm_refresh_tokens t
         where t.organization_id = any ($1) and t.used_at < statement_timestamp() - interval '1 day' and not exists (
             select from crm_connections c
             where c.organization_id = t.organization_id and c.credentials_hash = t.credentials_hash)",
        &organizations,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
