//! SQL of API keys, and of their former bearers after a rotation.

use shared::{
    id::{ApiKeyId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::access::key_kind::KeyKind;
use kit::{
    access::{role::Role, scope::Scope},
    db::{
        TenantTx, TenantsTx, lock_store,
        names_store::{self, Name},
    },
};

/// A key without its secrets.
#[derive(Debug, Clone)]
pub struct Row {
    pub id: ApiKeyId,
    pub kind: KeyKind,
    pub name: String,
    pub hint: String,
    pub scope: Scope,
    pub role: Role,
    /// The actor, as the audit log names it.
    pub created_by: Option<String>,
    pub created_at: Timestamp,
    pub last_used_at: Option<Timestamp>,
    pub rotated_at: Option<Timestamp>,
    /// The time until which the previous bearer and secret stay valid after a rotation.
    pub overlap_ends_at: Option<Timestamp>,
    pub expires_at: Option<Timestamp>,
    pub revoked_at: Option<Timestamp>,
}

/// Selects keys.
#[derive(Debug, Clone, Copy, Default)]
pub struct Filter {
    pub kind: Option<KeyKind>,
    pub id: Option<ApiKeyId>,
    /// Whether they are neither revoked nor expired.
    pub is_active: Option<bool>,
}

/// Returns keys, newest first.
pub async fn list(
    tx: &mut TenantTx,
    filter: Filter,
    after: Option<Uuid>,
    limit: i64,
    now: Timestamp,
) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select k.id, k.kind as "kind: KeyKind", k.name, k.bearer_hint, k.scope as "scope: Scope", k.role as "role: Role",
                  k.created_by, k.created_at, k.last_used_at, k.rotated_at, k.expires_at, k.revoked_at,
                  (select max(p.expires_at) from api_key_predecessors p
                   where p.organization_id = $1 and p.key_id = k.id and p.expires_at > $5)
                  as "overlap_ends_at"
           from api_keys k
           where k.organization_id = $1 and ($2::uuid is null or k.id = $2) and ($3::uuid is null or k.id < $3)
             and ($6::text is null or k.kind = $6)
             and ($7::boolean is null
                  or $7 = (k.revoked_at is null and (k.expires_at is null or k.expires_at > $5)))
           order by k.id desc limit $4"#,
        tx.organization().uuid(),
        filter.id.map(|id| id.uuid()),
        after,
        limit,
        now,
        filter.kind.map(KeyKind::as_str),
        filter.is_active,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| Row {
            id: ApiKeyId::new(row.id),
            kind: row.kind,
            name: row.name,
            hint: row.bearer_hint,
            scope: row.scope,
            role: row.role,
            created_by: row.created_by,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            rotated_at: row.rotated_at,
            overlap_ends_at: row.overlap_ends_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
        })
        .collect())
}

pub async fn read(tx: &mut TenantTx, kind: KeyKind, id: ApiKeyId, now: Timestamp) -> Result<Option<Row>, sqlx::Error> {
    let filter = Filter { kind: Some(kind), id: Some(id), is_active: None };
    Ok(list(tx, filter, None, 1, now).await?.pop())
}

/// Returns all active keys of that kind, so that ended ones don't push them out of a page, and the newest ended ones.
pub async fn active_and_ended(
    tx: &mut TenantTx,
    kind: KeyKind,
    ended_max: i64,
    now: Timestamp,
) -> Result<(Vec<Row>, Vec<Row>), sqlx::Error> {
    let filter = |is_active| Filter { kind: Some(kind), id: None, is_active: Some(is_active) };
    let active = list(tx, filter(true), None, i64::MAX, now).await?;
    Ok((active, list(tx, filter(false), None, ended_max, now).await?))
}

/// Locks the organization's keys, so that only one transaction at a time changes them.
pub async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    lock_store::lock(tx, "api_keys").await
}

/// Returns the number of keys of that kind that are valid now.
pub async fn count_active(tx: &mut TenantTx, kind: KeyKind, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_keys
           where organization_id = $1 and kind = $3 and revoked_at is null and (expires_at is null or expires_at > $2)"#,
        tx.organization().uuid(),
        now,
        kind.as_str(),
    )
    .fetch_one(tx.conn())
    .await
}

/// A key to insert.
#[derive(Debug)]
pub struct New<'a> {
    pub id: ApiKeyId,
    pub kind: KeyKind,
    pub name: &'a str,
    pub bearer_hash: [u8; 32],
    pub hint: &'a str,
    pub scope: Scope,
    pub role: Role,
    /// `None` for an assistant's token, which signs nothing.
    pub sealed_secret: Option<&'a str>,
    pub created_by: &'a str,
    pub expires_at: Option<Timestamp>,
}

