//! SQL of cohorts: counts them from the sales, keeps them, and reads what was kept.

use shared::timestamp::Timestamp;
use uuid::Uuid;

use kit::db::{TenantTx, TenantsTx, plan_store, time_limit_store};

/// What the customers of one month brought in one month of their life. Customers are in cells without a currency,
/// amounts in cells with one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Cell {
    /// The first day of the cohort's month.
    pub month: String,
    pub age: i32,
    pub currency: String,
    pub customers: i64,
    pub revenue: i64,
    pub commission: i64,
}

/// The first days of the months that are shown, oldest first, and when they begin.
#[derive(Debug)]
pub(super) struct Months {
    pub days: Vec<String>,
    pub starts: Vec<Timestamp>,
}

/// Whose first sales are counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Whose {
    pub program: Option<Uuid>,
    pub affiliate: Option<Uuid>,
}

/// Counts the cohorts from all sales. A customer whose first sale was before these months is in none.
pub(super) async fn count(tx: &mut TenantTx, months: &Months, whose: Whose) -> Result<Vec<Cell>, sqlx::Error> {
    sqlx::query_as!(
        Cell,
        r#"with sold as materialized (
               select k.buyer_id as buyer, v.id, v.occurred_at, width_bucket(v.occurred_at, $2::timestamptz[]) as month,
                      v.program_id, v.affiliate_id, v.currency, v.amount - v.refunded as revenue
               from conversions v join customers k on k.organization_id = $1 and k.id = v.customer_id
               where v.organization_id = $1 and v.affiliate_id is not null and v.kind <> 'Lead'
                 and v.review is distinct from 'Denied'),
           first as (
               select distinct on (buyer) buyer, month, program_id, affiliate_id from sold order by buyer, occurred_at, id),
           seen as materialized (
               select ($3::text[])[f.month] as month, s.month - f.month as age, s.buyer, s.id, s.currency, s.revenue
               from sold s join first f on f.buyer = s.buyer
               where f.month > 0 and ($4::uuid is null or f.program_id = $4) and ($5::uuid is null or f.affiliate_id = $5))
           select month as "month!", age as "age!", currency as "currency!", sum(customers)::bigint as "customers!",
                  sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from (select month, age, '' as currency, count(distinct buyer) as customers, 0::numeric as revenue,
                        0::numeric as commission from seen group by 1, 2
                 union all
                 select month, age, currency, 0, sum(revenue), 0 from seen group by 1, 2, 3
                 union all
                 select s.month, s.age, c.currency, 0, 0, sum(c.amount) from seen s
                 join commissions c on c.organization_id = $1 and c.conversion_id = s.id group by 1, 2, 3) cells
           group by 1, 2, 3"#,
        tx.organization().uuid(),
        &months.starts,
        &months.days,
        whose.program,
        whose.affiliate,
    )
    .fetch_all(tx.conn())
    .await
}

