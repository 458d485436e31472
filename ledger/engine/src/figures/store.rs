//! SQL of figures by day and by affiliate, exact in every time zone.

use std::collections::HashMap;

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{Clicks, Only, Sold, SoldBy};
use crate::{
    intake::{
        days_store::{self, By},
        facets_store::first_id,
    },
    sold,
};
use kit::{
    compiled_once,
    db::{TenantTx, plan_store},
    page::span::{Part, Span},
};

/// Clicks of each day: of the organization or one program, or of some affiliates.
#[compiled_once]
pub async fn clicks(
    tx: &mut TenantTx,
    span: &Span,
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
) -> Result<Vec<Clicks>, sqlx::Error> {
    let mut found = match affiliates {
        Some(affiliates) => clicks_of_affiliates(tx, span, affiliates, program).await?,
        None => clicks_of_all(tx, span, program).await?,
    };
    let only = Only { affiliates, program, ..Only::default() };
    found.extend(moved_clicks(tx, &span.parts(), &only).await?);
    Ok(found)
}

async fn clicks_of_all(tx: &mut TenantTx, span: &Span, program: Option<Uuid>) -> Result<Vec<Clicks>, sqlx::Error> {
    let (from, to) = span.hours();
    let (facet, value) = program.map_or_else(|| ("all", String::new()), |program| ("program", program.to_string()));
    sqlx::query_as!(
        Clicks,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", sum(clicks)::bigint as "clicks!"
           from click_facets
           where organization_id = $1 and facet = $5 and value = $6 and hour >= $2 and hour < $3 group by 1"#,
        tx.organization().uuid(),
        from,
        to,
        &span.hours_of_days(),
        facet,
        value,
    )
    .fetch_all(tx.conn())
    .await
}

