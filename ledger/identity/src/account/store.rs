//! SQL of people: creates them, confirms and changes their emails, and manages their sessions.

use shared::{
    id::{SessionId, UserId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;

use kit::db::GlobalTx;

#[derive(Debug)]
pub struct NewUser<'a> {
    pub id: UserId,
    pub name: &'a str,
    pub email: &'a str,
    pub password_hash: &'a str,
}

/// Returns whether the email was still available.
pub async fn insert_user(conn: &mut PgConnection, new: &NewUser<'_>, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into users (id, name, email, password_hash, created_at) values ($1, $2, $3, $4, $5)
         on conflict (email) do nothing",
        new.id.uuid(),
        new.name,
        new.email,
        new.password_hash,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

#[derive(Debug)]
pub struct Person {
    pub id: UserId,
    pub name: String,
    pub email: String,
    pub verified: bool,
    pub password_hash: String,
}

pub async fn person(conn: &mut PgConnection, id: UserId) -> Result<Option<Person>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select name, email, email_verified_at is not null as "verified!", password_hash from users where id = $1"#,
        id.uuid(),
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|row| Person {
        id,
        name: row.name,
        email: row.email,
        verified: row.verified,
        password_hash: row.password_hash,
    }))
}

pub async fn person_at(conn: &mut PgConnection, email: &str) -> Result<Option<Person>, sqlx::Error> {
    let id = sqlx::query_scalar!("select id from users where email = $1", email).fetch_optional(&mut *conn).await?;
    match id {
        Some(id) => person(conn, UserId::new(id)).await,
        None => Ok(None),
    }
}

/// Confirms the email if it is still the person's; returns whether it is.
pub async fn verify(conn: &mut PgConnection, user: UserId, email: &str, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update users set email_verified_at = coalesce(email_verified_at, $3) where id = $1 and email = $2",
        user.uuid(),
        email,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Returns whether the person has ever had a session or a second factor.
pub async fn has_signed_in(conn: &mut PgConnection, user: UserId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from sessions where user_id = $1)
               or exists (select from user_totp where user_id = $1)
               or exists (select from account_events
                          where user_id = $1 and event in ('session.opened', 'recovery_code.used')) as "signed_in!""#,
        user.uuid(),
    )
    .fetch_one(conn)
    .await
}

/// Sets a new, confirmed email; returns whether it was available.
pub async fn change_email(
    conn: &mut PgConnection,
    user: UserId,
    email: &str,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update users set email = $2, email_verified_at = $3
         where id = $1 and not exists (select from users other where other.email = $2 and other.id <> $1)",
        user.uuid(),
        email,
        now,
    )
    .execute(conn)
    .await;
    match done {
        Ok(done) => Ok(done.rows_affected() == 1),
        // Someone else took it at the same time.
        Err(sqlx::Error::Database(error)) if error.is_unique_violation() => Ok(false),
        Err(error) => Err(error),
    }
}

#[derive(Debug)]
pub struct OpenSession {
    pub id: SessionId,
    pub browser: String,
    pub created_at: Timestamp,
    pub last_seen_at: Timestamp,
    pub current: bool,
}

/// Returns a person's open sessions, the current one first, then the most recently seen. `current` is the hash of the
/// session that asks.
pub async fn sessions(
    tx: &mut GlobalTx,
    user: UserId,
    current: &[u8; 32],
    now: Timestamp,
) -> Result<Vec<OpenSession>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, browser, created_at, last_seen_at, token_hash = $2 as "current!" from sessions
           where user_id = $1 and expires_at > $3 order by token_hash = $2 desc, last_seen_at desc, id desc limit 100"#,
        user.uuid(),
        &current[..],
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let sessions = rows.into_iter().map(|row| OpenSession {
        id: row.id,
        browser: row.browser,
        created_at: row.created_at,
        last_seen_at: row.last_seen_at,
        current: row.current,
    });
    Ok(sessions.collect())
}

/// Ends one session of that person; returns whether it existed.
pub async fn end_session(tx: &mut GlobalTx, user: UserId, id: SessionId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from sessions where user_id = $1 and id = $2", user.uuid(), id.uuid())
        .execute(tx.conn())
        .await?;
    Ok(done.rows_affected() == 1)
}

/// Ends all sessions of that person except the one with the hash `but`, if given. Also ends sign-ins that wait for a
/// code, and invalidates all earlier device cookies.
pub async fn end_sessions(
    conn: &mut PgConnection,
    user: UserId,
    but: Option<&[u8; 32]>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!("update users set devices_since = $2 where id = $1", user.uuid(), now).execute(&mut *conn).await?;
    sqlx::query!("delete from login_challenges where user_id = $1", user.uuid()).execute(&mut *conn).await?;
    sqlx::query!(
        "delete from sessions where user_id = $1 and ($2::bytea is null or token_hash <> $2)",
        user.uuid(),
        but.map(|hash| &hash[..]),
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Deletes expired links, expired sign-ins that wait for a code, and set-ups of two-step sign-in that weren't finished.
pub async fn forget_old(tx: &mut GlobalTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from user_totp where enabled_at is null and created_at <= $1", now.plus_days(-1))
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from one_time_tokens where expires_at <= $1", now).execute(tx.conn()).await?;
    sqlx::query!("delete from login_challenges where expires_at <= $1", now).execute(tx.conn()).await.map(drop)
}
