//! SQL of the affiliate list.

use std::sync::Arc;

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::ranked::Ranking;
use kit::{
    db::{TenantTx, plan_store},
    page::list::{COUNTED_MAX, Sort},
};

/// Maximum segments; no one picks from a longer list.
const SEGMENTS_MAX: i64 = 200;

/// The list's filters.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    pub status: Option<&'static str>,
    /// Part of a name, email or short name, in lower case.
    pub search: Option<String>,
    pub segment: Option<String>,
    /// Only affiliates with a link in this program.
    pub program: Option<ProgramId>,
    /// Of their payout account; empty for those without one.
    pub country: Option<String>,
    /// Whether they confirmed their address.
    pub confirmed: Option<bool>,
}

/// Page and order of the list.
#[derive(Debug, Clone)]
pub struct Part {
    pub sort: Sort,
    /// Figures of all affiliates, if the order needs them.
    pub ranking: Arc<Ranking>,
    pub limit: i64,
    pub offset: i64,
}

#[derive(Debug)]
pub struct Row {
    pub id: AffiliateId,
    pub slug: String,
    pub email: String,
    /// Whether they confirmed the address.
    pub email_confirmed: bool,
    pub name: String,
    pub status: String,
    pub segment: Option<String>,
    pub application: Option<serde_json::Value>,
    /// The programs through whose pages they applied, in that order.
    pub applied_to: Vec<String>,
    /// Here, or on the platform that they were imported from.
    pub joined_at: Timestamp,
}

/// A query for the affiliates `a` that match a filter, by their segments as of a time: how it begins and ends, followed
/// by the parameters of both from `$10` on. The list, its count and an action on all that match share it, so that none
/// of them reaches more than another.
macro_rules! affiliates {
    ($tx:ident, $filter:ident, $now:ident, $beginning:literal, $end:literal, $($parameter:expr),* $(,)?) => {
        sqlx::query!(
            $beginning
                + "
             where a.organization_id = $1 and ($3::text is null or a.status = $3)
               and ($4::text is null or strpos(lower(a.name), $4) > 0 or strpos(a.email, $4) > 0
                    or strpos(a.slug_key, $4) > 0 or a.id = $7)
               and ($5::text is null or $5 = (
                    select segment from affiliate_segments s
                    where s.organization_id = $1 and s.affiliate_id = a.id and s.effective_at <= $2
                    order by s.effective_at desc limit 1))
               and ($6::uuid is null or exists (select from links l where l.organization_id = $1
                                                and l.affiliate_id = a.id and l.program_id = $6))
               and ($8::text is null or $8 = coalesce((
                    select t.country from payout_accounts t
                    where t.organization_id = $1 and t.affiliate_id = a.id
                      and t.status <> 'Closed'), ''))
               and ($9::boolean is null or $9 = (a.proved_at is not null)) "
                + $end,
            $tx.organization().uuid(),
            $now,
            $filter.status,
            $filter.search,
            $filter.segment,
            $filter.program.map(ProgramId::uuid),
            $filter.search.as_deref().and_then(|text| text.parse::<AffiliateId>().ok()).map(AffiliateId::uuid),
            $filter.country,
            $filter.confirmed,
            $($parameter),*
        )
    };
}

/// Returns the affiliates of a page, in order. `sort.key` is `name`, `joined` or the ranking's key; the segment filter
/// uses the segments as of `now`.
pub async fn ids(
    tx: &mut TenantTx,
    filter: &Filter,
    part: &Part,
    now: Timestamp,
) -> Result<Vec<AffiliateId>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let (ids, figures): (Vec<Uuid>, Vec<i64>) = part.ranking.iter().copied().unzip();
    let order = if matches!(part.sort.key, "name" | "joined") { part.sort.key } else { "figure" };
    let found = affiliates!(
        tx,
        filter,
        now,
        "select a.id from affiliates a left join unnest($10::uuid[], $11::bigint[]) f (id, figure) on f.id = a.id",
        "order by case when $12 = 'name' and not $13 then lower(a.name) end,
                  case when $12 = 'name' and $13 then lower(a.name) end desc,
                  case when $12 = 'figure' and not $13 then coalesce(f.figure, 0) end,
                  case when $12 = 'figure' and $13 then coalesce(f.figure, 0) end desc,
                  case when $12 = 'joined' and not $13 then coalesce(a.joined_at, a.created_at) end,
                  case when $12 = 'joined' and $13 then coalesce(a.joined_at, a.created_at) end desc,
                  case when $12 = 'joined' and not $13 then a.id end,
                  case when $12 = 'joined' and $13::boolean then a.id end desc,
                  a.id
         limit $14 offset $15",
        &ids,
        &figures,
        order,
        part.sort.descending,
        part.limit,
        part.offset,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| AffiliateId::new(row.id)).collect())
}

