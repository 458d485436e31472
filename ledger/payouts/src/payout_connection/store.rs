//! SQL of connections to brands' own Stripe accounts.

use payout_core::stripe::{balance::Balance, permission::Permission};
use serde::{Deserialize, Serialize};
use shared::{
    id::{OrganizationId, PayoutConnectionId},
    seal::Secret,
    timestamp::Timestamp,
};
use sqlx::types::Json;

use super::encryption::{self, Column};
use kit::{
    db::TenantTx,
    error::{Code, Error},
    state::AppState,
};

/// One of Stripe's permissions, with the result of the test calls.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Grant {
    /// The value of [`Permission::as_str`].
    pub permission: String,
    pub granted: bool,
}

impl Grant {
    /// Returns `None` for a permission that this build no longer knows.
    pub fn known(&self) -> Option<Permission> {
        Permission::ALL.into_iter().find(|one| one.as_str() == self.permission)
    }
}

/// A stored connection.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: PayoutConnectionId,
    /// `active`, `paused` (by us, if Stripe refuses the key) or `disconnected`.
    pub status: String,
    pub paused_code: Option<String>,
    pub paused_reason: Option<String>,
    pub paused_at: Option<Timestamp>,
    /// `acct_…`.
    pub stripe_account: String,
    pub account_name: String,
    pub country: String,
    pub currency: String,
    pub livemode: bool,
    pub sealed_api_key: Option<String>,
    pub key_hint: String,
    pub permissions: Vec<Grant>,
    pub sealed_webhook_secrets: Option<String>,
    /// The IDs (`we_…`) of the endpoints that we created.
    pub webhook_endpoints: Vec<String>,
    pub last_webhook_at: Option<Timestamp>,
    pub balance: Option<Balance>,
    pub balance_at: Option<Timestamp>,
    pub wait_until: Option<Timestamp>,
    pub last_success_at: Option<Timestamp>,
    pub last_error: Option<String>,
    pub last_error_at: Option<Timestamp>,
    pub created_at: Timestamp,
}

impl Row {
    /// The permissions that the key lacks.
    pub fn missing(&self) -> Vec<Permission> {
        self.permissions.iter().filter(|one| !one.granted).filter_map(Grant::known).collect()
    }

    /// Returns whether Stripe sends us events; otherwise we poll regularly.
    pub const fn receives_webhooks(&self) -> bool {
        self.sealed_webhook_secrets.is_some()
    }
}

/// Decrypts the key with which Stripe is called.
///
/// # Errors
/// 409 `credentials_unreadable` if the stored key can't be decrypted any more, `not_connected` if there is none.
pub fn key(state: &AppState, organization: OrganizationId, row: &Row) -> kit::error::Result<Secret> {
    let Some(sealed) = &row.sealed_api_key else { return Err(not_connected()) };
    encryption::open(&state.config.keys, organization, row.id, Column::ApiKey, sealed).map_err(|error| {
        tracing::error!(
            event = "payout_connection.key_unreadable", connection = %row.id,
            "a stored Stripe key could not be opened: {error}"
        );
        let message = "We can no longer read the stored Stripe key. Paste it again.";
        Error::new(axum::http::StatusCode::CONFLICT, Code::CredentialsUnreadable, message)
    })
}

/// 409 `not_connected`.
pub fn not_connected() -> Error {
    let message = "Connect your Stripe account first under Payouts, Connection.";
    Error::new(axum::http::StatusCode::CONFLICT, Code::NotConnected, message)
}

/// The organization's connection; `None` if there is none or it was disconnected.
pub async fn current(tx: &mut TenantTx) -> Result<Option<Row>, sqlx::Error> {
    find(tx, None, false).await
}

/// Like [`current`], locked until the end of the transaction.
pub async fn lock(tx: &mut TenantTx) -> Result<Option<Row>, sqlx::Error> {
    find(tx, None, true).await
}

/// Loads a connection by its ID, even if it is disconnected.
pub async fn one(tx: &mut TenantTx, id: PayoutConnectionId) -> Result<Option<Row>, sqlx::Error> {
    find(tx, Some(id), false).await
}

