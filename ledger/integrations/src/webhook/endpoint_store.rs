//! SQL for endpoints and their secrets. Destinations are a second kind of endpoint.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    delivery::LOST_AFTER_MS,
    endpoint::{Endpoint, EndpointKind},
};
use kit::db::{TenantTx, corrupt_column};

/// An endpoint to be created.
#[derive(Debug)]
pub struct NewEndpoint<'a> {
    pub id: Uuid,
    pub kind: EndpointKind,
    pub url: &'a str,
    pub region: Option<&'a str>,
    pub hint: Option<&'a str>,
    pub events: &'a [String],
    pub description: &'a str,
    pub enabled: bool,
}

pub async fn insert(tx: &mut TenantTx, new: &NewEndpoint<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into webhook_endpoints (organization_id, id, kind, url, region, hint, events, description, enabled, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        new.id,
        new.kind.as_str(),
        new.url,
        new.region,
        new.hint,
        new.events,
        new.description,
        new.enabled,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Counts the endpoints of a kind, and locks the organization's row so that concurrent creations wait for each other.
pub async fn count(tx: &mut TenantTx, kind: EndpointKind) -> Result<i64, sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "select organization_id from organizations where organization_id = $1 for update",
        organization.uuid()
    )
    .fetch_optional(tx.conn())
    .await?;
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from webhook_endpoints where organization_id = $1 and kind = $2"#,
        organization.uuid(),
        kind.as_str(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Filters the list.
#[derive(Debug, Clone)]
pub struct Filter {
    pub kind: EndpointKind,
    pub id: Option<Uuid>,
    pub after: Option<Uuid>,
    pub limit: i64,
}

impl Filter {
    pub const fn one(kind: EndpointKind, id: Uuid) -> Self {
        Self { kind, id: Some(id), after: None, limit: 1 }
    }
}

/// Lists endpoints, newest first.
pub async fn list(tx: &mut TenantTx, filter: &Filter, now: Timestamp) -> Result<Vec<Endpoint>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select e.id, e.kind, e.url, e.region, e.hint, e.events, e.description, e.enabled, e.disabled_reason, e.disabled_at,
                  e.failing_since, e.last_success_at, e.last_error, e.last_error_at, e.created_at,
                  (select count(*) from webhook_deliveries d
                   where d.organization_id = $1 and d.endpoint_id = e.id and d.state = 'Pending') as "pending!",
                  (select max(s.expires_at) from webhook_secrets s
                   where s.organization_id = $1 and s.endpoint_id = e.id and s.expires_at > $6)
                  as "old_secret_until?"
           from webhook_endpoints e
           where e.organization_id = $1 and e.kind = $2 and ($3::uuid is null or e.id = $3)
             and ($4::uuid is null or e.id < $4)
           order by e.id desc limit $5"#,
        tx.organization().uuid(),
        filter.kind.as_str(),
        filter.id,
        filter.after,
        filter.limit,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    rows.into_iter()
        .map(|row| {
            Ok(Endpoint {
                id: row.id,
                kind: EndpointKind::parse(&row.kind).ok_or_else(|| corrupt_column("webhook_endpoints.kind"))?,
                url: row.url,
                region: row.region,
                hint: row.hint,
                events: row.events,
                description: row.description,
                enabled: row.enabled,
                disabled_reason: row.disabled_reason,
                disabled_at: row.disabled_at,
                failing_since: row.failing_since,
                last_success_at: row.last_success_at,
                last_error: row.last_error,
                last_error_at: row.last_error_at,
                pending: row.pending,
                old_secret_until: row.old_secret_until,
                created_at: row.created_at,
            })
        })
        .collect()
}

/// Saves what people may change. Enabling an endpoint clears its failures, and so does another URL: what waits for a
/// later attempt is due then. An attempt that is under way stays reserved.
pub async fn update(tx: &mut TenantTx, endpoint: &Endpoint, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook_deliveries d set next_attempt_at = $5, tries = 0
         from webhook_endpoints e
         where d.organization_id = $1 and d.endpoint_id = $2 and d.state = 'Pending' and d.next_attempt_at > $6
           and e.organization_id = $1 and e.id = $2 and (($4 and not e.enabled) or e.url <> $3)",
        tx.organization().uuid(),
        endpoint.id,
        endpoint.url,
        endpoint.enabled,
        now,
        now.plus_millis(LOST_AFTER_MS),
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update webhook_endpoints
         set url = $3, region = $4, hint = $5, events = $6, description = $7, enabled = $8,
             disabled_reason = case when $8 or enabled then null else disabled_reason end,
             disabled_at = case when $8 then null when enabled then $9 else disabled_at end,
             failing_since = case when ($8 and not enabled) or url <> $3 then null else failing_since end
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        endpoint.id,
        endpoint.url,
        endpoint.region,
        endpoint.hint,
        &endpoint.events,
        endpoint.description,
        endpoint.enabled,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes an endpoint with its deliveries and secrets. Returns false where it doesn't exist.
pub async fn delete(tx: &mut TenantTx, kind: EndpointKind, id: Uuid) -> Result<bool, sqlx::Error> {
    let gone = sqlx::query!(
        "delete from webhook_endpoints where organization_id = $1 and kind = $2 and id = $3",
        tx.organization().uuid(),
        kind.as_str(),
        id,
    )
    .execute(tx.conn())
    .await?;
    Ok(gone.rows_affected() == 1)
}

/// Disables an endpoint on our side. Returns false where it is already disabled, or deleted.
pub async fn disable(tx: &mut TenantTx, id: Uuid, reason: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update webhook_endpoints set enabled = false, disabled_reason = $3, disabled_at = $4
         where organization_id = $1 and id = $2 and enabled",
        tx.organization().uuid(),
        id,
        reason,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Records a success. While all goes well, it writes at most every few seconds.
pub async fn succeeded(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook_endpoints set last_success_at = $3, failing_since = null
         where organization_id = $1 and id = $2
           and (failing_since is not null or last_success_at is null or last_success_at < $3::timestamptz - interval '5 seconds')",
        tx.organization().uuid(),
        id,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records a failure. Returns since when nothing has succeeded.
pub async fn failed(
    tx: &mut TenantTx,
    id: Uuid,
    error: &str,
    now: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"update webhook_endpoints
           set failing_since = coalesce(failing_since, $4), last_error = $3, last_error_at = $4
           where organization_id = $1 and id = $2 returning failing_since as "since!""#,
        tx.organization().uuid(),
        id,
        error,
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Keeps an error that says nothing about whether the endpoint works.
pub async fn keep_error(tx: &mut TenantTx, id: Uuid, error: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update webhook_endpoints set last_error = $3, last_error_at = $4 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id,
        error,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores a secret as the current one; older ones expire at `old_until`, or earlier if that was already set.
pub async fn insert_secret(
    tx: &mut TenantTx,
    endpoint: Uuid,
    (id, sealed): (Uuid, &str),
    now: Timestamp,
    old_until: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update webhook_secrets set expires_at = least(expires_at, $3) where organization_id = $1 and endpoint_id = $2",
        organization.uuid(),
        endpoint,
        old_until,
    )
    .execute(tx.conn())
    .await?;
    // Only the three latest secrets sign, because the header's length is limited.
    sqlx::query!(
        "delete from webhook_secrets
         where organization_id = $1 and endpoint_id = $2
           and (expires_at <= $3 or id not in (select id from webhook_secrets where organization_id = $1 and endpoint_id = $2
                                               order by created_at desc, id desc limit 3))",
        organization.uuid(),
        endpoint,
        now,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into webhook_secrets (organization_id, id, endpoint_id, sealed_secret, created_at) values ($1, $2, $3, $4, $5)",
        organization.uuid(),
        id,
        endpoint,
        sealed,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A stored secret.
#[derive(Debug)]
pub struct Sealed {
    pub id: Uuid,
    pub sealed: String,
}

/// Loads the valid secrets, the current one first.
pub async fn secrets(tx: &mut TenantTx, endpoint: Uuid, now: Timestamp) -> Result<Vec<Sealed>, sqlx::Error> {
    sqlx::query_as!(
        Sealed,
        "select id, sealed_secret as sealed from webhook_secrets
         where organization_id = $1 and endpoint_id = $2 and (expires_at is null or expires_at > $3)
         order by expires_at desc nulls first",
        tx.organization().uuid(),
        endpoint,
        now,
    )
    .fetch_all(tx.conn())
    .await
}
