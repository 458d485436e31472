//! SQL of flags. Their transactions say that they are the operator's: a creator can't change what is noted about them.

use shared::{
    id::{CreatorId, OrganizationId},
    timestamp::Timestamp,
};
use sqlx::PgConnection;
use uuid::Uuid;

use super::{Flag, Reason};
use kit::db::{GlobalTx, TenantTx, TenantsTx};

/// Shows the transaction what the operator sees.
pub async fn operate(conn: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::query!("select set_config('rekomi.operator', 'yes', true)").fetch_one(conn).await.map(drop)
}

/// What to note.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct New {
    pub creator: Option<CreatorId>,
    pub other: Option<CreatorId>,
    pub detail: String,
}

/// Notes something, or counts it once more. What an operator found harmless isn't noted again about the same two creators.
pub(super) async fn raise(
    tx: &mut GlobalTx,
    (id, reason): (Uuid, Reason),
    new: &New,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into creator_flags (id, creator_id, reason, other_id, detail, created_at, last_at)
         select $1, $2, $3, $4, $5, $6, $6
         where $4::uuid is null
            or not exists (select from creator_flags f where f.creator_id = $2 and f.reason = $3 and f.other_id = $4
                           and f.decided_by is not null and not f.upheld)
         on conflict (creator_id, reason) where decided_at is null do update
         set times = creator_flags.times + 1, last_at = excluded.last_at, detail = excluded.detail,
             other_id = coalesce(excluded.other_id, creator_flags.other_id)",
        id,
        new.creator.map(CreatorId::uuid),
        reason.as_str(),
        new.other.map(CreatorId::uuid),
        new.detail,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Whether something about the creator waits for the operator. In a transaction of the creator.
pub async fn is_flagged(tx: &mut GlobalTx, creator: CreatorId) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from creator_flags where creator_id = $1 and decided_at is null) as "is_flagged!""#,
        creator.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Open flags, those first whose creators wait to be listed.
pub async fn open(tx: &mut GlobalTx, limit: i64) -> Result<Vec<Flag>, sqlx::Error> {
    sqlx::query_as!(
        Flag,
        r#"select f.id, f.creator_id as "creator: CreatorId", p.name as "name?", f.reason as "reason: Reason",
                  f.other_id as "other: CreatorId", o.name as "other_name?", f.detail, f.times, f.last_at,
                  coalesce(p.waits_since is not null, false) as "waits!",
                  coalesce(p.suspended_at is not null, false) as "suspended!"
           from creator_flags f
           left join creator_profiles p on p.creator_id = f.creator_id
           left join creator_profiles o on o.creator_id = f.other_id
           where f.decided_at is null
           order by p.waits_since is null, p.waits_since, f.created_at, f.id limit $1"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Decides an open flag; returns whose it is and why, or `None` if there is no such open flag.
pub async fn decide(
    tx: &mut GlobalTx,
    id: Uuid,
    (upheld, by): (bool, &str),
    now: Timestamp,
) -> Result<Option<(Option<CreatorId>, Reason)>, sqlx::Error> {
    let row = sqlx::query!(
        r#"update creator_flags set decided_at = $2, upheld = $3, decided_by = $4
           where id = $1 and decided_at is null returning creator_id as "creator: CreatorId", reason as "reason: Reason""#,
        id,
        now as _,
        upheld,
        by,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.creator, row.reason)))
}

/// Lists a creator who waited, if nothing is left to look at. In a transaction of the creator.
pub async fn release(tx: &mut GlobalTx, creator: CreatorId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update creator_profiles set listed_at = coalesce(listed_at, $2), waits_since = null
         where creator_id = $1 and waits_since is not null and suspended_at is null
           and cardinality(topics) > 0 and exists (select from creator_channels c where c.creator_id = $1)
           and not exists (select from creator_flags f where f.creator_id = $1 and f.decided_at is null)",
        creator.uuid(),
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Ends the wait without listing. In a transaction of the creator.
pub async fn refuse(tx: &mut GlobalTx, creator: CreatorId) -> Result<(), sqlx::Error> {
    sqlx::query!("update creator_profiles set waits_since = null where creator_id = $1", creator.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// What follows from a flag that the operator cleared: an address that isn't disposable no longer keeps the creator from
/// being listed. In a transaction of the creator.
pub async fn harmless(tx: &mut GlobalTx, creator: CreatorId, reason: Reason) -> Result<(), sqlx::Error> {
    if reason != Reason::DisposableAddress {
        return Ok(());
    }
    sqlx::query!("update creators set is_disposable = false where id = $1", creator.uuid())
        .execute(tx.conn())
        .await
        .map(drop)
}

/// What is noted about a creator, for their own export. In a transaction of the creator.
pub async fn of_creator(tx: &mut GlobalTx, creator: CreatorId) -> Result<serde_json::Value, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select coalesce(jsonb_agg(jsonb_build_object('reason', reason, 'detail', detail, 'times', times,
               'createdAt', created_at, 'decidedAt', decided_at, 'upheld', upheld) order by created_at), '[]') as "flags!"
           from creator_flags where creator_id = $1"#,
        creator.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// Notes that the brand tried to send more invitations than it may.
pub(super) async fn raise_brand(tx: &mut TenantTx, id: Uuid, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into network_flags (organization_id, id, reason, created_at, last_at)
         values ($1, $2, 'TooManyInvitations', $3, $3)
         on conflict (organization_id, reason) where decided_at is null do update
         set times = network_flags.times + 1, last_at = excluded.last_at",
        tx.organization().uuid(),
        id,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// An open flag of a brand.
#[derive(Debug, Clone)]
pub struct BrandFlag {
    pub id: Uuid,
    pub organization: OrganizationId,
    pub brand: String,
    pub times: i32,
    pub last_at: Timestamp,
}

pub async fn open_of_brands(tx: &mut TenantsTx, limit: i64) -> Result<Vec<BrandFlag>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query_as!(
        BrandFlag,
        r#"select f.id, f.organization_id as "organization: OrganizationId", o.name as brand, f.times, f.last_at
           from network_flags f join organizations o on o.organization_id = f.organization_id
           where f.organization_id = any ($1) and f.decided_at is null order by f.created_at limit $2"#,
        &tenants,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Decides a brand's open flag; false if there is none.
pub async fn decide_brand(
    tx: &mut TenantTx,
    id: Uuid,
    (upheld, by): (bool, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update network_flags set decided_at = $3, upheld = $4, decided_by = $5
         where organization_id = $1 and id = $2 and decided_at is null",
        tx.organization().uuid(),
        id,
        now as _,
        upheld,
        by,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}
