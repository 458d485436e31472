//! SQL for the list of programs, a program's figures, and its last activity, computed from roll-ups.

use shared::{
    id::{ClickId, ProgramId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use engine::figures::store as figures;
use kit::{
    db::TenantTx,
    page::{
        list::{PageOf, Sort},
        span::Span,
    },
};
use rules::commission::plan::Component;

const MS_PER_HOUR: i64 = 3_600_000;

#[derive(Debug)]
pub(super) struct Row {
    pub(super) id: ProgramId,
    pub(super) name: String,
    pub(super) slug: String,
    pub(super) archived: bool,
    pub(super) affiliates: i64,
    pub(super) clicks: i64,
    pub(super) conversions: i64,
    pub(super) components: Vec<Component>,
}

/// Active or archived programs, with their figures in a period.
pub(super) async fn programs(
    tx: &mut TenantTx,
    (archived, sort, page): (bool, Sort, PageOf),
    span: &Span,
    now: Timestamp,
) -> Result<Vec<Row>, sqlx::Error> {
    let figures = figures::by_program(tx, span).await?;
    let known: Vec<Uuid> = figures.keys().copied().collect();
    let rows = sqlx::query!(
        r#"select p.id, p.name, p.slug, p.archived_at is not null as "archived!", f.affiliates as "affiliates!",
                  f.clicks as "clicks!", f.conversions as "conversions!",
                  v.components as "components?: Json<Vec<Component>>"
           from programs p
           left join unnest($2::uuid[], $9::bigint[], $10::bigint[]) s (program_id, clicks, conversions)
                on s.program_id = p.id
           cross join lateral (
               select (select count(distinct l.affiliate_id) from links l
                       where l.organization_id = $1 and l.program_id = p.id) as affiliates,
                      coalesce(s.clicks, 0) as clicks, coalesce(s.conversions, 0) as conversions) f
           left join lateral (
               select components from plan_versions v
               where v.organization_id = $1 and v.program_id = p.id and v.affiliate_id is null
                 and v.segment is null
               order by v.effective_at <= $3 desc, abs(extract(epoch from v.effective_at - $3)) limit 1) v on true
           where p.organization_id = $1 and $4 = (p.archived_at is not null)
           order by case when $5 = 'name' and not $6 then lower(p.name) end,
                    case when $5 = 'name' and $6 then lower(p.name) end desc,
                    case $5 when 'affiliates' then f.affiliates when 'clicks' then f.clicks
                            when 'conversions' then f.conversions end * case when $6 then -1 else 1 end,
                    p.id desc
           limit $7 offset $8"#,
        tx.organization().uuid(),
        &known,
        now,
        archived,
        sort.key,
        sort.descending,
        page.limit(),
        page.offset(),
        &figures.values().map(|of| of.clicks).collect::<Vec<_>>(),
        &figures.values().map(|of| of.conversions).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let row = rows.into_iter().map(|row| Row {
        id: row.id,
        name: row.name,
        slug: row.slug,
        archived: row.archived,
        affiliates: row.affiliates,
        clicks: row.clicks,
        conversions: row.conversions,
        components: row.components.map(|components| components.0).unwrap_or_default(),
    });
    Ok(row.collect())
}

/// Whether the organization has any program, including archived ones.
pub(super) async fn has_any(tx: &mut TenantTx) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select exists (select from programs where organization_id = $1) as "any!""#,
        tx.organization().uuid()
    )
    .fetch_one(tx.conn())
    .await
}

/// The organization's home currency.
pub(super) async fn home_currency(tx: &mut TenantTx) -> Result<String, sqlx::Error> {
    let own = sqlx::query_scalar!(
        "select home_currency from organizations where organization_id = $1",
        tx.organization().uuid()
    );
    Ok(own.fetch_one(tx.conn()).await?.unwrap_or_else(|| "USD".to_owned()))
}

/// A program's last activity.
#[derive(Debug)]
pub(super) struct Seen {
    pub(super) click: Option<Timestamp>,
    pub(super) conversion: Option<Timestamp>,
    /// The source of the conversion: `Server`, `Pixel`, a gateway.
    pub(super) source: Option<String>,
}

/// Finds the last activity since `from`. The roll-ups show which hour and day to search.
pub(super) async fn seen(tx: &mut TenantTx, program: ProgramId, from: Timestamp) -> Result<Seen, sqlx::Error> {
    let organization = tx.organization();
    let last = sqlx::query!(
        r#"select (select max(hour) from click_facets
                   where organization_id = $1 and facet = 'program' and value = $2::uuid::text and hour >= $3) as hour,
                  (select max(day) from conversion_days
                   where organization_id = $1 and program_id = $2 and conversions > 0
                     and day >= ($3::timestamptz at time zone 'UTC')::date) as day"#,
        organization.uuid(),
        program.uuid(),
        from,
    )
    .fetch_one(tx.conn())
    .await?;
    let click = match last.hour {
        Some(hour) => Some(last_click(tx, program, hour).await?),
        None => None,
    };
    let conversion = sqlx::query!(
        "select occurred_at, source from conversions
         where organization_id = $1 and program_id = $2
           and occurred_at >= $3::date::timestamp at time zone 'UTC'
           and occurred_at < ($3 + 1)::timestamp at time zone 'UTC'
         order by occurred_at desc, id desc limit 1",
        organization.uuid(),
        program.uuid(),
        last.day,
    )
    .fetch_optional(tx.conn())
    .await?;
    let (conversion, source) = conversion.map(|row| (row.occurred_at, row.source)).unzip();
    Ok(Seen { click, conversion, source })
}

/// The last click of an hour, found by its id, which begins with the time (RFC 9562, section 5.7); the hour itself if
/// no id matches.
async fn last_click(tx: &mut TenantTx, program: ProgramId, hour: Timestamp) -> Result<Timestamp, sqlx::Error> {
    let after = hour.plus_millis(MS_PER_HOUR);
    let first_id = |moment: Timestamp| ClickId::v7(moment.millis().unsigned_abs(), &[0; 10]).uuid();
    // The condition on the click's time limits the query to one partition.
    let click = sqlx::query_scalar!(
        "select clicked_at from clicks
         where organization_id = $1 and program_id = $2 and class = 'human' and id >= $3 and id < $4
           and clicked_at >= $5 and clicked_at < $6
         order by id desc limit 1",
        tx.organization().uuid(),
        program.uuid(),
        first_id(hour),
        first_id(after),
        hour,
        after,
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(click.unwrap_or(hour))
}

/// The number of a program's affiliates, active links, and gateways that report its sales.
#[derive(Debug)]
pub(super) struct Counts {
    pub(super) affiliates: i64,
    pub(super) links: i64,
    pub(super) gateways: i64,
}

pub(super) async fn counts(tx: &mut TenantTx, program: ProgramId) -> Result<Counts, sqlx::Error> {
    sqlx::query_as!(
        Counts,
        r#"select (select count(distinct affiliate_id) from links
                   where organization_id = $1 and program_id = $2) as "affiliates!",
                  (select count(*) from links
                   where organization_id = $1 and program_id = $2 and disabled_at is null) as "links!",
                  (select count(*) from gateway_connections
                   where organization_id = $1 and program_id = $2 and removed_at is null
                     and status = 'active') as "gateways!""#,
        tx.organization().uuid(),
        program.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}
