//! Links that open one door once: to confirm an address, to set a new password, to change an address.
//!
//! A link carries 32 random bytes; stored are their SHA-256, whose it is, for what, and the address it was sent to. Opening
//! a link shows a page with a button and changes nothing, since mail programs look into links before people do.

use sha2::{Digest, Sha256};
use shared::{id::UserId, timestamp::Timestamp};
use sqlx::PgConnection;

use crate::access::session;

/// What a link is for. A link for one thing opens no other.
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

/// Whose link it is, and the address it was sent to.
#[derive(Debug, Clone)]
pub struct Holder {
    pub user: UserId,
    pub email: String,
}

/// Makes a link's token; it works once the transaction commits.
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

/// Looks without using it up.
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

/// Uses it up; `None` where it was used, has expired, or is for something else.
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

/// Ends a person's other links of that purpose.
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

/// Whose link it was, where it was used up or revoked.
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