/// Counts the cohorts of every program and affiliate, and keeps them instead of those of before, unless another process
/// does so or has done so since.
pub(super) async fn keep(
    tx: &mut TenantTx,
    months: &Months,
    since: Timestamp,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    let is_alone = sqlx::query_scalar!(
        r#"select pg_try_advisory_xact_lock(hashtextextended('cohorts/' || $1::uuid, 0)) as "alone!""#,
        organization.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    if !is_alone {
        return Ok(());
    }
    let taken = sqlx::query!(
        "insert into cohort_counts (organization_id, counted_at) values ($1, $2)
         on conflict (organization_id) do update set counted_at = excluded.counted_at where cohort_counts.counted_at < $3",
        organization.uuid(),
        now,
        since,
    )
    .execute(tx.conn())
    .await?;
    if taken.rows_affected() == 0 {
        return Ok(());
    }
    time_limit_store::lift(tx.conn()).await?;
    sqlx::query!("delete from cohort_months where organization_id = $1", organization.uuid())
        .execute(tx.conn())
        .await?;
    // The rows are counted because a cluster may refuse an insert that returns nothing, and there may be millions.
    sqlx::query_scalar!(
        r#"with sold as materialized (
             select k.buyer_id as buyer, v.id, v.occurred_at, width_bucket(v.occurred_at, $2::timestamptz[]) as month,
                    v.program_id, v.affiliate_id, v.currency, v.amount - v.refunded as revenue
             from conversions v join customers k on k.organization_id = $1 and k.id = v.customer_id
             where v.organization_id = $1 and v.affiliate_id is not null and v.kind <> 'Lead'
               and v.review is distinct from 'Denied'),
         first as (
             select distinct on (buyer) buyer, month, program_id, affiliate_id from sold order by buyer, occurred_at, id),
         seen as materialized (
             select f.program_id, f.affiliate_id, (($3::text[])[f.month])::date as month, s.month - f.month as age, s.buyer,
                    s.id, s.currency, s.revenue
             from sold s join first f on f.buyer = s.buyer where f.month > 0),
         kept as (
             insert into cohort_months (organization_id, program_id, affiliate_id, first_month, age, currency, customers,
                                        revenue, commission)
             select $1, program_id, affiliate_id, month, age, currency, sum(customers), sum(revenue), sum(commission)
             from (select program_id, affiliate_id, month, age, '' as currency, count(distinct buyer) as customers,
                          0::numeric as revenue, 0::numeric as commission from seen group by 1, 2, 3, 4
                   union all
                   select program_id, affiliate_id, month, age, currency, 0, sum(revenue), 0 from seen group by 1, 2, 3, 4, 5
                   union all
                   select s.program_id, s.affiliate_id, s.month, s.age, c.currency, 0, 0, sum(c.amount) from seen s
                   join commissions c on c.organization_id = $1 and c.conversion_id = s.id group by 1, 2, 3, 4, 5) cells
             group by program_id, affiliate_id, month, age, currency
             returning 1)
         select count(*) as "count!" from kept"#,
        organization.uuid(),
        &months.starts,
        &months.days,
    )
    .fetch_one(tx.conn())
    .await
    .map(drop)
}

/// When the cohorts were counted and kept.
pub(super) async fn counted_at(tx: &mut TenantTx) -> Result<Option<Timestamp>, sqlx::Error> {
    sqlx::query_scalar!("select counted_at from cohort_counts where organization_id = $1", tx.organization().uuid(),)
        .fetch_optional(tx.conn())
        .await
}

/// The cohorts that were kept, from a month on.
pub(super) async fn kept(tx: &mut TenantTx, from: &str, whose: Whose) -> Result<Vec<Cell>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sqlx::query_as!(
        Cell,
        r#"select first_month::text as "month!", age, currency, sum(customers)::bigint as "customers!",
                  sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from cohort_months
           where organization_id = $1 and first_month >= $2::text::date and ($3::uuid is null or program_id = $3)
             and ($4::uuid is null or affiliate_id = $4)
           group by 1, 2, 3"#,
        tx.organization().uuid(),
        from,
        whose.program,
        whose.affiliate,
    )
    .fetch_all(tx.conn())
    .await
}

/// Whether there are more customers than that.
pub(super) async fn has_more_customers(tx: &mut TenantTx, than: i64) -> Result<bool, sqlx::Error> {
    let one = sqlx::query_scalar!(
        r#"select 1 as "one!" from customers where organization_id = $1 order by id desc limit 1 offset $2"#,
        tx.organization().uuid(),
        than,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(one.is_some())
}

/// Organizations with more customers than that, whose cohorts weren't counted since then, and their time zones.
pub(super) async fn due(tx: &mut TenantsTx, than: i64, since: Timestamp) -> Result<Vec<(Uuid, String)>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        "select o.organization_id, o.time_zone from organizations o
         where o.organization_id = any ($1)
           and not exists (select 1 from cohort_counts c
                           where c.organization_id = o.organization_id and c.counted_at >= $2)
           and exists (select 1 from customers c where c.organization_id = o.organization_id offset $3)",
        &tenants,
        since,
        than,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.organization_id, row.time_zone)).collect())
}