pub async fn insert(tx: &mut TenantTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into api_keys (organization_id, id, name, bearer_hash, bearer_hint, scope, role, sealed_secret, created_by,
                               expires_at, created_at, seen_by, kind)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, array[$9], $12)",
        tx.organization().uuid(),
        new.id.uuid(),
        new.name,
        &new.bearer_hash[..],
        new.hint,
        new.scope.as_str(),
        new.role.as_str(),
        new.sealed_secret,
        new.created_by,
        new.expires_at,
        now,
        new.kind.as_str(),
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Bearer(&new.bearer_hash)).await
}

pub async fn rename(tx: &mut TenantTx, id: ApiKeyId, name: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_keys set name = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        name,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub async fn set_role(tx: &mut TenantTx, id: ApiKeyId, role: Role) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_keys set role = $3 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        role.as_str(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A key's current bearer hash and secret, which a rotation replaces.
#[derive(Debug)]
pub struct Current {
    pub bearer_hash: Vec<u8>,
    pub sealed_secret: Option<String>,
}

/// Returns `None` if the key doesn't exist or was revoked.
pub async fn current(tx: &mut TenantTx, id: ApiKeyId) -> Result<Option<Current>, sqlx::Error> {
    sqlx::query_as!(
        Current,
        "select bearer_hash, sealed_secret from api_keys
         where organization_id = $1 and id = $2 and revoked_at is null for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await
}

/// A key's new bearer and secret after a rotation.
#[derive(Debug)]
pub struct Replacement<'a> {
    pub bearer_hash: [u8; 32],
    pub hint: &'a str,
    pub sealed_secret: &'a str,
    /// The actor that sees it.
    pub seen_by: &'a str,
}

pub async fn replace(
    tx: &mut TenantTx,
    id: ApiKeyId,
    new: &Replacement<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update api_keys set bearer_hash = $3, bearer_hint = $4, sealed_secret = $5, rotated_at = $6,
                             seen_by = array_append(array_remove(seen_by, $7), $7)
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        &new.bearer_hash[..],
        new.hint,
        new.sealed_secret,
        now,
        new.seen_by,
    )
    .execute(tx.conn())
    .await?;
    names_store::claim(tx, Name::Bearer(&new.bearer_hash)).await
}

/// Keeps the former bearer and secret until then, and earlier ones for no longer.
pub async fn keep_until(
    tx: &mut TenantTx,
    id: ApiKeyId,
    was: &Current,
    until: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    sqlx::query!(
        "update api_key_predecessors set expires_at = least(expires_at, $3) where organization_id = $1 and key_id = $2",
        organization.uuid(),
        id.uuid(),
        until,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "insert into api_key_predecessors (organization_id, bearer_hash, key_id, sealed_secret, replaced_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        organization.uuid(),
        was.bearer_hash,
        id.uuid(),
        was.sealed_secret,
        now,
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns how many of a key's former bearers are valid now.
pub async fn count_predecessors(tx: &mut TenantTx, id: ApiKeyId, now: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from api_key_predecessors
           where organization_id = $1 and key_id = $2 and expires_at > $3"#,
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// Deletes expired former bearers. Call it after the edge was updated.
pub async fn forget_over(tx: &mut TenantTx, id: ApiKeyId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from api_key_predecessors p using api_keys k
         where p.organization_id = $1 and p.key_id = $2 and k.organization_id = p.organization_id and k.id = p.key_id
           and (p.expires_at <= $3 or k.revoked_at is not null)",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Revokes the key and deletes its secret. Returns false if it was already revoked.
pub async fn revoke(tx: &mut TenantTx, id: ApiKeyId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let revoked = sqlx::query!(
        "update api_keys set revoked_at = $3, sealed_secret = null
         where organization_id = $1 and id = $2 and revoked_at is null",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(revoked.rows_affected() == 1)
}

/// Returns the keys of the transaction's tenants that the edge may still hold although they, or a former bearer, have
/// expired.
pub async fn over(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<(OrganizationId, ApiKeyId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select organization_id as "organization!", key_id as "key!" from api_key_predecessors where expires_at <= $1
           union
           select k.organization_id, k.id from api_keys k
           join edge_config c on c.organization_id = k.organization_id
            and c.key = 'key:' || encode(k.bearer_hash, 'hex') and c.record is not null
           where k.expires_at <= $1 and k.revoked_at is null"#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization), ApiKeyId::new(row.key))).collect())
}

pub async fn organization_name(tx: &mut TenantTx) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!("select name from organizations where organization_id = $1", tx.organization().uuid())
        .fetch_optional(tx.conn())
        .await
}