/// Counts the affiliates of all pages, up to one more than a list counts.
pub async fn count(tx: &mut TenantTx, filter: &Filter, now: Timestamp) -> Result<i64, sqlx::Error> {
    let counted = affiliates!(
        tx,
        filter,
        now,
        r#"select count(*) as "count!" from (select 1 from affiliates a"#,
        "limit $10) w",
        COUNTED_MAX + 1,
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(counted.count)
}

/// The affiliates of all pages who were there at `until`, and their names.
pub async fn matching(
    tx: &mut TenantTx,
    filter: &Filter,
    now: Timestamp,
    until: Timestamp,
    limit: i64,
) -> Result<Vec<(AffiliateId, String)>, sqlx::Error> {
    let rows = affiliates!(
        tx,
        filter,
        now,
        "select a.id, a.name from affiliates a",
        "and a.created_at <= $10 order by a.id limit $11",
        until,
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), row.name)).collect())
}

/// Loads the given affiliates in the given order, with their segments as of `now`.
pub async fn rows(tx: &mut TenantTx, ids: &[AffiliateId], now: Timestamp) -> Result<Vec<Row>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select a.id, a.slug, a.email, a.name, a.status, a.application,
                  coalesce(a.joined_at, a.created_at) as "joined_at!", a.proved_at is not null as "email_confirmed!",
                  (select segment from affiliate_segments s
                   where s.organization_id = $1 and s.affiliate_id = a.id and s.effective_at <= $2
                   order by s.effective_at desc limit 1) as segment,
                  array(select g.name from applications p
                        join programs g on g.organization_id = p.organization_id and g.id = p.program_id
                        where p.organization_id = $1 and p.affiliate_id = a.id
                        order by p.created_at, g.id) as "applied_to!"
           from unnest($3::uuid[]) with ordinality w (id, place)
           join affiliates a on a.organization_id = $1 and a.id = w.id
           order by w.place"#,
        tx.organization().uuid(),
        now,
        &ids.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let rows = rows.into_iter().map(|row| Row {
        id: AffiliateId::new(row.id),
        slug: row.slug,
        email: row.email,
        email_confirmed: row.email_confirmed,
        name: row.name,
        status: row.status,
        segment: row.segment,
        application: row.application,
        applied_to: row.applied_to,
        joined_at: row.joined_at,
    });
    Ok(rows.collect())
}

/// Counts the pending affiliates, up to `limit`.
pub async fn waiting(tx: &mut TenantTx, limit: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from affiliates where organization_id = $1 and status = 'Pending' limit $2) w"#,
        tx.organization().uuid(),
        limit,
    )
    .fetch_one(tx.conn())
    .await
}

/// Every segment that an affiliate was ever in.
pub async fn segments(tx: &mut TenantTx) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select distinct segment as "segment!" from affiliate_segments
           where organization_id = $1 and segment is not null order by 1 limit $2"#,
        tx.organization().uuid(),
        SEGMENTS_MAX,
    )
    .fetch_all(tx.conn())
    .await
}

/// Names of the given affiliates.
pub async fn names(tx: &mut TenantTx, ids: &[AffiliateId]) -> Result<Vec<(AffiliateId, String)>, sqlx::Error> {
    let ids: Vec<Uuid> = ids.iter().map(|id| id.uuid()).collect();
    let rows = sqlx::query!(
        "select id, name from affiliates where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), row.name)).collect())
}
