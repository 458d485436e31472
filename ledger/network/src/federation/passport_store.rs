//! SQL of applications that creators sent to other installations. A creator reads theirs in a transaction that is bound to
//! them; the job says first that it federates.

use kit::db::GlobalTx;
use shared::{
    id::{CreatorId, NetworkPeerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

/// A program of another installation, as the form shows it.
#[derive(Debug)]
pub(super) struct Target {
    pub peer: NetworkPeerId,
    pub brand: String,
    pub title: String,
    /// Where its installation takes applications.
    pub applications_url: Option<String>,
}

pub(super) async fn target(tx: &mut GlobalTx, host: &str, program: &str) -> Result<Option<Target>, sqlx::Error> {
    let row = sqlx::query!(
        "select p.id, f.brand, f.title, p.applications_url
         from network_foreign_listings f join network_peers p on p.id = f.peer_id and p.is_shown
         where p.host = $1 and f.program = $2",
        host,
        program,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Target {
        peer: row.id,
        brand: row.brand,
        title: row.title,
        applications_url: row.applications_url,
    }))
}

/// The creator's application to this program, which is begun if there is none, or the last one was withdrawn.
pub(super) async fn begin(
    tx: &mut GlobalTx,
    (id, creator): (Uuid, CreatorId),
    (target, program): (&Target, &str),
    now: Timestamp,
) -> Result<Uuid, sqlx::Error> {
    sqlx::query_scalar!(
        "insert into creator_passports (id, creator_id, peer_id, program, brand, title, status, created_at, changed_at)
         values ($1, $2, $3, $4, $5, $6, 'Sending', $7, $7)
         on conflict (creator_id, peer_id, program) do update
         set brand = excluded.brand, title = excluded.title, changed_at = excluded.changed_at returning id",
        id,
        creator.uuid(),
        target.peer.uuid(),
        program,
        target.brand,
        target.title,
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// Remembers the receipt of an application that arrived.
pub(super) async fn sent(
    tx: &mut GlobalTx,
    id: Uuid,
    receipt: &str,
    (now, due_at): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_passports set status = 'Sent', receipt = $2, changed_at = $3, due_at = $4, failures = 0
         where id = $1 and status = 'Sending'",
        id,
        receipt,
        now,
        due_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An application in its creator's list.
#[derive(Debug)]
pub(super) struct Own {
    pub id: Uuid,
    pub host: String,
    pub program: String,
    pub brand: String,
    pub title: String,
    pub status: String,
    pub changed_at: Timestamp,
}

pub(super) async fn list(tx: &mut GlobalTx, creator: CreatorId) -> Result<Vec<Own>, sqlx::Error> {
    sqlx::query_as!(
        Own,
        "select c.id, p.host, c.program, c.brand, c.title, c.status, c.changed_at
         from creator_passports c join network_peers p on p.id = c.peer_id
         where c.creator_id = $1 order by c.changed_at desc, c.id limit 200",
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Ends an application: the job takes it back from the other installation, and then it is forgotten.
pub(super) async fn withdraw(
    tx: &mut GlobalTx,
    (id, creator): (Uuid, CreatorId),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update creator_passports set creator_id = null, due_at = $3, failures = 0 where id = $1 and creator_id = $2",
        id,
        creator.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An application whose installation is due to be asked, or to forget it.
#[derive(Debug)]
pub(super) struct Due {
    pub id: Uuid,
    pub peer: NetworkPeerId,
    /// Nobody's any more: it is taken back.
    pub is_withdrawn: bool,
    pub receipt: Option<String>,
    pub failures: i32,
}

/// Takes applications that are due; they are due again at `again`, unless something else is decided.
pub(super) async fn take_due(
    tx: &mut GlobalTx,
    (now, again): (Timestamp, Timestamp),
    limit: i64,
) -> Result<Vec<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"with due as materialized (
               select id from creator_passports where coalesce(due_at, case when creator_id is null then $1::timestamptz end) <= $1
               order by due_at limit $3 for update skip locked)
           update creator_passports c set due_at = $2 from due where c.id = due.id
           returning c.id, c.peer_id as "peer: NetworkPeerId", c.creator_id is null as "is_withdrawn!", c.receipt, c.failures"#,
        now,
        again,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Stores what became of one; a final status isn't asked about again.
pub(super) async fn became(
    tx: &mut GlobalTx,
    id: Uuid,
    (status, due_at): (&str, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_passports
         set changed_at = case when status = $2 then changed_at else $4 end, status = $2, due_at = $3, failures = 0
         where id = $1 and creator_id is not null",
        id,
        status,
        due_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

pub(super) async fn failed(tx: &mut GlobalTx, id: Uuid, due_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("update creator_passports set failures = failures + 1, due_at = $2 where id = $1", id, due_at)
        .execute(tx.conn())
        .await
        .map(drop)
}

pub(super) async fn forget(tx: &mut GlobalTx, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_passports where id = $1 and creator_id is null", id)
        .execute(tx.conn())
        .await
        .map(drop)
}