async fn clicks_of_affiliates(
    tx: &mut TenantTx,
    span: &Span,
    affiliates: &[Uuid],
    program: Option<Uuid>,
) -> Result<Vec<Clicks>, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_as!(
        Clicks,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", sum(clicks)::bigint as "clicks!"
           from click_hours
           where organization_id = $1 and affiliate_id = any ($5) and hour >= $2 and hour < $3
             and ($6::uuid is null or program_id = $6) group by 1"#,
        tx.organization().uuid(),
        from,
        to,
        &span.hours_of_days(),
        affiliates,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// What roll-ups by hour count to the wrong day: added to the one, and taken from the other.
pub async fn moved_clicks(tx: &mut TenantTx, parts: &[Part], only: &Only<'_>) -> Result<Vec<Clicks>, sqlx::Error> {
    let ranges: Vec<_> = parts.iter().map(|part| (part.from, part.to)).collect();
    let found = single_clicks(tx, &ranges, only).await?;
    let both = found.into_iter().flat_map(|found| {
        let part = usize::try_from(found.day).ok().and_then(|at| parts.get(at));
        let own = part.and_then(|part| part.own).map(|day| Clicks { day, clicks: found.clicks });
        let counted = part.and_then(|part| part.counted).map(|day| Clicks { day, clicks: -found.clicks });
        [own, counted].into_iter().flatten()
    });
    Ok(both.collect())
}

/// Counts single clicks of each range; `day` is the number of the range.
pub async fn single_clicks(
    tx: &mut TenantTx,
    ranges: &[(Timestamp, Timestamp)],
    only: &Only<'_>,
) -> Result<Vec<Clicks>, sqlx::Error> {
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    plan_store::by_values(tx).await?;
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = ranges.iter().copied().unzip();
    // Clicks of affiliates have an index of their own; others are found by their ids, which begin with their time.
    let ids = |of: &[Timestamp], every: Uuid| match only.affiliates {
        Some(_) => vec![every; of.len()],
        None => of.iter().map(|at| first_id(*at)).collect(),
    };
    let (first, end) = (ids(&from, Uuid::nil()), ids(&to, Uuid::from_u128(u128::MAX)));
    sqlx::query_as!(
        Clicks,
        r#"select (e.number - 1)::integer as "day!", count(*) as "clicks!"
           from unnest($2::timestamptz[], $3::timestamptz[], $4::uuid[], $11::uuid[]) with ordinality
                e (from_at, to_at, first_id, end_id, number)
           join clicks c on c.organization_id = $1 and c.class = 'human' and c.clicked_at >= e.from_at
                        and c.clicked_at < e.to_at and c.id >= e.first_id and c.id < e.end_id
           where ($5::uuid[] is null or c.affiliate_id = any ($5))
             and ($6::uuid is null or c.program_id = $6) and ($7::uuid is null or c.link_id = $7)
             and ($8::text[] is null or coalesce(c.country, '') = any ($8)) and ($9::text[] is null or c.device = any ($9))
             and ($10::text[] is null or coalesce(c.referrer_host, '') = any ($10))
           group by 1"#,
        tx.organization().uuid(),
        &from,
        &to,
        &first,
        only.affiliates,
        only.program,
        only.link,
        only.countries,
        only.devices,
        only.sources,
        &end,
    )
    .fetch_all(tx.conn())
    .await
}

/// What was sold on each day: in all or in one program, by all or by some affiliates.
pub async fn sold(
    tx: &mut TenantTx,
    span: &Span,
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
) -> Result<Vec<Sold>, sqlx::Error> {
    if affiliates.is_none() && span.parts().is_empty() {
        return sold_by_hours(tx, span, program).await;
    }
    sold_in(tx, &span.bounds(), affiliates, program).await
}

/// From the roll-up by hour.
async fn sold_by_hours(tx: &mut TenantTx, span: &Span, program: Option<Uuid>) -> Result<Vec<Sold>, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_as!(
        Sold,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", currency,
                  sum(conversions)::bigint as "conversions!", sum(renewals)::bigint as "renewals!",
                  sum(leads)::bigint as "leads!", sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from conversion_hours
           where organization_id = $1 and hour >= $2 and hour < $3 and ($5::uuid is null or program_id = $5)
           group by 1, 2"#,
        tx.organization().uuid(),
        from,
        to,
        &span.hours_of_days(),
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// What was sold in each range, exactly; `day` is the number of the range.
pub async fn sold_in(
    tx: &mut TenantTx,
    ranges: &[(Timestamp, Timestamp)],
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
) -> Result<Vec<Sold>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    let (from, to): (Vec<Timestamp>, Vec<Timestamp>) = ranges.iter().copied().unzip();
    sold!(
        Sold,
        r#"select (e.number - 1)::integer as "day!", s.currency as "currency!", sum(s.conversions)::bigint as "conversions!",
                  sum(s.renewals)::bigint as "renewals!", sum(s.leads)::bigint as "leads!",
                  sum(s.revenue)::bigint as "revenue!", sum(s.commission)::bigint as "commission!"
           from unnest($2::timestamptz[], $3::timestamptz[]) with ordinality e (from_at, to_at, number)
           cross join lateral"#,
        ("e.from_at", "e.to_at"),
        r#"where ($4::uuid[] is null or s.affiliate_id = any ($4)) and ($5::uuid is null or s.program_id = $5)
           group by 1, 2
           having sum(s.conversions) <> 0 or sum(s.leads) <> 0 or sum(s.revenue) <> 0 or sum(s.commission) <> 0"#,
        tx.organization().uuid(),
        &from,
        &to,
        affiliates,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// What each affiliate sold in a period: of all or some affiliates, in all or one program. The currency with the most
/// conversions of an affiliate comes first.
pub async fn sold_by(
    tx: &mut TenantTx,
    (from, to): (Timestamp, Timestamp),
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
) -> Result<Vec<SoldBy>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sold!(
        SoldBy,
        r#"select s.affiliate_id as "affiliate!", s.currency as "currency!", sum(s.conversions)::bigint as "conversions!",
                  sum(s.renewals)::bigint as "renewals!", sum(s.revenue)::bigint as "revenue!",
                  sum(s.commission)::bigint as "commission!"
           from"#,
        ("$2::timestamptz", "$3::timestamptz"),
        r#"where ($4::uuid[] is null or s.affiliate_id = any ($4)) and ($5::uuid is null or s.program_id = $5)
           group by 1, 2
           having sum(s.conversions) <> 0 or sum(s.revenue) <> 0 or sum(s.commission) <> 0
           order by 1, sum(s.conversions) desc, 2"#,
        tx.organization().uuid(),
        from,
        to,
        affiliates,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// A program's clicks and conversions in a period.
#[derive(Debug, Default, Clone, Copy)]
pub struct OfProgram {
    pub clicks: i64,
    pub conversions: i64,
}

struct SoldOfProgram {
    program: Uuid,
    conversions: i64,
}

/// The figures of each program that has any.
pub async fn by_program(tx: &mut TenantTx, span: &Span) -> Result<HashMap<Uuid, OfProgram>, sqlx::Error> {
    let mut found: HashMap<Uuid, OfProgram> = HashMap::new();
    let (from, to) = span.hours();
    let organization = tx.organization();
    let clicks = sqlx::query!(
        r#"select value::uuid as "program!", sum(clicks)::bigint as "clicks!" from click_facets
           where organization_id = $1 and facet = 'program' and value <> '' and hour >= $2 and hour < $3 group by 1"#,
        organization.uuid(),
        from,
        to,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in clicks {
        found.entry(row.program).or_default().clicks = row.clicks;
    }
    if span.parts().is_empty() {
        let sold = sqlx::query!(
            r#"select program_id, sum(conversions)::bigint as "conversions!" from conversion_hours
               where organization_id = $1 and hour >= $2 and hour < $3 group by 1"#,
            organization.uuid(),
            from,
            to,
        );
        for row in sold.fetch_all(tx.conn()).await? {
            found.entry(row.program_id).or_default().conversions = row.conversions;
        }
        return Ok(found);
    }
    for (program, clicks) in days_store::moved(tx, By::Program, None, None, span).await? {
        found.entry(program).or_default().clicks += clicks;
    }
    let sold = sold!(
        SoldOfProgram,
        r#"select s.program_id as "program!", sum(s.conversions)::bigint as "conversions!" from"#,
        ("$2::timestamptz", "$3::timestamptz"),
        "group by 1",
        organization.uuid(),
        span.from(),
        span.to(),
    );
    for row in sold.fetch_all(tx.conn()).await? {
        found.entry(row.program).or_default().conversions = row.conversions;
    }
    Ok(found)
}
