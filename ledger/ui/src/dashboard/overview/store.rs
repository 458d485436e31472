//! SQL of the overview's figures: sums over roll-ups, so that the cost doesn't grow with clicks and conversions. Only
//! where the organization's days don't begin with those of a roll-up, what lies between is counted one by one.
//!
//! The span determines which hours and days of the roll-ups belong to it.

use jiff::civil::Date;
use shared::{id::AffiliateId, timestamp::Timestamp};
use uuid::Uuid;

use super::slice_store::Whose;
use engine::{
    figures::{Clicks, Sold, store as figures},
    intake::facets_store::first_id,
    sold,
};
use kit::{
    db::{TenantTx, plan_store},
    page::{
        span::{Part, Span},
        zone::Zone,
    },
};

const HALF_A_DAY_MS: i64 = 43_200_000;

/// The days of a span and of the one that it is compared with, and the hours of roll-ups that each covers. There may be a
/// gap between the two, which counts for neither. Days are numbered from the first earlier one.
#[derive(Debug, Clone)]
pub struct Days {
    /// The first hour of each day. With these Postgres assigns hours to days, at a third of the cost of a time zone
    /// conversion for each hour.
    pub(super) starts: Vec<Timestamp>,
    /// Empty if there is no comparison.
    pub(super) earlier: (Timestamp, Timestamp),
    pub(super) own: (Timestamp, Timestamp),
    /// Start and end of each day: of the earlier ones as far as they are comparable, and of the span's own.
    pub(super) bounds: Vec<(Timestamp, Timestamp)>,
    /// The parts of hours that roll-ups by hour count to another day.
    pub(super) parts: Vec<Part>,
    /// The UTC days, both inclusive, that come closest to the earlier days and the span's own; with the first after the last
    /// if there is no comparison. If the span isn't over, the earlier ones are those that are comparable as a whole.
    pub(super) earlier_utc: (Date, Date),
    pub(super) own_utc: (Date, Date),
    /// The hours after these earlier UTC days that are comparable, too; empty if there are none.
    pub(super) earlier_part: (Timestamp, Timestamp),
}

impl Days {
    pub fn of(span: &Span) -> Self {
        let (own, compared) = (span.hours(), span.earlier());
        let whole = compared.as_ref().map_or((own.0, own.0), Span::hours);
        let earlier = span.earlier_hours().unwrap_or((own.0, own.0));
        // Days are numbered as if there was a comparison.
        let before = compared.clone().unwrap_or_else(|| span.previous());
        let until = if span.is_unfinished() { earlier.1 } else { before.to() };
        let comparable = |at: Timestamp| if compared.is_some() { at.min(until) } else { before.from() };
        let bounds = before.bounds().into_iter().map(|(from, to)| (from, comparable(to).max(from)));
        let parts = before.parts().into_iter().filter(|part| compared.is_some() && part.from < earlier.1);
        let moved = |part: Part| {
            let day = |day: i32| day.saturating_add(span.days());
            Part { own: part.own.map(day), counted: part.counted.map(day), ..part }
        };
        let (mut earlier_utc, mut part_from) = (utc_days(whole), earlier.1);
        if compared.is_some() && span.is_unfinished() {
            let midnight = Zone::utc().start_of(Zone::utc().day_of(earlier.1));
            earlier_utc.1 = Zone::utc().day_of(midnight.plus_millis(-1));
            part_from = midnight.max(earlier.0);
        }
        Self {
            starts: [before.hours_of_days(), span.hours_of_days()].concat(),
            earlier,
            own,
            bounds: bounds.chain(span.bounds()).collect(),
            earlier_utc,
            own_utc: utc_days(own),
            earlier_part: (part_from, earlier.1),
            parts: parts.chain(span.parts().into_iter().map(moved)).collect(),
        }
    }

    /// The bounds of the span's own days, and the number of the first one.
    pub(super) fn own_bounds(&self) -> (&[(Timestamp, Timestamp)], i32) {
        let first = self.bounds.len() / 2;
        (self.bounds.get(first..).unwrap_or_default(), i32::try_from(first).unwrap_or(i32::MAX))
    }

    /// What UTC days that are added up leave out of each earlier day, with the number of the day.
    pub(super) fn left_out(&self, added_until: Timestamp) -> Vec<(i32, (Timestamp, Timestamp))> {
        let (from, to) = (self.earlier_part.0, self.earlier_part.1.min(added_until));
        let earlier = (0_i32..).zip(&self.bounds).take(self.bounds.len() / 2);
        let ranges = earlier.map(|(day, bounds)| (day, (bounds.0.max(from), bounds.1.min(to))));
        ranges.filter(|(_, (from, to))| from < to).collect()
    }

