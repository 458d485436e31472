//! SQL of announced creators. The person whom a row is about reads it in a transaction that is bound to them; everything
//! else happens after [`exchange`].

use kit::db::GlobalTx;
use shared::{
    id::{CreatorId, NetworkContactId, NetworkPeerId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::{PgConnection, types::Json};
use uuid::Uuid;

use super::{Announced, Person};

/// Shows the transaction the rows of the exchange with peers, whoever they are about.
pub(crate) async fn exchange(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('rekomi.federation', 'yes', true)").fetch_one(conn).await.map(drop)
}

/// The announcement with this id, if it is for this program and address and nothing became of it yet.
pub(super) async fn announced(
    tx: &mut GlobalTx,
    (id, program): (Uuid, ProgramId),
    email: &str,
) -> Result<Option<Announced>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select p.host, a.person as "person!: Json<Person>"
           from creator_arrivals a join network_peers p on p.id = a.peer_id
           where a.id = $1 and a.program_id = $2 and a.email = $3 and a.person is not null"#,
        id,
        program.uuid(),
        email,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| Announced { id, host: row.host, person: row.person.0 }))
}

/// Ties an announcement to the application that its creator made, and forgets what was announced.
pub(super) async fn applied(
    conn: &mut PgConnection,
    id: Uuid,
    creator: CreatorId,
    (tenant, contact): (OrganizationId, NetworkContactId),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_arrivals
         set creator_id = $2, tenant = $3, contact_id = $4, email = null, person = null, link_hash = null, mail_id = null
         where id = $1 and creator_id is null and revoked_at is null",
        id,
        creator.uuid(),
        tenant.uuid(),
        contact.uuid(),
    )
    .execute(conn)
    .await
    .map(drop)
}

/// The handle and title of a listed program.
pub(crate) async fn program(tx: &mut GlobalTx, program: ProgramId) -> Result<Option<(String, String)>, sqlx::Error> {
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

/// Makes the messages of a peer wait for each other.
pub(crate) async fn lock(tx: &mut GlobalTx, peer: NetworkPeerId) -> Result<(), sqlx::Error> {
    sqlx::query!("select pg_advisory_xact_lock(7236550, hashtext($1::uuid::text))", peer.uuid())
        .fetch_one(tx.conn())
        .await
        .map(drop)
}

/// How many applications a peer named since then.
pub(crate) async fn count(tx: &mut GlobalTx, peer: NetworkPeerId, since: Timestamp) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from creator_arrivals where peer_id = $1 and created_at > $2"#,
        peer.uuid(),
        since,
    )
    .fetch_one(tx.conn())
    .await
}

/// An announcement to store, whose email was queued in the same transaction.
#[derive(Debug)]
pub(crate) struct New<'a> {
    pub id: Uuid,
    pub peer: NetworkPeerId,
    pub jti: &'a str,
    pub digest: &'a [u8; 32],
    pub program: ProgramId,
    pub person: &'a Person,
    pub link_hash: &'a [u8; 32],
}

pub(crate) async fn insert(tx: &mut GlobalTx, new: &New<'_>, now: Timestamp) -> Result<(), sqlx::Error> {
    // The database's clock stands still within a transaction: that is the email which was queued just now.
    sqlx::query!(
        "insert into creator_arrivals (id, peer_id, jti, digest, program_id, email, person, link_hash, created_at, mail_id)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9,
                 (select max(id::text)::uuid from mails
                  where kind = 'creator_link' and recipient = $6 and created_at = now()))",
        new.id,
        new.peer.uuid(),
        new.jti,
        &new.digest[..],
        new.program.uuid(),
        new.person.email,
        Json(new.person) as _,
        &new.link_hash[..],
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// What is known about an application that a peer named.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub id: Uuid,
    pub digest: Option<Vec<u8>>,
    pub link_hash: Option<Vec<u8>>,
    pub mail_id: Option<Uuid>,
    pub tenant: Option<OrganizationId>,
    pub contact: Option<NetworkContactId>,
    pub revoked_at: Option<Timestamp>,
}

/// Whoever applies with it or takes it back waits until this transaction ends.
pub(crate) async fn named(
    tx: &mut GlobalTx,
    (peer, jti): (NetworkPeerId, &str),
) -> Result<Option<Arrival>, sqlx::Error> {
    sqlx::query_as!(
        Arrival,
        r#"select id, digest, link_hash, mail_id, tenant as "tenant: OrganizationId",
                  contact_id as "contact: NetworkContactId", revoked_at
           from creator_arrivals where peer_id = $1 and jti = $2 for update"#,
        peer.uuid(),
        jti,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Remembers that a peer took an application back that never arrived, so that it doesn't arrive later.
pub(crate) async fn insert_revoked(
    tx: &mut GlobalTx,
    id: Uuid,
    (peer, jti): (NetworkPeerId, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into creator_arrivals (id, peer_id, jti, created_at, revoked_at) values ($1, $2, $3, $4, $4)",
        id,
        peer.uuid(),
        jti,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Erases everything that an announcement says.
pub(crate) async fn revoke(conn: &mut PgConnection, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_arrivals
         set digest = null, email = null, person = null, link_hash = null, mail_id = null, creator_id = null,
             tenant = null, contact_id = null, revoked_at = $2
         where id = $1",
        id,
        now,
    )
    .execute(conn)
    .await
    .map(drop)
}

/// Deletes the link that an announcement caused, and the email with it. The transaction is bound to the link.
pub(crate) async fn delete_link(tx: &mut GlobalTx, link: &[u8; 32], mail: Option<Uuid>) -> Result<(), sqlx::Error> {
    sqlx::query!("delete from creator_links where token_hash = $1", &link[..]).execute(tx.conn()).await?;
    sqlx::query!("delete from mails where id = $1", mail).execute(tx.conn()).await.map(drop)
}

/// Forgets announcements that no one followed, those that were taken back, and those that are too old to be asked about.
pub(crate) async fn forget_old(tx: &mut GlobalTx, (unused, all): (Timestamp, Timestamp)) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "delete from creator_arrivals where created_at < $2 or (contact_id is null and created_at < $1)",
        unused,
        all,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
