//! SQL of codes and tokens. A caller that presents one finds the row with its hash, and nothing else.

use shared::{
    id::{OauthGrantId, OrganizationId},
    timestamp::Timestamp,
};

use kit::db::{GlobalTx, TenantTx, TenantsTx};

/// The grant that a code or token belongs to.
pub type Owner = (OrganizationId, OauthGrantId);

/// Finds the code whose hash the transaction's holder names.
pub async fn owner_of_code(tx: &mut GlobalTx, hash: &[u8; 32]) -> Result<Option<Owner>, sqlx::Error> {
    let row = sqlx::query!("select organization_id, grant_id from oauth_codes where code_hash = $1", &hash[..])
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|row| (row.organization_id, row.grant_id)))
}

/// As [`owner_of_code`], of a token of either kind.
pub async fn owner_of_token(tx: &mut GlobalTx, hash: &[u8; 32]) -> Result<Option<Owner>, sqlx::Error> {
    let row = sqlx::query!("select organization_id, grant_id from oauth_tokens where token_hash = $1", &hash[..])
        .fetch_optional(tx.conn())
        .await?;
    Ok(row.map(|row| (row.organization_id, row.grant_id)))
}

/// As [`owner_of_token`], of an access token that hasn't expired.
pub async fn owner_of_access(tx: &mut GlobalTx, hash: &[u8; 32], now: Timestamp) -> Result<Option<Owner>, sqlx::Error> {
    let row = sqlx::query!(
        "select organization_id, grant_id from oauth_tokens
         where token_hash = $1 and kind = 'access' and expires_at > $2",
        &hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.organization_id, row.grant_id)))
}

/// A code to store.
#[derive(Debug)]
pub struct NewCode<'a> {
    pub hash: &'a [u8; 32],
    pub grant: OauthGrantId,
    pub redirect_uri: &'a str,
    pub challenge: &'a str,
    pub expires_at: Timestamp,
}

pub async fn insert_code(tx: &mut TenantTx, new: &NewCode<'_>) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into oauth_codes (organization_id, code_hash, grant_id, redirect_uri, challenge, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        tx.organization().uuid(),
        &new.hash[..],
        new.grant.uuid(),
        new.redirect_uri,
        new.challenge,
        new.expires_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A code as it is exchanged.
#[derive(Debug)]
pub struct Code {
    pub redirect_uri: String,
    pub challenge: String,
    pub expires_at: Timestamp,
    pub used_at: Option<Timestamp>,
}

/// The caller has locked the grant.
pub async fn code(tx: &mut TenantTx, hash: &[u8; 32]) -> Result<Option<Code>, sqlx::Error> {
    sqlx::query_as!(
        Code,
        "select redirect_uri, challenge, expires_at, used_at from oauth_codes
         where organization_id = $1 and code_hash = $2",
        tx.organization().uuid(),
        &hash[..],
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn use_code(tx: &mut TenantTx, hash: &[u8; 32], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update oauth_codes set used_at = $3 where organization_id = $1 and code_hash = $2",
        tx.organization().uuid(),
        &hash[..],
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A refresh token as it is exchanged.
#[derive(Debug)]
pub struct Refresh {
    pub expires_at: Timestamp,
    pub replaced_at: Option<Timestamp>,
}

/// The caller has locked the grant.
pub async fn refresh(tx: &mut TenantTx, hash: &[u8; 32]) -> Result<Option<Refresh>, sqlx::Error> {
    sqlx::query_as!(
        Refresh,
        "select expires_at, replaced_at from oauth_tokens
         where organization_id = $1 and token_hash = $2 and kind = 'refresh'",
        tx.organization().uuid(),
        &hash[..],
    )
    .fetch_optional(tx.conn())
    .await
}

pub async fn replace(tx: &mut TenantTx, hash: &[u8; 32], now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update oauth_tokens set replaced_at = $3 where organization_id = $1 and token_hash = $2",
        tx.organization().uuid(),
        &hash[..],
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Two tokens to store, each with its end.
#[derive(Debug)]
pub struct NewTokens<'a> {
    pub grant: OauthGrantId,
    pub access: (&'a [u8; 32], Timestamp),
    pub refresh: (&'a [u8; 32], Timestamp),
}

pub async fn insert(tx: &mut TenantTx, new: &NewTokens<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into oauth_tokens (organization_id, token_hash, grant_id, kind, created_at, expires_at)
         values ($1, $2, $3, 'access', $4, $5), ($1, $6, $3, 'refresh', $4, $7)",
        tx.organization().uuid(),
        &new.access.0[..],
        new.grant.uuid(),
        now,
        new.access.1,
        &new.refresh.0[..],
        new.refresh.1,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes the tokens of the transaction's tenants that have expired, and codes that expired before `codes`.
pub async fn delete_old(tx: &mut TenantsTx, codes: Timestamp, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from oauth_tokens where expires_at <= $1", now).execute(tx.conn()).await?;
    sqlx::query!("delete from oauth_codes where expires_at <= $1", codes).execute(tx.conn()).await.map(drop)
}