    /// The same with a whole UTC day in place of a part of one.
    #[must_use]
    pub(super) fn with_whole_days(self) -> Self {
        let (from, to) = self.earlier_part;
        if from >= to {
            return self;
        }
        Self { earlier_utc: (self.earlier_utc.0, Zone::utc().day_of(from)), earlier_part: (to, to), ..self }
    }

    /// Start and end of the earlier days, and of the span's own.
    pub(super) fn both(&self) -> [(Timestamp, Timestamp); 2] {
        let (earlier, own) = self.bounds.split_at(self.bounds.len() / 2);
        [earlier, own].map(|days| {
            let (first, last) = (days.first(), days.last());
            (first.map_or(Timestamp::EPOCH, |day| day.0), last.map_or(Timestamp::EPOCH, |day| day.1))
        })
    }
}

/// The UTC days whose noon is in some hours, both inclusive.
fn utc_days((from, to): (Timestamp, Timestamp)) -> (Date, Date) {
    let day = |at: Timestamp| Zone::utc().day_of(at);
    (day(from.plus_millis(HALF_A_DAY_MS - 1)), day(to.plus_millis(-HALF_A_DAY_MS - 1)))
}

/// All clicks, as a facet.
pub const ALL: (&str, &str) = ("all", "");

/// Loads clicks by people with some values of a facet, omitting days without any.
pub async fn clicks(
    tx: &mut TenantTx,
    days: &Days,
    (facet, values): (&str, &[String]),
) -> Result<Vec<Clicks>, sqlx::Error> {
    sqlx::query_as!(
        Clicks,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!",
                  sum(clicks)::bigint as "clicks!"
           from click_facets
           where organization_id = $1 and facet = $7 and value = any ($8)
             and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3) group by 1"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        facet,
        values,
    )
    .fetch_all(tx.conn())
    .await
}

/// Loads conversions of one or all programs.
pub async fn sold(tx: &mut TenantTx, days: &Days, program: Option<Uuid>) -> Result<Vec<Sold>, sqlx::Error> {
    if !days.parts.is_empty() {
        return figures::sold_in(tx, &days.bounds, None, program).await;
    }
    sqlx::query_as!(
        Sold,
        r#"select width_bucket(hour, $4::timestamptz[]) - 1 as "day!", currency,
                  sum(conversions)::bigint as "conversions!", sum(renewals)::bigint as "renewals!",
                  sum(leads)::bigint as "leads!", sum(revenue)::bigint as "revenue!", sum(commission)::bigint as "commission!"
           from conversion_hours
           where organization_id = $1 and (hour >= $2 and hour < $5 or hour >= $6 and hour < $3)
             and ($7::uuid is null or program_id = $7) group by 1, 2"#,
        tx.organization().uuid(),
        days.earlier.0,
        days.own.1,
        &days.starts,
        days.earlier.1,
        days.own.0,
        program,
    )
    .fetch_all(tx.conn())
    .await
}

/// Counts affiliates with a click by a person, or a sale that counts. It only probes indexes per affiliate, since there are
/// many times more clicks.
pub async fn active(tx: &mut TenantTx, span: &Span) -> Result<i64, sqlx::Error> {
    let (from, to) = span.hours();
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from affiliates a
           cross join lateral (
               (select 1 from click_hours h
                where h.organization_id = $1 and h.affiliate_id = a.id and h.hour >= $2 and h.hour < $3
                  and h.clicks > 0 limit 1)
               union all
               (select 1 from conversions c
                where c.organization_id = $1 and c.affiliate_id = a.id and c.occurred_at >= $4 and c.occurred_at < $5
                  and c.kind <> 'Lead' and c.review is distinct from 'Denied' limit 1)
               limit 1) seen
           where a.organization_id = $1"#,
        tx.organization().uuid(),
        from,
        to,
        span.from(),
        span.to(),
    )
    .fetch_one(tx.conn())
    .await
}

/// A top affiliate, without amounts.
#[derive(Debug)]
pub struct Best {
    pub id: AffiliateId,
    pub name: String,
    pub slug: String,
    pub sales: i64,
}

