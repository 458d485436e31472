//! SQL of human clicks per UTC day. A day is summed up once it is over, and late clicks are added to it, so that
//! today's clicks don't each update a second row. Readers add the hours since the last summed day.

use std::collections::{BTreeMap, HashMap};

use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;
use uuid::Uuid;

use super::facets_store;
use kit::{
    db::{TenantTx, TenantsTx, lock_store, plan_store, time_limit_store},
    error::Error,
    jobs::OneByOne,
    page::span::Span,
    state::AppState,
};

const MS_PER_DAY: i64 = 86_400_000;
const MS_PER_HOUR: i64 = 3_600_000;
/// A day is summed up only this long after midnight: by then every transaction that treated it as today has committed.
const GRACE_MS: i64 = 2 * 3_600_000;
const TENANTS_PER_PAGE: usize = 1_000;

/// Tenant, day since 1970, program, affiliate, link.
pub type Key = (Uuid, i64, Uuid, Uuid, Uuid);

/// The day of a time, counted from 1970.
pub const fn day_of(moment: Timestamp) -> i64 {
    moment.millis().div_euclid(MS_PER_DAY)
}

/// The day with this number.
pub fn date(day: i64) -> Date {
    Timestamp::EPOCH.plus_days(day).date()
}

/// Adds clicks of past days. They are added to the day if it is already summed up; otherwise the sum will include them.
/// No one sums up a day of these tenants until this transaction ends.
pub async fn add_late(tx: &mut TenantsTx, late: &BTreeMap<Key, i64>) -> Result<(), sqlx::Error> {
    if late.is_empty() {
        return Ok(());
    }
    let organizations: Vec<Uuid> = late.keys().map(|key| key.0).collect();
    sqlx::query!(
        "select pg_advisory_xact_lock_shared(place)
         from (select distinct hashtextextended('click_days/' || id, 0) as place
               from unnest($1::uuid[]) id order by 1) places",
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
         select n.* from unnest($1::uuid[], $2::date[], $3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[])
                         n (organization_id, day, program_id, affiliate_id, link_id, clicks)
         join click_days_until u on u.organization_id = n.organization_id and n.day < u.day
         order by 1, 2, 3, 4, 5
         on conflict (organization_id, day, program_id, affiliate_id, link_id) do update set
             clicks = click_days.clicks + excluded.clicks",
        &organizations,
        &late.keys().map(|key| date(key.1)).collect::<Vec<_>>(),
        &late.keys().map(|key| key.2).collect::<Vec<_>>(),
        &late.keys().map(|key| key.3).collect::<Vec<_>>(),
        &late.keys().map(|key| key.4).collect::<Vec<_>>(),
        &late.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Sums up the days that are over, for all tenants. One that fails holds up no other.
pub async fn add_up(state: &AppState) -> Result<(), Error> {
    let mut one_by_one = OneByOne::of("maintenance");
    let until = date(day_of(state.clock.wall().plus_millis(-GRACE_MS)));
    for page in state.db.open_and_closed_tenants().await?.chunks(TENANTS_PER_PAGE) {
        let mut tx = state.db.tenants(page.to_vec()).await?;
        let due = sqlx::query_scalar!(
            "select o.organization_id from organizations o
             where o.organization_id = any ($1)
               and exists (select 1 from click_hours h where h.organization_id = o.organization_id)
               and not exists (select 1 from click_days_until u
                               where u.organization_id = o.organization_id and u.day >= $2)",
            &page.iter().map(|tenant| tenant.uuid()).collect::<Vec<_>>(),
            until,
        )
        .fetch_all(tx.conn())
        .await?;
        tx.commit().await?;
        for organization in due {
            let organization = OrganizationId::new(organization);
            one_by_one.note(organization, add_up_one(state, organization, until).await);
        }
    }
    one_by_one.result()
}

/// Waits for transactions that add late clicks, which share this lock, and lets none begin until the end of this one.
pub(super) async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    lock_store::lock(tx, "click_days").await
}

async fn add_up_one(state: &AppState, organization: OrganizationId, until: Date) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    lock(&mut tx).await?;
    time_limit_store::lift(tx.conn()).await?;
    let from = facets_store::added_until(&mut tx).await?;
    // The rows are counted because a cluster refuses an insert that returns nothing, and there may be millions.
    sqlx::query_scalar!(
        r#"with added as (
               insert into click_days (organization_id, day, program_id, affiliate_id, link_id, clicks)
               select $1, (hour at time zone 'UTC')::date, program_id, affiliate_id, link_id, sum(clicks) from click_hours
               where organization_id = $1 and clicks > 0 and hour < $2::date::timestamp at time zone 'UTC'
                 and hour >= coalesce((select day::timestamp at time zone 'UTC' from click_days_until
                                       where organization_id = $1), '-infinity')
               group by 2, 3, 4, 5 order by 2, 3, 4, 5
               returning 1)
           select count(*) as "count!" from added"#,
        organization.uuid(),
        until,
    )
    .fetch_one(tx.conn())
    .await?;
    if let Some(from) = from {
        facets_store::add_up(&mut tx, from, until).await?;
    }
    sqlx::query!(
        "insert into click_days_until (organization_id, day) values ($1, $2)
         on conflict (organization_id) do update set day = greatest(click_days_until.day, excluded.day)",
        organization.uuid(),
        until,
    )
    .execute(tx.conn())
    .await?;
    tx.commit().await
}

