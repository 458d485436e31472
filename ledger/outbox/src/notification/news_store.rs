//! SQL for the marks of affiliates with news. They are written along with clicks and commissions, so that the job that
//! emails the news reads only these affiliates, however many organizations exist.

use std::collections::BTreeSet;

use shared::{
    id::{AffiliateId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, TenantsTx};
use rules::commission::{Commission, Held};

/// How long something counts as news, in days.
pub const NEWS_DAYS: i64 = 2;

/// Affiliates of live organizations who may be emailed; sorted, so that two transactions lock them in the same order.
pub type Affiliates = BTreeSet<(OrganizationId, AffiliateId)>;

/// Whether a commission is news to its affiliate: before, it didn't exist, was worth nothing, or waited for a review. A
/// commission waiting for a review may be based on a made-up sale.
pub fn is_news(before: Option<&Commission>, now: &Commission) -> bool {
    let counts = |row: &Commission| row.amount > 0 && !matches!(row.held, Some(Held::Review | Held::FirstSale));
    counts(now) && before.is_none_or(|before| !counts(before))
}

fn columns(affiliates: &Affiliates) -> (Vec<Uuid>, Vec<Uuid>) {
    affiliates.iter().map(|(organization, affiliate)| (organization.uuid(), affiliate.uuid())).unzip()
}

/// Records clicks on affiliates' links: news unless they were notified of a click before.
pub async fn clicked(tx: &mut TenantsTx, affiliates: &Affiliates, wall: Timestamp) -> Result<(), sqlx::Error> {
    if affiliates.is_empty() {
        return Ok(());
    }
    let (organizations, ids) = columns(affiliates);
    sqlx::query!(
        "insert into milestone_emails (organization_id, affiliate_id, click_due_at)
         select a.organization_id, a.id, $3 from unnest($1::uuid[], $2::uuid[]) n (organization_id, id)
         join affiliates a on a.organization_id = n.organization_id and a.id = n.id
         join organizations o on o.organization_id = a.organization_id
         where a.status = 'Approved' and a.erased_at is null and o.mode = 'live'
           and not exists (select 1 from milestone_emails l
                           where l.organization_id = a.organization_id and l.affiliate_id = a.id
                             and (l.first_click_at is not null or l.click_due_at is not null))
         order by 1, 2
         on conflict (organization_id, affiliate_id) do update set click_due_at = excluded.click_due_at",
        &organizations,
        &ids,
        wall,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records new commissions of affiliates: news, at most once a day.
pub async fn earned(tx: &mut TenantsTx, affiliates: &Affiliates, now: Timestamp) -> Result<(), sqlx::Error> {
    if affiliates.is_empty() {
        return Ok(());
    }
    let (organizations, ids) = columns(affiliates);
    sqlx::query!(
        "insert into milestone_emails (organization_id, affiliate_id, earned_due_at)
         select a.organization_id, a.id, greatest($3, l.earned_until + interval '1 day')
         from unnest($1::uuid[], $2::uuid[]) n (organization_id, id)
         join affiliates a on a.organization_id = n.organization_id and a.id = n.id
         join organizations o on o.organization_id = a.organization_id
         left join milestone_emails l on l.organization_id = a.organization_id and l.affiliate_id = a.id
         where a.status = 'Approved' and a.erased_at is null and o.mode = 'live' and l.earned_due_at is null
         order by 1, 2
         on conflict (organization_id, affiliate_id) do update set earned_due_at = excluded.earned_due_at",
        &organizations,
        &ids,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The transaction's organizations with affiliates to notify.
pub async fn waiting(tx: &mut TenantsTx, now: Timestamp) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"select organization_id as "id!" from milestone_emails where click_due_at is not null
           union
           select organization_id from milestone_emails where earned_due_at <= $1
           order by 1"#,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Takes some affiliates who may now be notified of commissions: they are due again once they have new ones.
pub async fn take_earned(tx: &mut TenantTx, now: Timestamp, limit: i64) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "with due as materialized (
             select affiliate_id from milestone_emails where organization_id = $1 and earned_due_at <= $2
             order by affiliate_id limit $3 for update)
         update milestone_emails set earned_due_at = null
         where organization_id = $1 and affiliate_id in (select affiliate_id from due)
         returning affiliate_id",
        tx.organization().uuid(),
        now,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}
