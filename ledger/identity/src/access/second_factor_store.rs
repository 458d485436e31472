//! SQL of the second factor: secrets, guesses, recovery codes, and sign-ins that wait for a code.

use shared::{id::UserId, timestamp::Timestamp};
use sqlx::PgConnection;

use kit::db::GlobalTx;

/// The maximum number of guesses, and how long it takes to regain one: a one-in-a-thousand chance of success takes
/// months.
const GUESSES: f64 = 10.0;
const SECONDS_PER_GUESS: f64 = 900.0;
/// How long a set-up can take.
const SET_UP_MILLIS: i64 = 15 * 60_000;

#[derive(Debug)]
pub struct Stored {
    pub sealed_secret: String,
    pub enabled: bool,
    pub last_step: Option<i64>,
    pub created_at: Timestamp,
}

impl Stored {
    /// Whether the secret waits for its first code. The password was entered when the set-up began: it says nothing
    /// about a session that comes back to it much later.
    pub fn is_pending(&self, now: Timestamp) -> bool {
        !self.enabled && self.created_at.plus_millis(SET_UP_MILLIS) > now
    }
}

pub async fn find(conn: &mut PgConnection, user: UserId) -> Result<Option<Stored>, sqlx::Error> {
    sqlx::query_as!(
        Stored,
        r#"select sealed_secret, enabled_at is not null as "enabled!", last_step, created_at
           from user_totp where user_id = $1"#,
        user.uuid(),
    )
    .fetch_optional(conn)
    .await
}

/// Stores a secret that will be shown to the person. An enabled secret isn't replaced.
pub async fn begin(conn: &mut PgConnection, user: UserId, sealed: &str, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into user_totp (user_id, sealed_secret, created_at) values ($1, $2, $3)
         on conflict (user_id) do update set sealed_secret = $2, created_at = $3 where user_totp.enabled_at is null",
        user.uuid(),
        sealed,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Enables the secret; returns whether it was still waiting for its first code.
pub async fn enable(conn: &mut PgConnection, user: UserId, step: i64, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update user_totp set enabled_at = $3, last_step = $2 where user_id = $1 and enabled_at is null",
        user.uuid(),
        step,
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn remove(conn: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from recovery_codes where user_id = $1", user.uuid()).execute(&mut *conn).await?;
    sqlx::query!("delete from user_totp where user_id = $1", user.uuid()).execute(conn).await.map(drop)
}

/// Takes one guess; returns whether one was left. Guesses from browsers that signed in before are counted separately.
pub async fn take_guess(conn: &mut PgConnection, user: UserId, known: bool) -> Result<bool, sqlx::Error> {
    let taken = if known {
        sqlx::query_scalar!(
            "update user_totp
             set known_guesses_left = least($2, known_guesses_left + extract(epoch from now() - known_guessed_at)::float8 / $3) - 1,
                 known_guessed_at = now()
             where user_id = $1
               and least($2, known_guesses_left + extract(epoch from now() - known_guessed_at)::float8 / $3) >= 1
             returning user_id",
            user.uuid(),
            GUESSES,
            SECONDS_PER_GUESS,
        )
        .fetch_optional(conn)
        .await?
    } else {
        sqlx::query_scalar!(
            "update user_totp
             set guesses_left = least($2, guesses_left + extract(epoch from now() - guessed_at)::float8 / $3) - 1,
                 guessed_at = now()
             where user_id = $1 and least($2, guesses_left + extract(epoch from now() - guessed_at)::float8 / $3) >= 1
             returning user_id",
            user.uuid(),
            GUESSES,
            SECONDS_PER_GUESS,
        )
        .fetch_optional(conn)
        .await?
    };
    Ok(taken.is_some())
}

/// Returns a guess, because a right code costs none.
pub async fn give_back(conn: &mut PgConnection, user: UserId, known: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update user_totp
         set guesses_left = case when $2 then guesses_left else least($3, guesses_left + 1) end,
             known_guesses_left = case when $2 then least($3, known_guesses_left + 1) else known_guesses_left end
         where user_id = $1",
        user.uuid(),
        known,
        GUESSES,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Uses up a time step; returns whether it was unused.
pub async fn use_step(conn: &mut PgConnection, user: UserId, step: i64) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update user_totp set last_step = $2
         where user_id = $1 and enabled_at is not null and (last_step is null or last_step < $2)",
        user.uuid(),
        step,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn replace_codes(conn: &mut PgConnection, user: UserId, hashes: &[[u8; 32]]) -> Result<(), sqlx::Error> {
    let hashes: Vec<Vec<u8>> = hashes.iter().map(|hash| hash.to_vec()).collect();
    sqlx::query!("delete from recovery_codes where user_id = $1", user.uuid()).execute(&mut *conn).await?;
    sqlx::query!(
        "insert into recovery_codes (user_id, code_hash) select $1, hash from unnest($2::bytea[]) as hash
         returning 1 as one",
        user.uuid(),
        &hashes,
    )
    .fetch_all(conn)
    .await
    .map(drop)
}

/// Uses up a recovery code; returns whether it was valid.
pub async fn use_code(
    conn: &mut PgConnection,
    user: UserId,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update recovery_codes set used_at = $3 where user_id = $1 and code_hash = $2 and used_at is null",
        user.uuid(),
        &hash[..],
        now,
    )
    .execute(conn)
    .await?;
    Ok(done.rows_affected() == 1)
}

pub async fn codes_left(conn: &mut PgConnection, user: UserId) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from recovery_codes where user_id = $1 and used_at is null"#,
        user.uuid(),
    )
    .fetch_one(conn)
    .await
}

pub async fn insert_challenge(
    tx: &mut GlobalTx,
    token_hash: &[u8; 32],
    user: UserId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into login_challenges (token_hash, user_id, created_at, expires_at) values ($1, $2, $3, $4)",
        &token_hash[..],
        user.uuid(),
        now,
        expires,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Finds the person whose sign-in waits for a code, and their email address.
pub async fn find_challenge(
    tx: &mut GlobalTx,
    token_hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<(UserId, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select u.id, u.email from login_challenges c join users u on u.id = c.user_id
         where c.token_hash = $1 and c.expires_at > $2",
        &token_hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (UserId::new(row.id), row.email)))
}

/// Deletes every challenge of the person, after they signed in or once no code is needed anymore.
pub async fn delete_challenges(conn: &mut PgConnection, user: UserId) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from login_challenges where user_id = $1", user.uuid()).execute(conn).await.map(drop)
}