/// How clicks are grouped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    Affiliate,
    Link,
    Program,
}

impl By {
    const fn key(self) -> &'static str {
        match self {
            Self::Affiliate => "affiliate",
            Self::Link => "link",
            Self::Program => "program",
        }
    }
}

/// All clicks of an affiliate.
pub async fn of_all_time(tx: &mut TenantTx, affiliate: Uuid) -> Result<i64, sqlx::Error> {
    let organization = tx.organization();
    // The planner must know the values, or it would estimate the open hours as a third of all rows.
    plan_store::by_values(tx).await?;
    let until = sqlx::query_scalar!("select day from click_days_until where organization_id = $1", organization.uuid())
        .fetch_optional(tx.conn())
        .await?;
    sqlx::query_scalar!(
        r#"select coalesce(sum(clicks), 0)::bigint as "clicks!"
           from (select clicks from click_days where organization_id = $1 and affiliate_id = $2
                 union all
                 select clicks from click_hours where organization_id = $1 and affiliate_id = $2
                    and hour >= $3::date::timestamp at time zone 'UTC') c"#,
        organization.uuid(),
        affiliate,
        until.unwrap_or(date(0)),
    )
    .fetch_one(tx.conn())
    .await
}

/// A time in terms of the roll-ups: the hours before its first full day, the full days that are summed up, and the
/// hours after them.
#[derive(Debug, PartialEq, Eq)]
struct Parts {
    head: (Timestamp, Timestamp),
    /// Counted from 1970, the end excluded.
    days: (i64, i64),
    tail: (Timestamp, Timestamp),
}

impl Parts {
    /// `until` is the first day that isn't summed up. An hour belongs to the span in which it begins.
    fn of((from, to): (Timestamp, Timestamp), until: Option<i64>) -> Self {
        let midnight = |day| Timestamp::EPOCH.plus_days(day);
        let first = day_of(from.plus_millis(MS_PER_DAY - 1));
        let end = until.map_or(first, |until| until.min(day_of(to.plus_millis(MS_PER_HOUR - 1))));
        if end <= first {
            return Self { head: (from, to), days: (first, first), tail: (to, to) };
        }
        Self { head: (from, midnight(first)), days: (first, end), tail: (midnight(end), to) }
    }
}

/// Clicks of a span's days, of some or all affiliates and of one or all programs. Affiliates or links without clicks are
/// omitted.
pub async fn within(
    tx: &mut TenantTx,
    by: By,
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
    span: &Span,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let mut clicks: HashMap<Uuid, i64> =
        in_hours(tx, by, affiliates, program, span.hours()).await?.into_iter().collect();
    for (id, moved) in moved(tx, by, affiliates, program, span).await? {
        *clicks.entry(id).or_default() += moved;
    }
    Ok(clicks.into_iter().filter(|(_, clicks)| *clicks > 0).collect())
}

/// Single clicks at the edges of a span that roll-ups by hour lack, or have too many. None if its days begin on the hour.
pub(crate) async fn moved(
    tx: &mut TenantTx,
    by: By,
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
    span: &Span,
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let parts = span.parts();
    let (Some(first), Some(last)) = (parts.first(), parts.last()) else { return Ok(Vec::new()) };
    // Roll-ups count the first part of an hour to the day before the span, and the last one to the span.
    let ranges = [(first.from, first.to, 1_i64), (last.from, last.to, -1)];
    let ids = ranges.map(|(from, ..)| affiliates.map_or_else(|| facets_store::first_id(from), |_| Uuid::nil()));
    let rows = sqlx::query!(
        r#"select case $2 when 'link' then c.link_id when 'program' then c.program_id else c.affiliate_id end as "id!",
                  sum(e.factor)::bigint as "clicks!"
           from unnest($3::timestamptz[], $4::timestamptz[], $5::bigint[], $6::uuid[]) e (from_at, to_at, factor, first_id)
           join clicks c on c.organization_id = $1 and c.class = 'human' and c.clicked_at >= e.from_at
                        and c.clicked_at < e.to_at and c.id >= e.first_id
           where ($7::uuid[] is null or c.affiliate_id = any ($7)) and ($8::uuid is null or c.program_id = $8)
           group by 1"#,
        tx.organization().uuid(),
        by.key(),
        &ranges.map(|(from, ..)| from),
        &ranges.map(|(_, to, _)| to),
        &ranges.map(|(.., factor)| factor),
        &ids,
        affiliates,
        program,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.clicks)).collect())
}

