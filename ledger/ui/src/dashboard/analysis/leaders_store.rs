//! SQL of the leaderboard.

use shared::id::ProgramId;
use uuid::Uuid;

use engine::sold;
use kit::{
    db::{TenantTx, plan_store},
    page::span::Span,
};

/// Which affiliates are ranked, and by what.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Order {
    /// `revenue`, `sales` or `commission`.
    pub key: &'static str,
    /// Of amounts.
    pub currency: String,
    pub program: Option<Uuid>,
}

/// An affiliate's figures in a period, and where they stood in the one before.
#[derive(Debug, Clone)]
pub(super) struct Leader {
    pub affiliate: Uuid,
    pub name: String,
    pub slug: String,
    pub sales: i64,
    pub renewals: i64,
    pub revenue: i64,
    pub commission: i64,
    pub place: i64,
    pub place_before: Option<i64>,
}

/// The best affiliates, in order.
pub(super) async fn leaders(
    tx: &mut TenantTx,
    span: &Span,
    order: &Order,
    limit: i64,
) -> Result<Vec<Leader>, sqlx::Error> {
    let before = span.previous();
    plan_store::by_values(tx).await?;
    sold!(
        Leader,
        r#"with sold as (
               select s.affiliate_id, s.program_id, s.currency, s.conversions, s.renewals, s.revenue, s.commission, e.now
               from (values ($2::timestamptz, $3::timestamptz, true), ($4::timestamptz, $5::timestamptz, false))
                    e (from_at, to_at, now)
               cross join lateral"#,
        ("e.from_at", "e.to_at"),
        r#"where $8::uuid is null or s.program_id = $8),
           summed as (
               select affiliate_id,
                      coalesce(sum(conversions) filter (where now), 0)::bigint as sales,
                      coalesce(sum(renewals) filter (where now), 0)::bigint as renewals,
                      coalesce(sum(revenue) filter (where now and currency = $7), 0)::bigint as revenue,
                      coalesce(sum(commission) filter (where now and currency = $7), 0)::bigint as commission,
                      coalesce(sum(case when $6::text = 'sales' then conversions when currency <> $7 then 0
                                        when $6 = 'revenue' then revenue else commission end)
                                   filter (where not now), 0)::bigint as figure_before
               from sold group by 1),
           figured as (
               select *, case when $6 = 'sales' then sales when $6 = 'revenue' then revenue else commission end as figure
               from summed),
           placed as (
               select *, rank() over (order by figure desc) as place, rank() over (order by figure_before desc) as place_before
               from figured)
           select p.affiliate_id as "affiliate!", a.name as "name!", a.slug as "slug!", p.sales as "sales!",
                  p.renewals as "renewals!", p.revenue as "revenue!", p.commission as "commission!", p.place as "place!",
                  case when p.figure_before > 0 then p.place_before end as place_before
           from placed p join affiliates a on a.organization_id = $1 and a.id = p.affiliate_id
           where p.figure > 0 order by p.figure desc, p.affiliate_id limit $9"#,
        tx.organization().uuid(),
        span.from(),
        span.to(),
        before.from(),
        before.to(),
        order.key,
        &order.currency,
        order.program,
        limit,
    )
    .fetch_all(tx.conn())
    .await
}

/// Currencies of the period, of one or all programs; those with the most sales first.
pub(super) async fn currencies(
    tx: &mut TenantTx,
    span: &Span,
    program: Option<ProgramId>,
    limit: i64,
) -> Result<Vec<String>, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_scalar!(
        "select currency from conversion_hours where organization_id = $1 and hour >= $2 and hour < $3
           and ($5::uuid is null or program_id = $5)
         group by 1 having sum(conversions) > 0 order by sum(conversions) desc, 1 limit $4",
        tx.organization().uuid(),
        from,
        to,
        limit,
        program.map(ProgramId::uuid),
    )
    .fetch_all(tx.conn())
    .await
}