/// The affiliates with the most sales; of one program or currency, or among some affiliates.
pub(super) async fn best(
    tx: &mut TenantTx,
    span: &Span,
    (whose, currency): (Whose<'_>, Option<&str>),
    limit: i64,
) -> Result<Vec<Best>, sqlx::Error> {
    plan_store::by_values(tx).await?;
    sold!(
        Best,
        r#"select a.id as "id: AffiliateId", b.sales as "sales!", a.name, a.slug
           from (select s.affiliate_id, sum(s.conversions)::bigint as sales, sum(s.commission) as earned
                 from"#,
        ("$2::timestamptz", "$3::timestamptz"),
        r#"where ($5::uuid is null or s.program_id = $5) and ($6::uuid[] is null or s.affiliate_id = any ($6))
                   and ($7::text is null or s.currency = $7)
                 group by 1 having sum(s.conversions) > 0
                 order by 2 desc, 3 desc, 1 limit $4) b
           join affiliates a on a.organization_id = $1 and a.id = b.affiliate_id
           order by b.sales desc, b.earned desc, b.affiliate_id"#,
        tx.organization().uuid(),
        span.from(),
        span.to(),
        limit,
        whose.program,
        whose.affiliates,
        currency,
    )
    .fetch_all(tx.conn())
    .await
}

/// Affiliates with the most clicks, to fill the ranking of a brand where few have sold. Omits those in `but`.
pub(super) async fn most_clicked(
    tx: &mut TenantTx,
    span: &Span,
    whose: Whose<'_>,
    but: &[Uuid],
    limit: i64,
) -> Result<Vec<Best>, sqlx::Error> {
    let (from, to) = span.hours();
    let rows = sqlx::query!(
        r#"select b.affiliate_id, a.name, a.slug
           from (select affiliate_id, sum(clicks) as clicks from click_hours
                 where organization_id = $1 and hour >= $2 and hour < $3 and affiliate_id <> all ($4)
                   and ($6::uuid is null or program_id = $6) and ($7::uuid[] is null or affiliate_id = any ($7))
                 group by 1 having sum(clicks) > 0 order by 2 desc, 1 limit $5) b
           join affiliates a on a.organization_id = $1 and a.id = b.affiliate_id
           order by b.clicks desc, b.affiliate_id"#,
        tx.organization().uuid(),
        from,
        to,
        but,
        limit,
        whose.program,
        whose.affiliates,
    )
    .fetch_all(tx.conn())
    .await?;
    let best = rows.into_iter().map(|row| Best { id: row.affiliate_id, name: row.name, slug: row.slug, sales: 0 });
    Ok(best.collect())
}

/// An affiliate's revenue in one currency.
#[derive(Debug)]
pub struct Brought {
    pub affiliate: Uuid,
    pub currency: String,
    pub revenue: i64,
}

/// The values of a facet with the most clicks; an unknown value is empty, and a website is without `www.`.
pub async fn facet(tx: &mut TenantTx, facet: &str, span: &Span, limit: i64) -> Result<Vec<(String, i64)>, sqlx::Error> {
    let ((from, to), parts) = (span.hours(), span.parts());
    // What roll-ups by hour lack of the span's first hour, and have too much of its last one.
    let edges = [parts.first().map(|part| (part, 1_i64)), parts.last().map(|part| (part, -1))];
    let edges: Vec<(&Part, i64)> = edges.into_iter().flatten().collect();
    plan_store::by_values(tx).await?;
    let rows = sqlx::query!(
        r#"select substr(value, case when value like 'www.%' then 5 else 1 end) as "value!", sum(clicks)::bigint as "clicks!"
           from (select value, clicks from click_facets
                 where organization_id = $1 and facet = $2 and hour >= $3 and hour < $4
                 union all
                 select case when $2 = 'country' then coalesce(c.country, '') when $2 = 'source' then coalesce(c.referrer_host, '')
                             else c.device end, e.factor
                 from unnest($6::timestamptz[], $7::timestamptz[], $8::bigint[], $9::uuid[]) e (from_at, to_at, factor, first_id)
                 join clicks c on c.organization_id = $1 and c.class = 'human' and c.id >= e.first_id
                              and c.clicked_at >= e.from_at and c.clicked_at < e.to_at) f
           group by 1 having sum(clicks) > 0 order by 2 desc, 1 limit $5"#,
        tx.organization().uuid(),
        facet,
        from,
        to,
        limit,
        &edges.iter().map(|(part, _)| part.from).collect::<Vec<_>>(),
        &edges.iter().map(|(part, _)| part.to).collect::<Vec<_>>(),
        &edges.iter().map(|(_, factor)| *factor).collect::<Vec<_>>(),
        &edges.iter().map(|(part, _)| first_id(part.from)).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.value, row.clicks)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::api::query::Query;

    fn days(query: &str, zone: &str) -> Days {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let span = Span::read(&mut Query::parse(query).unwrap(), &Zone::named(zone), now).unwrap();
        Days::of(&span.comparing(&mut Query::parse(query).unwrap()).unwrap())
    }

    #[test]
    fn utc_days_leave_a_gap_out() {
        let of = |query: &str, zone: &str| {
            let days = days(query, zone);
            let write = |(first, last): (Date, Date)| format!("{first} {last}");
            (write(days.earlier_utc), write(days.own_utc))
        };
        let both = |earlier: &str, own: &str| (earlier.to_owned(), own.to_owned());
        let (past, year) = ("from=2026-10-01&to=2026-10-03", "from=2026-10-01&to=2026-10-03&compare=year");
        for zone in ["UTC", "America/Los_Angeles", "Asia/Kolkata", "Etc/GMT+12"] {
            assert_eq!(of(past, zone), both("2026-09-28 2026-09-30", "2026-10-01 2026-10-03"), "{zone}");
            assert_eq!(of(year, zone), both("2025-10-01 2025-10-03", "2026-10-01 2026-10-03"), "{zone}");
        }
        // A day that begins at noon of UTC has the UTC day before.
        assert_eq!(of(year, "Etc/GMT-12"), both("2025-09-30 2025-10-02", "2026-09-30 2026-10-02"));
        assert_eq!(of("span=7d&compare=year", "UTC"), both("2025-11-14 2025-11-19", "2026-11-14 2026-11-20"));
    }

    #[test]
    fn an_unfinished_utc_day_is_compared_with_a_part_of_one() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let (week, noon) = (days("span=7d", "UTC"), at("2026-11-13T12:00:00Z"));
        let part = (at("2026-11-13T00:00:00Z"), at("2026-11-13T08:00:00Z"));
        assert_eq!((week.earlier_part, week.left_out(noon)), (part, vec![(6, part)]));
        assert!(week.left_out(part.0).is_empty() && days("compare=none", "UTC").left_out(noon).is_empty());
        let whole = week.with_whole_days();
        assert_eq!((whole.earlier_utc.1.to_string().as_str(), whole.left_out(noon)), ("2026-11-13", Vec::new()));
    }

    #[test]
    fn days_are_numbered_from_the_first_earlier_one() {
        let at = |text: &str| Timestamp::parse_rfc3339(text).unwrap();
        let past = days("from=2026-10-03&to=2026-10-04", "Asia/Kolkata");
        let starts: Vec<_> = past.bounds.iter().map(|(from, _)| from.to_string()).collect();
        let expected = ["2026-09-30T18:30:00Z", "2026-10-01T18:30:00Z", "2026-10-02T18:30:00Z", "2026-10-03T18:30:00Z"];
        assert_eq!(starts, expected);
        let moved: Vec<_> = past.parts.iter().map(|part| (part.own, part.counted)).collect();
        let expected = [
            (Some(0), None),
            (Some(1), Some(0)),
            (None, Some(1)),
            (Some(2), None),
            (Some(3), Some(2)),
            (None, Some(3)),
        ];
        assert_eq!(moved, expected);
        // Today is compared with as many hours of the last earlier day.
        let today = days("span=7d", "America/Los_Angeles");
        assert_eq!((today.bounds.len(), today.bounds[6].1), (14, at("2026-11-13T08:00:00Z")));
        assert!(today.parts.is_empty());
        assert_eq!(today.both()[1], (at("2026-11-14T08:00:00Z"), at("2026-11-21T08:00:00Z")));
    }

    #[test]
    fn without_a_comparison_nothing_earlier_is_read() {
        let (none, usual) = (days("span=7d&compare=none", "UTC"), days("span=7d", "UTC"));
        assert_eq!((none.earlier.0, none.earlier.1), (none.own.0, none.own.0));
        assert!(none.earlier_utc.0 > none.earlier_utc.1);
        assert_eq!((&none.starts, none.own, none.own_utc), (&usual.starts, usual.own, usual.own_utc));
        let earlier = none.both()[0];
        assert!(none.bounds.iter().take(7).all(|(from, to)| from == to) && earlier.0 < none.both()[1].0);
        assert_eq!(days("span=7d&compare=year", "UTC").starts.len(), 14);
    }
}
