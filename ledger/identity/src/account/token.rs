//! One-time links that confirm an email, set a new password, or change an email.
//!
//! A link carries 32 random bytes. The database stores their SHA-256, the person, the purpose, and the address the link
//! was sent to. Opening a link shows a page with a button and changes nothing, because mail programs open links before
//! people do.

use sha2::{Digest, Sha256};
use shared::{id::UserId, timestamp::Timestamp};
use sqlx::PgConnection;

use crate::access::session;

/// The purpose of a link. A link works for no other purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    VerifyEmail,
    ResetPassword,
    ChangeEmail,
}

impl Purpose {
    const fn as_str(self) -> &'static str {
        match self {
            Self::VerifyEmail => "verify_email",
            Self::ResetPassword => "reset_password",
            Self::ChangeEmail => "change_email",
        }
    }

    const fn life_hours(self) -> i64 {
        match self {
            Self::VerifyEmail | Self::ChangeEmail => 24,
            Self::ResetPassword => 1,
        }
    }
}

/// The person a link belongs to, and the address it was sent to.
#[derive(Debug, Clone)]
pub struct Holder {
    pub user: UserId,
    pub email: String,
}

/// Creates a link's token; it works once the transaction commits.
pub async fn issue(
    conn: &mut PgConnection,
    user: UserId,
    email: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<String, sqlx::Error> {
    let token = session::Token::fresh();
    sqlx::query!(
        "insert into one_time_tokens (token_hash, user_id, purpose, email, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6)",
        &token.hash[..],
        user.uuid(),
        purpose.as_str(),
        email,
        now,
        now.plus_millis(purpose.life_hours() * 3_600_000),
    )
    .execute(conn)
    .await?;
    Ok(token.text)
}

/// Returns the holder of a valid token without using it up.
pub async fn peek(
    conn: &mut PgConnection,
    token: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Holder>, sqlx::Error> {
    let row = sqlx::query!(
        "select user_id, email from one_time_tokens
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3",
        &hash(token)[..],
        purpose.as_str(),
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Holder { user: row.user_id, email: row.email }))
}

/// Uses up the token; returns `None` if it was used, has expired, or has another purpose.
pub async fn consume(
    conn: &mut PgConnection,
    token: &str,
    purpose: Purpose,
    now: Timestamp,
) -> Result<Option<Holder>, sqlx::Error> {
    let row = sqlx::query!(
        "update one_time_tokens set used_at = $3
         where token_hash = $1 and purpose = $2 and used_at is null and expires_at > $3
         returning user_id, email",
        &hash(token)[..],
        purpose.as_str(),
        now,
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Holder { user: row.user_id, email: row.email }))
}

/// Revokes a person's other links with that purpose.
pub async fn revoke(
    conn: &mut PgConnection,
    user: UserId,
    purpose: Purpose,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update one_time_tokens set used_at = $3 where user_id = $1 and purpose = $2 and used_at is null",
        user.uuid(),
        purpose.as_str(),
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Returns the holder of a link that was used up or revoked.
pub async fn used(conn: &mut PgConnection, token: &str, purpose: Purpose) -> Result<Option<Holder>, sqlx::Error> {
    let row = sqlx::query!(
        "select user_id, email from one_time_tokens where token_hash = $1 and purpose = $2 and used_at is not null",
        &hash(token)[..],
        purpose.as_str(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Holder { user: row.user_id, email: row.email }))
}

fn hash(token: &str) -> [u8; 32] {
    Sha256::digest(token).into()
}
