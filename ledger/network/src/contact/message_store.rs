//! SQL of messages that someone hasn't read, and of the emails about them.

use shared::{
    id::{CreatorId, NetworkMessageId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{GlobalTx, TenantTx, TenantsTx};

/// Stores a message.
pub async fn insert(
    tx: &mut TenantTx,
    (id, creator): (NetworkMessageId, CreatorId),
    (from_brand, body): (bool, &str),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into network_messages (organization_id, id, creator_id, from_brand, body, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        tx.organization().uuid(),
        id.uuid(),
        creator.uuid(),
        from_brand,
        body,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The other side has the thread in front of it: it read what the brand (`from_brand`) or the creator wrote.
pub async fn read(tx: &mut TenantTx, creator: CreatorId, from_brand: bool, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_messages set read_at = $4
         where organization_id = $1 and creator_id = $2 and from_brand = $3 and read_at is null",
        tx.organization().uuid(),
        creator.uuid(),
        from_brand,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// One side of a thread, which has written what the other one hasn't read.
#[derive(Debug, Clone)]
pub struct Unread {
    pub organization: OrganizationId,
    pub brand: String,
    pub creator: CreatorId,
    pub from_brand: bool,
}

/// Sides of threads of all these brands with a message that no one has read or announced, the longest waiting first. A side is
/// left out while an earlier announcement of it is unread, and for an hour after it. What creators wrote to the brands `full`
/// is left out, too, as is all that the brands `failed` wrote or were written.
pub async fn unannounced(
    tx: &mut TenantsTx,
    (full, failed): (&[Uuid], &[Uuid]),
    now: Timestamp,
    limit: i64,
) -> Result<Vec<Unread>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    sqlx::query_as!(
        Unread,
        r#"select m.organization_id as "organization: OrganizationId", o.name as brand,
                  m.creator_id as "creator: CreatorId", m.from_brand
           from network_messages m join organizations o on o.organization_id = m.organization_id
           where m.organization_id = any ($1) and m.read_at is null and m.emailed_at is null
             and (m.from_brand or m.organization_id <> all ($4)) and m.organization_id <> all ($5)
             and not exists (select from network_messages e
                             where e.organization_id = m.organization_id and e.creator_id = m.creator_id
                               and e.from_brand = m.from_brand and e.emailed_at is not null
                               and (e.read_at is null or e.emailed_at > $2::timestamptz - interval '1 hour'))
           group by m.organization_id, o.name, m.creator_id, m.from_brand
           order by min(m.created_at) limit $3"#,
        &organizations,
        now as _,
        limit,
        full,
        failed,
    )
    .fetch_all(tx.conn())
    .await
}

/// Marks a side's messages as announced. Returns false if another process did it first, or someone has read them meanwhile.
pub async fn announced(
    tx: &mut TenantTx,
    creator: CreatorId,
    from_brand: bool,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update network_messages set emailed_at = $4
         where organization_id = $1 and creator_id = $2 and from_brand = $3 and emailed_at is null and read_at is null",
        tx.organization().uuid(),
        creator.uuid(),
        from_brand,
        now as _,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() > 0)
}

/// How many messages of a side are unread, and the last of them.
pub async fn digest(
    tx: &mut TenantTx,
    creator: CreatorId,
    from_brand: bool,
) -> Result<Option<(i64, String)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"select count(*) over () as "unread!", body from network_messages
           where organization_id = $1 and creator_id = $2 and from_brand = $3 and read_at is null
           order by created_at desc, id desc limit 1"#,
        tx.organization().uuid(),
        creator.uuid(),
        from_brand,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.unread, row.body)))
}

/// The creator's address and language, in their own transaction, if they want emails about this brand's messages.
pub async fn address(
    tx: &mut GlobalTx,
    creator: CreatorId,
    brand: OrganizationId,
) -> Result<Option<(String, Option<String>)>, sqlx::Error> {
    let row = sqlx::query!(
        "select email, language from creators c
         where id = $1 and message_emails
           and not exists (select from creator_profiles p where p.creator_id = c.id and $2 = any (p.hidden_from))",
        creator.uuid(),
        brand.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.email, row.language)))
}
