//! SQL of peers. They belong to the installation: only the operator's page and the job touch them.

use kit::db::GlobalTx;
use shared::{id::NetworkPeerId, timestamp::Timestamp};
use sqlx::types::Json;

use super::{document::Document, key::PublicKey, peer::Peer};

/// Returns peers with the number of their listings: all of them, or one.
pub(super) async fn list(tx: &mut GlobalTx, only: Option<NetworkPeerId>) -> Result<Vec<Peer>, sqlx::Error> {
    sqlx::query_as!(
        Peer,
        r#"select id, origin, host, status, keys as "keys: Json<Vec<PublicKey>>",
                  other_keys as "other_keys: Json<Vec<PublicKey>>", programs_url, inbox_url, takes_applications,
                  cursor, document_at, tried_at, pulled_at, failures, invalid, problem, dropped, added_by,
                  (select count(*) from network_foreign_listings f where f.peer_id = p.id) as "listings!"
           from network_peers p where $1::uuid is null or id = $1 order by host"#,
        only.map(NetworkPeerId::uuid),
    )
    .fetch_all(tx.conn())
    .await
}

/// The peer at an origin.
pub(super) async fn at(tx: &mut GlobalTx, origin: &str) -> Result<Option<Peer>, sqlx::Error> {
    let id =
        sqlx::query_scalar!("select id from network_peers where origin = $1", origin).fetch_optional(tx.conn()).await?;
    match id {
        Some(id) => Ok(list(tx, Some(id)).await?.pop()),
        None => Ok(None),
    }
}

/// Adds a peer whose keys nobody confirmed yet. Returns false if there is one of this origin, or too many.
pub(super) async fn insert(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    (host, document, added_by): (&str, &Document, &str),
    most: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into network_peers (id, origin, host, status, keys, programs_url, due_at, added_by, created_at, inbox_url,
                                    document_at)
         select $1, $2, $3, 'Proposed', $4, $5, $6, $7, $6, $9, $6 where (select count(*) from network_peers) < $8
         on conflict do nothing",
        id.uuid(),
        document.installation,
        host,
        Json(&document.keys) as _,
        document.programs,
        now,
        added_by,
        most,
        document.inbox,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Trusts exactly these keys, if they still are the ones that wait for it, and reads the peer from now on. The first time,
/// its applications are taken from now on, too.
pub(super) async fn confirm(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    keys: &[PublicKey],
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update network_peers
         set status = 'Active', keys = $2, other_keys = null, due_at = $3, failures = 0, invalid = 0, problem = null,
             takes_applications = takes_applications or status = 'Proposed'
         where id = $1 and coalesce(other_keys, case when status = 'Proposed' then keys end) = $2",
        id.uuid(),
        Json(keys) as _,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Pauses an active peer, whose listings are hidden at once.
pub(super) async fn pause(tx: &mut GlobalTx, id: NetworkPeerId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers set status = 'Paused', is_shown = false where id = $1 and status = 'Active'",
        id.uuid()
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Reads a paused peer again.
pub(super) async fn resume(tx: &mut GlobalTx, id: NetworkPeerId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers set status = 'Active', due_at = $2, leased_until = null, failures = 0, invalid = 0
         where id = $1 and status = 'Paused'",
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Takes applications of a peer, or doesn't any more.
pub(super) async fn take_applications(tx: &mut GlobalTx, id: NetworkPeerId, takes: bool) -> Result<(), sqlx::Error> {
    sqlx::query!("update network_peers set takes_applications = $2 where id = $1", id.uuid(), takes)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Forgets a peer with all of its listings, and everything that was sent to it or came from it.
pub(super) async fn remove(tx: &mut GlobalTx, id: NetworkPeerId) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!("delete from network_peers where id = $1", id.uuid()).execute(tx.conn()).await?;
    Ok(done.rows_affected() == 1)
}

/// Takes a peer that is due, or this one whether it is due or not, unless another process reads it now.
pub(super) async fn lease(
    tx: &mut GlobalTx,
    only: Option<NetworkPeerId>,
    (now, until): (Timestamp, Timestamp),
) -> Result<Option<NetworkPeerId>, sqlx::Error> {
    let found = sqlx::query_scalar!(
        "with due as materialized (
             select id from network_peers
             where status = 'Active' and (leased_until is null or leased_until <= $2)
               and ((id = $1) or ($1::uuid is null and due_at <= $2))
             order by due_at limit 1 for update skip locked)
         update network_peers p set leased_until = $3 from due where p.id = due.id returning p.id",
        only.map(NetworkPeerId::uuid),
        now,
        until,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(found)
}

/// Makes changes of a peer wait for each other. Returns whether it is still active.
pub(super) async fn lock(tx: &mut GlobalTx, id: NetworkPeerId) -> Result<bool, sqlx::Error> {
    let status = sqlx::query_scalar!("select status from network_peers where id = $1 for update", id.uuid())
        .fetch_optional(tx.conn())
        .await?;
    Ok(status.as_deref() == Some("Active"))
}

/// Remembers how far the feed was read.
pub(super) async fn advance(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    (cursor, dropped): (i64, i64),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers set cursor = $2, dropped = dropped + $3 where id = $1",
        id.uuid(),
        cursor,
        dropped,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Remembers that a peer's document was read, and what it says if a trusted key signed it. Otherwise its keys wait for an
/// operator, if `waits`.
pub(super) async fn keep_document(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    (document, is_trusted, waits): (&Document, bool, bool),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers
         set keys = case when $4 then $2 else keys end,
             other_keys = case when $4 then null when $5 then $2 else other_keys end,
             programs_url = case when $4 then $3 else programs_url end,
             inbox_url = case when $4 then $6 else inbox_url end, document_at = $7
         where id = $1",
        id.uuid(),
        Json(&document.keys) as _,
        document.programs,
        is_trusted,
        waits,
        document.inbox,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn succeeded(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    (now, due_at): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers
         set tried_at = $2, pulled_at = $2, due_at = $3, leased_until = null, failures = 0, invalid = 0, problem = null,
             is_shown = status = 'Active'
         where id = $1",
        id.uuid(),
        now,
        due_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What a try that failed left.
#[derive(Debug, Clone, Copy)]
pub(super) struct Failed<'a> {
    pub problem: &'a str,
    pub is_invalid: bool,
    /// When to try again.
    pub due_at: Timestamp,
    /// So many invalid answers in a row pause the peer.
    pub invalid_max: i32,
}

pub(super) async fn failed(
    tx: &mut GlobalTx,
    id: NetworkPeerId,
    failed: Failed<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers
         set tried_at = $2, due_at = $3, leased_until = null, failures = failures + 1,
             invalid = case when $5 then invalid + 1 else invalid end, problem = $4,
             status = case when status = 'Active' and $5 and invalid + 1 >= $6 then 'Paused' else status end,
             is_shown = is_shown and not ($5 and invalid + 1 >= $6)
         where id = $1",
        id.uuid(),
        now,
        failed.due_at,
        failed.problem,
        failed.is_invalid,
        failed.invalid_max,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Hides the listings of peers that weren't read since then.
pub(super) async fn hide_stale(tx: &mut GlobalTx, since: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_peers set is_shown = false where is_shown and (pulled_at is null or pulled_at < $1)",
        since,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
