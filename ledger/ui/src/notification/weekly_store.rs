//! SQL of the weekly summary.

use jiff::civil::Date;
use shared::id::OrganizationId;

use engine::sold;
use kit::{
    db::{TenantTx, TenantsTx},
    page::span::Span,
};

/// A live organization, its time zone, and the Monday of its last summary.
#[derive(Debug)]
pub(super) struct Known {
    pub organization: OrganizationId,
    pub time_zone: String,
    pub last: Option<String>,
}

/// The transaction's live organizations.
pub(super) async fn all(tx: &mut TenantsTx) -> Result<Vec<Known>, sqlx::Error> {
    let tenants = tx.tenant_ids();
    let rows = sqlx::query!(
        r#"select o.organization_id as "organization_id!", o.time_zone as "time_zone!", w.monday::text as last
           from organizations o left join weekly_summaries w on w.organization_id = o.organization_id
           where o.organization_id = any ($1) and o.mode = 'live'"#,
        &tenants,
    )
    .fetch_all(tx.conn())
    .await?;
    let known = rows.into_iter().map(|row| Known {
        organization: OrganizationId::new(row.organization_id),
        time_zone: row.time_zone,
        last: row.last,
    });
    Ok(known.collect())
}

/// Records that a Monday's summary is done; false if another process just did it.
pub(super) async fn take(tx: &mut TenantTx, monday: Date) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "insert into weekly_summaries as w (organization_id, monday) values ($1, $2::text::date)
         on conflict (organization_id) do update set monday = excluded.monday where w.monday < excluded.monday",
        tx.organization().uuid(),
        monday.to_string(),
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// An affiliate and their revenue in two weeks.
#[derive(Debug, Clone)]
pub(super) struct Mover {
    pub name: String,
    pub now: i64,
    pub before: i64,
}

/// The affiliate whose revenue in one currency changed most between a week and the one before.
pub(super) async fn mover(
    tx: &mut TenantTx,
    (this, previous): (&Span, &Span),
    currency: &str,
) -> Result<Option<Mover>, sqlx::Error> {
    sold!(
        Mover,
        r#"select a.name, m.now as "now!", m.before as "before!"
           from (select s.affiliate_id, coalesce(sum(s.revenue) filter (where e.now), 0)::bigint as now,
                        coalesce(sum(s.revenue) filter (where not e.now), 0)::bigint as before
                 from (values ($2::timestamptz, $3::timestamptz, true), ($4::timestamptz, $5::timestamptz, false))
                      e (from_at, to_at, now)
                 cross join lateral"#,
        ("e.from_at", "e.to_at"),
        r#"where s.currency = $6 group by 1) m
           join affiliates a on a.organization_id = $1 and a.id = m.affiliate_id
           where m.now <> m.before order by abs(m.now - m.before) desc, a.id limit 1"#,
        tx.organization().uuid(),
        this.from(),
        this.to(),
        previous.from(),
        previous.to(),
        currency,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Applications that wait for a decision.
pub(super) async fn applications(tx: &mut TenantTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from affiliates where organization_id = $1 and status = 'Pending'"#,
        tx.organization().uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
