//! SQL of creators' sign-in links and sessions. Each is found by the hash of a token that only its holder has.

use shared::{id::CreatorId, timestamp::Timestamp};

use kit::{
    db::{GlobalTx, Holder},
    text::Language,
};

/// Stores a link that is emailed to the address.
pub(super) async fn insert_link(
    tx: &mut GlobalTx,
    hash: &[u8; 32],
    email: &str,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into creator_links (token_hash, email, created_at, expires_at) values ($1, $2, $3, $4)",
        &hash[..],
        email,
        now,
        expires,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Returns the address that a link was emailed to. With `usable`, only of a link that is neither used nor expired.
pub(super) async fn address_of_link(
    tx: &mut GlobalTx,
    hash: &[u8; 32],
    usable: bool,
    now: Timestamp,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select email from creator_links
         where token_hash = $1 and (not $2 or (used_at is null and expires_at > $3))",
        &hash[..],
        usable,
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Uses up the link and returns the address that it was emailed to; `None` if it was used or has expired.
pub(super) async fn use_link(
    tx: &mut GlobalTx,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "update creator_links set used_at = $2
         where token_hash = $1 and used_at is null and expires_at > $2 returning email",
        &hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await
}

/// A person who proved their address.
#[derive(Debug)]
pub(super) struct Person<'a> {
    /// The id of a new creator.
    pub id: CreatorId,
    pub email: &'a str,
    pub hash: &'a [u8; 32],
    pub language: Language,
    pub is_disposable: bool,
}

/// Returns the creator with that address, who is created if there is none.
pub(super) async fn enter(tx: &mut GlobalTx, person: &Person<'_>, now: Timestamp) -> Result<CreatorId, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into creators (id, email, address_hash, language, is_disposable, created_at, last_seen_at)
         values ($1, $2, $3, $4, $5, $6, $6)
         on conflict (address_hash) do update set last_seen_at = excluded.last_seen_at
         returning id",
        person.id.uuid(),
        person.email,
        &person.hash[..],
        person.language.as_str(),
        person.is_disposable,
        now,
    )
    .fetch_one(tx.conn())
    .await
}

pub(super) async fn insert_session(
    tx: &mut GlobalTx,
    hash: &[u8; 32],
    creator: CreatorId,
    now: Timestamp,
    expires: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into creator_sessions (token_hash, creator_id, created_at, expires_at) values ($1, $2, $3, $4)",
        &hash[..],
        creator.uuid(),
        now,
        expires,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A session that hasn't expired.
#[derive(Debug)]
pub(super) struct Open {
    pub creator: CreatorId,
    pub email: String,
    /// Empty without a profile.
    pub name: String,
    pub language: Option<Language>,
    pub expires_at: Timestamp,
}

/// Finds the session's creator. The transaction is bound to the session's token, and then to the creator, too.
pub(super) async fn find_session(
    tx: &mut GlobalTx,
    hash: &[u8; 32],
    now: Timestamp,
) -> Result<Option<Open>, sqlx::Error> {
    let session = sqlx::query!(
        "select creator_id, expires_at from creator_sessions where token_hash = $1 and expires_at > $2",
        &hash[..],
        now,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(session) = session else { return Ok(None) };
    tx.also(Holder::Creator(session.creator_id)).await?;
    let row = sqlx::query!(
        r#"select c.email, c.language, coalesce(p.name, '') as "name!"
           from creators c left join creator_profiles p on p.creator_id = c.id where c.id = $1"#,
        session.creator_id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Open {
        creator: session.creator_id,
        email: row.email,
        name: row.name,
        language: row.language.as_deref().and_then(Language::parse),
        expires_at: session.expires_at,
    }))
}

pub(super) async fn delete_session(tx: &mut GlobalTx, hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_sessions where token_hash = $1", &hash[..]).execute(tx.conn()).await.map(drop)
}

/// Deletes expired sessions, and links that expired a month ago: until then an old link can be exchanged for a new one.
pub(super) async fn forget_old(tx: &mut GlobalTx, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('rekomi.expiring', 'yes', true)").fetch_one(tx.conn()).await?;
    sqlx::query!("delete from creator_links where expires_at < $1::timestamptz - interval '30 days'", now)
        .execute(tx.conn())
        .await?;
    sqlx::query!("delete from creator_sessions where expires_at <= $1", now).execute(tx.conn()).await.map(drop)
}
