//! SQL of the maintenance of tax forms.

use shared::{
    id::{AffiliateId, OrganizationId, TaxFormId},
    timestamp::Timestamp,
};
use time::Date;

use super::store::{self, Row};
use kit::db::{TenantTx, TenantsTx};

/// The transaction's tenants that may have work: a form expires or its retention is over, someone was paid this year,
/// or the organization was erased and a form is still in force.
/// (An index finds the last payout; with `exists`, Postgres may read all payouts, as it expects to find one soon.)
pub(super) async fn with_work(tx: &mut TenantsTx, today: Date, year: i32) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select o.organization_id from organizations o
         where exists (select from tax_forms f where f.organization_id = o.organization_id and f.status = 'Valid'
                         and f.expires_on <= $1::date + 60)
            or exists (select from tax_forms f where f.organization_id = o.organization_id and f.ended_at is not null
                         and f.sealed_form is not null and f.keep_until < $1)
            or (o.erased_at is not null
                and exists (select from tax_forms f where f.organization_id = o.organization_id and f.ended_at is null
                              and f.sealed_form is not null))
            or (select max(p.sent_at) from payouts p where p.organization_id = o.organization_id)
                   >= make_timestamptz($2, 1, 1, 0, 0, 0, 'UTC') - interval '1 day'
         order by 1",
        today,
        year,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(OrganizationId::new).collect())
}

/// Forms in force after their last day.
pub(super) async fn expired(tx: &mut TenantTx, today: Date, limit: i64) -> Result<Vec<TaxFormId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from tax_forms where organization_id = $1 and status = 'Valid' and expires_on < $2
         order by expires_on, id limit $3",
        tx.organization().uuid(),
        today,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(TaxFormId::new).collect())
}

/// Forms in force whose last day is near and whose affiliate has no later form waiting; without those that had this
/// reminder.
pub(super) async fn expiring(
    tx: &mut TenantTx,
    today: Date,
    soon: Date,
    limit: i64,
) -> Result<Vec<TaxFormId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select f.id from tax_forms f
         where f.organization_id = $1 and f.status = 'Valid' and f.expires_on between $2 and $3
           and not exists (select from tax_forms w where w.organization_id = $1 and w.affiliate_id = f.affiliate_id
                             and w.status = 'Submitted')
           and not exists (select from tax_reminders r where r.organization_id = $1 and r.affiliate_id = f.affiliate_id
                             and r.about = f.id::text
                             and r.kind = case when f.expires_on <= $2::date + 7 then 'expires_7'
                                               when f.expires_on <= $2::date + 30 then 'expires_30' else 'expires_60' end)
         order by f.expires_on, f.id limit $4",
        tx.organization().uuid(),
        today,
        soon,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(TaxFormId::new).collect())
}

/// Ended forms whose retention period is over.
pub(super) async fn kept_enough(tx: &mut TenantTx, today: Date, limit: i64) -> Result<Vec<Row>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from tax_forms where organization_id = $1 and ended_at is not null and sealed_form is not null
           and keep_until < $2 order by ended_at limit $3",
        tx.organization().uuid(),
        today,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut rows = Vec::new();
    for id in ids {
        rows.extend(store::read(tx, TaxFormId::new(id)).await?);
    }
    Ok(rows)
}

/// Affiliates with a form in force, if the organization was erased.
pub(super) async fn left_behind(tx: &mut TenantTx, limit: i64) -> Result<Vec<AffiliateId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select distinct f.affiliate_id from tax_forms f
         where f.organization_id = $1 and f.ended_at is null and f.sealed_form is not null
           and exists (select from organizations o where o.organization_id = $1 and o.erased_at is not null)
         order by 1 limit $2",
        tx.organization().uuid(),
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(AffiliateId::new).collect())
}

/// Records a reminder before it is posted. False if they already had it.
pub(super) async fn remind(
    tx: &mut TenantTx,
    affiliate: AffiliateId,
    (kind, about): (&str, &str),
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into tax_reminders (organization_id, affiliate_id, kind, about, sent_at) values ($1, $2, $3, $4, $5)
         on conflict do nothing",
        tx.organization().uuid(),
        affiliate.uuid(),
        kind,
        about,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An email's recipient.
#[derive(Debug)]
pub(super) struct Person {
    pub(super) affiliate: AffiliateId,
    pub(super) name: String,
    pub(super) email: String,
}

pub(super) async fn people(tx: &mut TenantTx, affiliates: &[AffiliateId]) -> Result<Vec<Person>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, name, email from affiliates where organization_id = $1 and id = any ($2) order by id",
        tx.organization().uuid(),
        &affiliates.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let people =
        rows.into_iter().map(|row| Person { affiliate: AffiliateId::new(row.id), name: row.name, email: row.email });
    Ok(people.collect())
}