async fn find(tx: &mut TenantTx, id: Option<PayoutConnectionId>, locked: bool) -> Result<Option<Row>, sqlx::Error> {
    let organization = tx.organization();
    if locked {
        sqlx::query!(
            "select id from payout_connections where organization_id = $1 and status <> 'disconnected' for update",
            organization.uuid(),
        )
        .fetch_optional(tx.conn())
        .await?;
    }
    let row = sqlx::query!(
        r#"select id, status, paused_code, paused_reason, paused_at, stripe_account, account_name, country, currency,
                  livemode, sealed_api_key, key_hint, permissions as "permissions: Json<Vec<Grant>>",
                  sealed_webhook_secrets, webhook_endpoints, last_webhook_at, balance as "balance: Json<Balance>", balance_at,
                  wait_until, last_success_at, last_error, last_error_at, created_at
           from payout_connections
           where organization_id = $1 and ((id = $2) or ($2::uuid is null and status <> 'disconnected'))"#,
        organization.uuid(),
        id.map(PayoutConnectionId::uuid),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Row {
        id: PayoutConnectionId::new(row.id),
        status: row.status,
        paused_code: row.paused_code,
        paused_reason: row.paused_reason,
        paused_at: row.paused_at,
        stripe_account: row.stripe_account,
        account_name: row.account_name,
        country: row.country,
        currency: row.currency,
        livemode: row.livemode,
        sealed_api_key: row.sealed_api_key,
        key_hint: row.key_hint,
        permissions: row.permissions.0,
        sealed_webhook_secrets: row.sealed_webhook_secrets,
        webhook_endpoints: row.webhook_endpoints,
        last_webhook_at: row.last_webhook_at,
        balance: row.balance.map(|balance| balance.0),
        balance_at: row.balance_at,
        wait_until: row.wait_until,
        last_success_at: row.last_success_at,
        last_error: row.last_error,
        last_error_at: row.last_error_at,
        created_at: row.created_at,
    }))
}

/// The newest disconnected one of the same Stripe account: when reconnected, it continues with its history.
pub async fn former(
    tx: &mut TenantTx,
    stripe_account: &str,
    livemode: bool,
) -> Result<Option<PayoutConnectionId>, sqlx::Error> {
    let id = sqlx::query_scalar!(
        "select id from payout_connections
         where organization_id = $1 and stripe_account = $2 and livemode = $3 and status = 'disconnected'
         order by id desc limit 1",
        tx.organization().uuid(),
        stripe_account,
        livemode,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(id.map(PayoutConnectionId::new))
}

/// What Stripe reported about an account and a key.
#[derive(Debug)]
pub struct VerifiedAccount<'a> {
    pub stripe_account: &'a str,
    pub account_name: &'a str,
    pub country: &'a str,
    pub currency: &'a str,
    pub livemode: bool,
    pub sealed_api_key: &'a str,
    pub key_hint: &'a str,
    pub permissions: &'a [Grant],
}

/// Stores a working connection: a new one, or a former one with a new key. Its payouts are reconciled with Stripe
/// immediately, since it is unknown what happened there in the meantime.
///
/// # Errors
/// Violates the constraint `payout_connections_one` if another one was created in the meantime.
pub async fn settle(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    settled: &VerifiedAccount<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into payout_connections (organization_id, id, stripe_account, account_name, country, currency, livemode,
                                         sealed_api_key, key_hint, permissions, last_success_at, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $11)
         on conflict (organization_id, id) do update
         set account_name = excluded.account_name, country = excluded.country, currency = excluded.currency,
             sealed_api_key = excluded.sealed_api_key, key_hint = excluded.key_hint, permissions = excluded.permissions,
             last_success_at = excluded.last_success_at, status = 'active', paused_code = null, paused_reason = null,
             paused_at = null, wait_until = null, failures = 0, reconcile_at = excluded.created_at, reconcile_failures = 0,
             reconcile_error = null",
        tx.organization().uuid(),
        id.uuid(),
        settled.stripe_account,
        settled.account_name,
        settled.country,
        settled.currency,
        settled.livemode,
        settled.sealed_api_key,
        settled.key_hint,
        Json(settled.permissions) as _,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores a successful test; a paused connection is active again.
pub async fn worked(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    permissions: &[Grant],
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections
         set status = 'active', paused_code = null, paused_reason = null, paused_at = null, permissions = $3,
             last_success_at = $4
         where organization_id = $1 and id = $2 and status <> 'disconnected'",
        tx.organization().uuid(),
        id.uuid(),
        Json(permissions) as _,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn failed(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    message: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set last_error = $3, last_error_at = $4 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        message,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_webhooks(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    endpoints: &[String],
    sealed_secrets: Option<&str>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set webhook_endpoints = $3, sealed_webhook_secrets = $4
         where organization_id = $1 and id = $2 and status <> 'disconnected'",
        tx.organization().uuid(),
        id.uuid(),
        endpoints,
        sealed_secrets,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_balance(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    balance: &Balance,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set balance = $3, balance_at = $4, last_success_at = $4
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        Json(balance) as _,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes the key and the secrets; the history stays.
pub async fn disconnect(tx: &mut TenantTx, id: PayoutConnectionId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections
         set status = 'disconnected', sealed_api_key = null, key_hint = '', sealed_webhook_secrets = null,
             webhook_endpoints = '{}', balance = null, balance_at = null, paused_code = null, paused_reason = null,
             paused_at = null, wait_until = null
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
