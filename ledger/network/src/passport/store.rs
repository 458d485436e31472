//! SQL of applications that creators sent to other installations. A creator reads theirs in a transaction that is bound to
//! them; the job says first that it exchanges messages.

use kit::db::GlobalTx;
use shared::{
    id::{CreatorId, NetworkPeerId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::arrival::Person;

/// A program of another installation that takes applications.
#[derive(Debug)]
pub(super) struct Target {
    pub peer: NetworkPeerId,
    pub host: String,
    pub program: String,
    pub brand: String,
    pub title: String,
}

pub(super) async fn target(tx: &mut GlobalTx, (host, program): (&str, &str)) -> Result<Option<Target>, sqlx::Error> {
    sqlx::query_as!(
        Target,
        "select p.id as peer, p.host, f.program, f.brand, f.title
         from network_foreign_listings f join network_peers p on p.id = f.peer_id and p.is_shown
         where p.host = $1 and f.program = $2 and p.inbox_url is not null",
        host,
        program,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Stores an application that is to be sent. Returns false if the creator has one to this program.
pub(super) async fn begin(
    tx: &mut GlobalTx,
    (id, creator): (Uuid, CreatorId),
    (target, person): (&Target, &Person),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into creator_passports (id, creator_id, peer_id, program, brand, title, status, person, due_at, created_at,
                                        changed_at)
         values ($1, $2, $3, $4, $5, $6, 'Sending', $7, $8, $8, $8) on conflict do nothing",
        id,
        creator.uuid(),
        target.peer.uuid(),
        target.program,
        target.brand,
        target.title,
        Json(person) as _,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An application in its creator's list.
#[derive(Debug)]
pub(super) struct Own {
    pub id: Uuid,
    pub host: String,
    pub brand: String,
    pub title: String,
    pub status: String,
    pub problem: Option<String>,
    pub failures: i32,
    pub changed_at: Timestamp,
}

impl Own {
    /// Whether there is something to take back.
    pub(super) fn is_open(&self) -> bool {
        ["Sending", "Sent", "Applied"].contains(&self.status.as_str())
    }
}

pub(super) async fn list(tx: &mut GlobalTx, creator: CreatorId) -> Result<Vec<Own>, sqlx::Error> {
    sqlx::query_as!(
        Own,
        "select c.id, p.host, c.brand, c.title, c.status, c.problem, c.failures, c.changed_at
         from creator_passports c join network_peers p on p.id = c.peer_id
         where c.creator_id = $1 order by c.created_at desc, c.id limit 200",
        creator.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Takes an application back: at once if it never left this installation, or else as soon as the peer has heard of it.
pub(super) async fn withdraw(
    tx: &mut GlobalTx,
    (id, creator): (Uuid, CreatorId),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update creator_passports
         set status = case when attempts = 0 then 'Withdrawn' else 'Revoking' end, person = null, problem = null,
             due_at = case when attempts = 0 then null else $3::timestamptz end, failures = 0, changed_at = $3
         where id = $1 and creator_id = $2 and status in ('Sending', 'Sent', 'Applied')",
        id,
        creator.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An application about which the peer gets a message now.
#[derive(Debug)]
pub(super) struct Due {
    pub id: Uuid,
    pub peer: NetworkPeerId,
    pub program: String,
    pub status: String,
    pub person: Option<Json<Person>>,
    pub failures: i32,
}

/// Takes an application that is due, unless another process sends it now. One whose creator is gone is taken back.
pub(super) async fn lease(tx: &mut GlobalTx, (now, until): (Timestamp, Timestamp)) -> Result<Option<Due>, sqlx::Error> {
    sqlx::query_as!(
        Due,
        r#"with due as materialized (
               select id from creator_passports
               where due_at <= $1 and (leased_until is null or leased_until <= $1)
               order by due_at limit 1 for update skip locked)
           update creator_passports c
           set leased_until = $2, attempts = attempts + 1,
               status = case when creator_id is null then 'Revoking' else status end,
               person = case when creator_id is null then null else person end
           from due where c.id = due.id
           returning c.id, c.peer_id as "peer: NetworkPeerId", c.program, c.status, c.person as "person: Json<Person>",
                     c.failures"#,
        now,
        until,
    )
    .fetch_optional(tx.conn())
    .await
}

/// What a message led to.
#[derive(Debug)]
pub(super) struct Outcome<'a> {
    pub status: &'a str,
    pub problem: Option<&'a str>,
    /// When the next message is due.
    pub due_at: Option<Timestamp>,
}

/// Stores what became of an application, unless its creator took it back meanwhile.
pub(super) async fn became(
    tx: &mut GlobalTx,
    due: &Due,
    outcome: &Outcome<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_passports
         set changed_at = case when status = $3 then changed_at else $6 end, status = $3, problem = $4, due_at = $5,
             person = null, failures = 0
         where id = $1 and status = $2",
        due.id,
        due.status,
        outcome.status,
        outcome.problem,
        outcome.due_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A message didn't arrive, or nobody knows whether it did: the next one is due then.
pub(super) async fn failed(tx: &mut GlobalTx, due: &Due, due_at: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_passports set failures = failures + 1, due_at = $3 where id = $1 and status = $2",
        due.id,
        due.status,
        due_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Ends a turn. What was taken back and is nobody's any more is deleted.
pub(super) async fn release(tx: &mut GlobalTx, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("update creator_passports set leased_until = null where id = $1", id).execute(tx.conn()).await?;
    sqlx::query!("delete from creator_passports where id = $1 and creator_id is null and due_at is null", id)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// Forgets applications in which nothing changed since then.
pub(super) async fn forget_old(tx: &mut GlobalTx, since: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_passports where changed_at < $1", since).execute(tx.conn()).await.map(drop)
}
