//! SQL of what operators decide. Reports are read and decided in transactions of their brands.

use shared::{
    id::{CreatorId, NetworkMessageId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{GlobalTx, TenantTx, TenantsTx};

/// An open report.
#[derive(Debug, Clone)]
pub(super) struct Report {
    pub(super) id: NetworkMessageId,
    pub(super) organization: OrganizationId,
    pub(super) brand: String,
    pub(super) creator: CreatorId,
    /// `None` if the creator has no profile.
    pub(super) name: Option<String>,
    pub(super) suspended: bool,
    pub(super) by_brand: bool,
    pub(super) reason: String,
    pub(super) created_at: Timestamp,
    /// How many reports there are about the creator and about the brand, without those found unjustified.
    pub(super) about_creator: i64,
    pub(super) about_brand: i64,
    /// The brand's programs that [`listed`] returns.
    pub(super) listings: i64,
}

/// Open reports of both sides, oldest first. The transaction shows what the operator sees.
pub(super) async fn reports(tx: &mut TenantsTx, limit: i64) -> Result<Vec<Report>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    sqlx::query_as!(
        Report,
        r#"select r.id as "id: NetworkMessageId", r.organization_id as "organization: OrganizationId", o.name as brand,
                  r.creator_id as "creator: CreatorId", p.name as "name?",
                  coalesce(p.suspended_at is not null, false) as "suspended!", r.by_brand, r.reason, r.created_at,
                  (select count(*) from network_reports x
                   where x.organization_id = any ($1) and x.creator_id = r.creator_id and x.by_brand
                     and coalesce(x.upheld, true)) as "about_creator!",
                  (select count(*) from network_reports x
                   where x.organization_id = r.organization_id and not x.by_brand
                     and coalesce(x.upheld, true)) as "about_brand!",
                  (select count(*) from network_listings l
                   where l.organization_id = r.organization_id
                     and (l.status in ('Listed', 'Submitted') or l.approved_at is not null)) as "listings!"
           from network_reports r
           join organizations o on o.organization_id = r.organization_id
           left join creator_profiles p on p.creator_id = r.creator_id
           where r.organization_id = any ($1) and r.decided_at is null
           order by r.created_at, r.id limit $2"#,
        &tenants,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Decides an open report; returns whether the brand filed it, or `None` if there is no such open report.
pub(super) async fn decide(
    tx: &mut TenantTx,
    id: Uuid,
    (upheld, by, note): (bool, &str, &str),
    now: Timestamp,
) -> Result<Option<bool>, sqlx::Error> {
    sqlx::query_scalar!(
        "update network_reports set decided_at = $3, upheld = $4, decided_by = $5, note = $6
         where organization_id = $1 and id = $2 and decided_at is null returning by_brand",
        tx.organization().uuid(),
        id,
        now as _,
        upheld,
        by,
        note,
    )
    .fetch_optional(tx.conn())
    .await
}

/// The brand's programs that are listed or submitted, or that it could list again without an operator.
pub(super) async fn listed(tx: &mut TenantTx) -> Result<Vec<ProgramId>, sqlx::Error> {
    sqlx::query_scalar!(
        "select program_id from network_listings
         where organization_id = $1 and (status in ('Listed', 'Submitted') or approved_at is not null)
         order by program_id limit 500",
        tx.organization().uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Suspends the creator with a reason, or restores them without one. In a transaction of the creator; false if there is no
/// such creator, or it is so already.
pub(super) async fn suspend(
    tx: &mut GlobalTx,
    creator: CreatorId,
    reason: Option<&str>,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update creators set suspended_at = case when $2::text is null then null else $3::timestamptz end,
                             suspended_reason = $2
         where id = $1 and (suspended_at is null) = ($2::text is not null)",
        creator.uuid(),
        reason,
        now as _,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "update creator_profiles p set suspended_at = c.suspended_at, waits_since = null,
             listed_at = case when c.suspended_at is null then p.listed_at end
         from creators c where c.id = $1 and p.creator_id = $1",
        creator.uuid(),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Something that an operator decided about a creator.
#[derive(Debug, Clone)]
pub(super) struct Decision {
    /// `None` if the creator erased their account since.
    pub(super) creator: Option<CreatorId>,
    pub(super) name: Option<String>,
    pub(super) action: String,
    pub(super) note: String,
    pub(super) decided_by: String,
    pub(super) created_at: Timestamp,
    /// Whether it is the suspension that holds now.
    pub(super) holds: bool,
}

/// The newest decisions, suspensions that hold first.
pub(super) async fn decisions(tx: &mut GlobalTx, limit: i64) -> Result<Vec<Decision>, sqlx::Error> {
    sqlx::query_as!(
        Decision,
        r#"select d.creator_id as "creator: CreatorId", p.name as "name?", d.action, d.note, d.decided_by, d.created_at,
                  d.action = 'Suspended' and d.creator_id is not null
                      and not exists (select from creator_decisions later where later.creator_id = d.creator_id
                                      and later.action in ('Suspended', 'Restored') and later.id > d.id) as "holds!"
           from creator_decisions d left join creator_profiles p on p.creator_id = d.creator_id
           order by "holds!" desc, d.created_at desc, d.id desc limit $1"#,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Records a decision. The transaction shows what the operator sees.
pub(super) async fn record(
    tx: &mut GlobalTx,
    id: Uuid,
    (creator, action, note): (Option<CreatorId>, &str, &str),
    by: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into creator_decisions (id, creator_id, action, note, decided_by, created_at)
         values ($1, $2, $3, $4, $5, $6)",
        id,
        creator.map(CreatorId::uuid),
        action,
        note,
        by,
        now as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