/// Clicks in hours that begin within a time.
async fn in_hours(
    tx: &mut TenantTx,
    by: By,
    affiliates: Option<&[Uuid]>,
    program: Option<Uuid>,
    hours: (Timestamp, Timestamp),
) -> Result<Vec<(Uuid, i64)>, sqlx::Error> {
    let organization = tx.organization();
    // The planner must know the values, or it would estimate the open hours as a third of all rows.
    plan_store::by_values(tx).await?;
    let until = sqlx::query_scalar!(
        r#"select (day - date '1970-01-01')::bigint as "day!" from click_days_until where organization_id = $1"#,
        organization.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    let Parts { head, days, tail } = Parts::of(hours, until);
    let rows = sqlx::query!(
        r#"select case $2 when 'link' then link_id when 'program' then program_id else affiliate_id end as "id!",
                  sum(clicks)::bigint as "clicks!"
           from (select affiliate_id, link_id, program_id, clicks from click_days
                 where organization_id = $1 and ($3::uuid[] is null or affiliate_id = any ($3)) and day >= $4 and day < $5
                 union all
                 select affiliate_id, link_id, program_id, clicks from click_hours
                 where organization_id = $1 and ($3::uuid[] is null or affiliate_id = any ($3)) and hour >= $6 and hour < $7
                 union all
                 select affiliate_id, link_id, program_id, clicks from click_hours
                 where organization_id = $1 and ($3::uuid[] is null or affiliate_id = any ($3)) and hour >= $8 and hour < $9) c
           where $10::uuid is null or program_id = $10
           group by 1 having sum(clicks) > 0"#,
        organization.uuid(),
        by.key(),
        affiliates,
        date(days.0),
        date(days.1),
        head.0,
        head.1,
        tail.0,
        tail.1,
        program,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.clicks)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_is_read_by_whole_days_where_they_are_added_up() {
        let moment = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let day = |text: &str| day_of(moment(&format!("{text}T00:00:00Z")));
        // Three days in Berlin, and half an hour before each end.
        let span = (moment("2026-11-17T22:30:00Z"), moment("2026-11-20T22:30:00Z"));
        let whole = (day("2026-11-18"), day("2026-11-20"));
        let parts = Parts::of(span, Some(day("2026-11-21")));
        assert_eq!((parts.days, parts.head.0, parts.tail.1), (whole, span.0, span.1));
        assert_eq!(parts.head.1, moment("2026-11-18T00:00:00Z"));
        assert_eq!(parts.tail.0, moment("2026-11-20T00:00:00Z"));
        // A span of full UTC days is read without hours.
        let span = (moment("2026-11-17T23:30:00Z"), moment("2026-11-19T23:30:00Z"));
        let parts = Parts::of(span, Some(day("2026-11-21")));
        assert_eq!((parts.days, parts.tail.0), (whole, moment("2026-11-20T00:00:00Z")));
        // Days that aren't summed up are read by their hours, and so is a span without a full day.
        assert_eq!(Parts::of(span, Some(day("2026-11-19"))).days, (day("2026-11-18"), day("2026-11-19")));
        for until in [None, Some(day("2026-11-18"))] {
            let parts = Parts::of(span, until);
            assert!(parts.head == span && parts.days.0 == parts.days.1 && parts.tail.0 == parts.tail.1, "{parts:?}");
        }
        let short = (moment("2026-11-18T10:00:00Z"), moment("2026-11-18T12:00:00Z"));
        assert_eq!(Parts::of(short, Some(day("2026-11-21"))).head, short);
    }

    #[test]
    fn a_day_begins_at_midnight() {
        let day = |text: &str| day_of(Timestamp::parse_rfc3339(text).unwrap());
        assert_eq!(day("1970-01-01T23:59:59.999Z"), 0);
        assert_eq!(day("2026-11-21T00:00:00Z") - day("2026-11-20T23:59:59Z"), 1);
        assert_eq!(date(day("2026-11-21T12:00:00Z")).to_string(), "2026-11-21");
    }
}
