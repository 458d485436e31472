//! SQL of creators whom other installations announced. A row is theirs alone: the person whom it is about reads it in a
//! transaction that is bound to them, and the exchange with peers after [`federate`].

use kit::db::{GlobalTx, TenantTx};
use shared::{
    id::{CreatorId, NetworkPeerId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use super::passport::Person;

/// Lets the transaction touch rows of the exchange with peers, whoever they are about.
pub(super) async fn federate(tx: &mut GlobalTx) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('rekomi.federating', 'yes', true)").fetch_one(tx.conn()).await.map(drop)
}

/// The handle and title of a listed program.
pub(super) async fn program(tx: &mut GlobalTx, program: ProgramId) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select l.handle, l.title
         from network_listings l join tenants t on t.id = l.organization_id and t.closed_at is null
         where l.program_id = $1 and l.status = 'Listed'",
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.handle, row.title)))
}

/// How many a peer announced since then.
pub(super) async fn count(tx: &mut GlobalTx, peer: NetworkPeerId, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from creator_arrivals where peer_id = $1 and created_at > $2"#,
        peer.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

#[derive(Debug)]
pub(super) struct NewArrival<'a> {
    pub id: Uuid,
    pub peer: NetworkPeerId,
    pub jti: &'a str,
    pub receipt_hash: &'a [u8; 32],
    pub program: ProgramId,
    pub person: &'a Person,
}

/// Returns false if the peer sent it before.
pub(super) async fn insert(tx: &mut GlobalTx, new: &NewArrival<'_>, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into creator_arrivals (id, peer_id, jti, receipt_hash, program_id, email, person, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8) on conflict do nothing",
        new.id,
        new.peer.uuid(),
        new.jti,
        &new.receipt_hash[..],
        new.program.uuid(),
        new.person.email,
        Json(new.person) as _,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// What the address's owner did with an announcement: nothing yet, or who they are.
#[derive(Debug)]
pub(super) struct Arrival {
    pub id: Uuid,
    pub program: Uuid,
    pub creator: Option<CreatorId>,
}

pub(super) async fn by_receipt(tx: &mut GlobalTx, hash: &[u8; 32]) -> Result<Option<Arrival>, sqlx::Error> {
    sqlx::query_as!(
        Arrival,
        r#"select a.id, a.program_id as program, a.creator_id as "creator: CreatorId"
           from creator_arrivals a join network_peers p on p.id = a.peer_id and p.status = 'Active'
           where a.receipt_hash = $1 and a.email <> ''"#,
        &hash[..],
    )
    .fetch_optional(tx.conn())
    .await
}

/// Erases what an announcement says. Its name stays for a while, so that it counts for the sender's limit and isn't taken for
/// a new one.
pub(super) async fn redact(tx: &mut GlobalTx, hash: &[u8; 32]) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_arrivals set email = '', person = '{}', creator_id = null where receipt_hash = $1",
        &hash[..],
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Forgets announcements that no one followed, and those that are too old to be asked about.
pub(super) async fn forget_old(tx: &mut GlobalTx, (unused, all): (Timestamp, Timestamp)) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from creator_arrivals where created_at < $2 or (creator_id is null and created_at < $1)",
        unused,
        all,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What a creator did at a program, in a transaction that is bound to them.
pub(super) async fn contact(
    tx: &mut GlobalTx,
    (creator, program): (CreatorId, Uuid),
) -> Result<Option<(Uuid, Uuid)>, sqlx::Error> {
    let row = sqlx::query!(
        "select organization_id, id from network_contacts where creator_id = $1 and program_id = $2",
        creator.uuid(),
        program,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.organization_id, row.id.uuid())))
}

/// The newest announcement of the creator whom the transaction is bound to, for this program, with its installation.
pub(super) async fn of_creator(tx: &mut GlobalTx, program: ProgramId) -> Result<Option<(String, Person)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.host, a.person as "person: Json<Person>"
           from creator_arrivals a join network_peers p on p.id = a.peer_id and p.status = 'Active'
           where a.program_id = $1 and a.email = (select email from creators where id = (select rekomi_creator()))
           order by a.created_at desc limit 1"#,
        program.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.host, row.person.0)))
}

/// Lets the installations that announced the creator learn what becomes of their application.
pub(super) async fn follow(tx: &mut GlobalTx, creator: CreatorId, program: ProgramId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_arrivals set creator_id = $1
         where program_id = $2 and creator_id is null
           and email = (select email from creators where id = (select rekomi_creator()))",
        creator.uuid(),
        program.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What became of a contact, in a transaction of its brand.
pub(super) async fn status(tx: &mut TenantTx, contact: Uuid) -> Result<Option<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select case when n.status = 'Applied' and a.status = 'Approved' then 'Joined'
                       when n.status = 'Applied' and a.status in ('Rejected', 'Banned', 'Archived') then 'Rejected'
                       else n.status end as "status!"
           from network_contacts n
           left join affiliates a on a.organization_id = n.organization_id and a.id = n.affiliate_id
           where n.organization_id = $1 and n.id = $2"#,
        tx.organization().uuid(),
        contact,
    )
    .fetch_optional(tx.conn())
    .await
}
