//! SQL of a listing's figures. What was imported doesn't count, as its clicks and approvals weren't here.

use shared::{
    id::{OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use engine::history::past::COMPONENT;
use kit::db::{TenantTx, TenantsTx};
use rules::network::figures::{ApprovalBand, Approvals, Earnings, EarningsBand, Punctuality, PunctualityBand};

/// Finds listings whose brands share figures that were last counted before `before`.
pub(super) async fn due(
    tx: &mut TenantsTx,
    before: Timestamp,
) -> Result<Vec<(OrganizationId, ProgramId, String)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        "select organization_id, program_id, currency from network_listings
         where organization_id = any ($1) and shares_figures and status = 'Listed'
           and (figures_at is null or figures_at < $2)
         order by 1, 2",
        &tenants,
        before,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.program_id, row.currency)).collect())
}

/// Counts clicks, and what sales and leads earned in one currency, in the UTC days since a day. It reads the commissions of
/// these days through the index `commissions_happened`.
pub(super) async fn earnings(
    tx: &mut TenantTx,
    (program, currency): (ProgramId, &str),
    (since, until): (Timestamp, Timestamp),
) -> Result<Earnings, sqlx::Error> {
    sqlx::query_as!(
        Earnings,
        r#"with sellers as (
               select distinct affiliate_id from conversion_days
               where organization_id = $1 and program_id = $2 and currency = $3
                 and day >= ($4::timestamptz at time zone 'UTC')::date and day < ($5::timestamptz at time zone 'UTC')::date),
           earned as (
               select c.affiliate_id, sum(c.amount)::bigint as commission
               from sellers s
               join commissions c on c.organization_id = $1 and c.affiliate_id = s.affiliate_id
                    and c.happened_at >= date_trunc('day', $4::timestamptz, 'UTC')
                    and c.happened_at < date_trunc('day', $5::timestamptz, 'UTC')
               where c.program_id = $2 and c.currency = $3 and c.kind = 'Conversion' and c.status <> 'Denied'
                 and c.component_id is distinct from $6
               group by 1)
           select count(*) as "affiliates!", coalesce(sum(commission), 0)::bigint as "commission!",
                  coalesce(max(commission), 0) as "largest!",
                  (select coalesce(sum(clicks), 0)::bigint from click_days
                   where organization_id = $1 and program_id = $2
                     and day >= ($4::timestamptz at time zone 'UTC')::date
                     and day < ($5::timestamptz at time zone 'UTC')::date) as "clicks!"
           from earned"#,
        tx.organization().uuid(),
        program.uuid(),
        currency,
        since,
        until,
        COMPONENT,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts how soon the commissions of sales between two times were approved.
pub(super) async fn approvals(
    tx: &mut TenantTx,
    program: ProgramId,
    (since, until): (Timestamp, Timestamp),
) -> Result<Approvals, sqlx::Error> {
    sqlx::query_as!(
        Approvals,
        r#"select count(distinct affiliate_id) as "affiliates!", count(*) as "commissions!",
                  coalesce(percentile_cont(0.5) within group (
                      order by (extract(epoch from approved_at - happened_at) / 86400)::double precision), 0) as "median_days!"
           from commissions
           where organization_id = $1 and program_id = $2 and kind = 'Conversion' and approved_at is not null
             and happened_at >= $3 and happened_at < $4 and component_id is distinct from $5"#,
        tx.organization().uuid(),
        program.uuid(),
        since,
        until,
        COMPONENT,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts commissions that were approved between two times, and those of them that were sent within `days` days.
pub(super) async fn punctuality(
    tx: &mut TenantTx,
    program: ProgramId,
    (since, until): (Timestamp, Timestamp),
    days: i32,
) -> Result<Punctuality, sqlx::Error> {
    sqlx::query_as!(
        Punctuality,
        r#"with sent as (
               select i.commission_id, min(p.sent_at) as sent_at
               from payouts p
               join payout_items i on i.organization_id = p.organization_id and i.payout_id = p.id
               where p.organization_id = $1 and p.status = 'Sent' and p.sent_at >= $3
               group by i.commission_id)
           select count(distinct c.affiliate_id) as "affiliates!", count(*) as "commissions!",
                  count(*) filter (where s.sent_at <= c.approved_at + make_interval(days => $5)) as "in_time!"
           from commissions c left join sent s on s.commission_id = c.id
           where c.organization_id = $1 and c.program_id = $2 and c.amount > 0 and c.status in ('Approved', 'Paid')
             and c.approved_at >= $3 and c.approved_at < $4 and c.component_id is distinct from $6"#,
        tx.organization().uuid(),
        program.uuid(),
        since,
        until,
        days,
        COMPONENT,
    )
    .fetch_one(tx.conn())
    .await
}

/// Keeps the bands, if the brand still shares figures. The version increases only if a band changed.
pub(super) async fn keep(
    tx: &mut TenantTx,
    program: ProgramId,
    (epc, approval, payout): (Option<EarningsBand>, Option<ApprovalBand>, Option<PunctualityBand>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update network_listings
         set version = version + case when (epc_band, approval_band, payout_band) is distinct from ($3, $4, $5)
                                      then 1 else 0 end,
             epc_band = $3, approval_band = $4, payout_band = $5, figures_at = $6
         where organization_id = $1 and program_id = $2 and shares_figures",
        tx.organization().uuid(),
        program.uuid(),
        epc.map(EarningsBand::as_str),
        approval.map(ApprovalBand::as_str),
        payout.map(PunctualityBand::as_str),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
