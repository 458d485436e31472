//! SQL of the public pages. The policy `public` shows listed programs of all organizations, and nothing else; those of
//! organizations that are scheduled for deletion are left out. The view `network_programs` adds those of peers.

use shared::timestamp::Timestamp;
use sqlx::types::Json;
use uuid::Uuid;

use super::{filter::Filter, query::Search, store::Row};
use kit::db::GlobalTx;
use rules::commission::plan::Component;

/// A program in a list of results.
#[derive(Debug, Clone)]
pub(super) struct Found {
    /// For the order of the results only.
    pub id: Uuid,
    /// The last part of its page's address; `None` for a program of another installation.
    pub handle: Option<String>,
    /// The other installation, and the program's name there.
    pub host: Option<String>,
    pub program: Option<String>,
    pub brand: String,
    pub title: String,
    pub summary: String,
    pub pays: Json<Vec<Component>>,
    pub topics: Vec<String>,
    pub window_days: i32,
    /// Where it stands in the order of the results, the first being the largest.
    pub rank: i64,
}

/// The number of results that have a value.
#[derive(Debug, Clone)]
pub(super) struct Count {
    /// `topic`, `country`, `language` or `earning`.
    pub facet: String,
    /// Empty for programs that are open to all countries or languages.
    pub value: String,
    pub count: i64,
}

/// Returns a page of results. `alike` compares the text by its letters instead of by whole words; `federates` adds the
/// programs of other installations.
pub(super) async fn search(
    tx: &mut GlobalTx,
    filter: &Filter,
    (alike, federates): (bool, bool),
    limit: i64,
) -> Result<Vec<Found>, sqlx::Error> {
    let Search { words, beginning, .. } = &filter.search;
    sqlx::query_as!(
        Found,
        r#"select id as "id!", handle, host, program, brand as "brand!", title as "title!", summary as "summary!",
                  pays as "pays!: Json<Vec<Component>>", topics as "topics!", window_days as "window_days!",
                  rank as "rank!"
           from (
               select l.id, l.handle, l.host, l.program, l.brand, l.title, l.summary, l.pays, l.topics, l.window_days,
                      case when $1 = '' or $9 then (extract(epoch from l.listed_at) * 1000)::bigint
                           when $4 then (rekomi_likeness($1, l.title || ' ' || l.brand) * 1000000)::bigint
                           else (ts_rank_cd(l.document, q.query, 1) * 1000000)::bigint end as rank
               from network_programs l
               cross join (select websearch_to_tsquery('simple', $2) && to_tsquery('simple', $3) as query) q
               where (l.host is null or $13)
                 and ($1 = '' or (not $4 and l.document @@ q.query)
                      or ($4 and rekomi_likeness($1, l.title || ' ' || l.brand) >= 0.45))
                 and ($5::text is null or l.topics @> array[$5])
                 and ($6::text is null or l.countries = '{}' or l.countries @> array[$6])
                 and ($7::text is null or l.languages = '{}' or l.languages @> array[$7])
                 and ($8::text is null or l.earnings @> array[$8])) found
           where $10::bigint is null or (rank, id) < ($10, $11)
           order by rank desc, id desc limit $12"#,
        filter.search.text,
        words,
        beginning,
        alike,
        filter.topic.map(|topic| topic.as_str()) as Option<&str>,
        filter.country as Option<&str>,
        filter.language.as_deref(),
        filter.earning.map(|earning| earning.as_str()) as Option<&str>,
        filter.newest,
        filter.after.map(|after| after.rank),
        filter.after.map(|after| after.program),
        limit,
        federates,
    )
    .fetch_all(tx.conn())
    .await
}

/// Counts the results by topic, country, language and kind of earning; each facet counts what its own choice would leave.
pub(super) async fn facets(
    tx: &mut GlobalTx,
    filter: &Filter,
    (alike, federates): (bool, bool),
) -> Result<Vec<Count>, sqlx::Error> {
    let Search { words, beginning, .. } = &filter.search;
    sqlx::query_as!(
        Count,
        r#"with found as materialized (
               select l.topics, l.countries, l.languages, l.earnings,
                      $5::text is null or l.topics @> array[$5] as by_topic,
                      $6::text is null or l.countries = '{}' or l.countries @> array[$6] as by_country,
                      $7::text is null or l.languages = '{}' or l.languages @> array[$7] as by_language,
                      $8::text is null or l.earnings @> array[$8] as by_earning
               from network_programs l
               cross join (select websearch_to_tsquery('simple', $2) && to_tsquery('simple', $3) as query) q
               where (l.host is null or $9)
                 and ($1 = '' or (not $4 and l.document @@ q.query)
                      or ($4 and rekomi_likeness($1, l.title || ' ' || l.brand) >= 0.45)))
           select 'topic' as "facet!", value as "value!", count(*) as "count!"
           from found, unnest(topics) value where by_country and by_language and by_earning group by value
           union all
           select 'country', value, count(*)
           from found, unnest(case when countries = '{}' then array[''] else countries end) value
           where by_topic and by_language and by_earning group by value
           union all
           select 'language', value, count(*)
           from found, unnest(case when languages = '{}' then array[''] else languages end) value
           where by_topic and by_country and by_earning group by value
           union all
           select 'earning', value, count(*)
           from found, unnest(earnings) value where by_topic and by_country and by_language group by value
           union all
           select 'all', '', count(*) from found where by_topic and by_country and by_language and by_earning"#,
        filter.search.text,
        words,
        beginning,
        alike,
        filter.topic.map(|topic| topic.as_str()) as Option<&str>,
        filter.country as Option<&str>,
        filter.language.as_deref(),
        filter.earning.map(|earning| earning.as_str()) as Option<&str>,
        federates,
    )
    .fetch_all(tx.conn())
    .await
}

/// Reads a listed program.
pub(super) async fn one(tx: &mut GlobalTx, handle: &str) -> Result<Option<Row>, sqlx::Error> {
    sqlx::query_as!(
        Row,
        r#"select l.organization_id, l.program_id, l.status, l.handle, l.brand, l.title, l.summary, l.description, l.site,
                  l.offer, l.pays as "pays: Json<Vec<Component>>", l.earnings, l.window_days, l.hold_days,
                  l.payout_rhythm, l.plan_version_id, l.currency, l.topics, l.formats, l.countries, l.languages,
                  l.channel_kinds, l.audience_min, l.who_for, l.forbidden, l.shares_figures, l.epc_band, l.approval_band,
                  l.payout_band, l.figures_at, l.searches_creators, l.version, l.submitted_at, l.approved_at, l.listed_at,
                  l.suspended_at, l.reason, l.created_at, l.updated_at
           from network_listings l join tenants t on t.id = l.organization_id and t.closed_at is null
           where l.handle = $1 and l.status = 'Listed'"#,
        handle,
    )
    .fetch_optional(tx.conn())
    .await
}

/// Returns the handles of listed programs with the time of their last change, the newest first.
pub(super) async fn handles(tx: &mut GlobalTx, limit: i64) -> Result<Vec<(String, Timestamp)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select l.handle, l.updated_at
         from network_listings l join tenants t on t.id = l.organization_id and t.closed_at is null
         where l.status = 'Listed' order by l.listed_at desc, l.program_id desc limit $1",
        limit,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.handle, row.updated_at)).collect())
}

/// The place behind a result.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct After {
    pub rank: i64,
    pub program: Uuid,
}
