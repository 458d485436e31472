//! Chooses where the figures under some filters are read: in the roll-up that has them, or from single clicks and sales,
//! if the period has few enough.

use std::sync::Arc;

use jiff::civil::Date;
use shared::{id::OrganizationId, timestamp::Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    filters::OverviewFilters,
    rankings::is_large,
    slice_store::{self, Single, Whose},
    store::{self, Days},
};
use crate::dashboard::facets::By;
use engine::figures::{Clicks, Only, Sold, store as figures};
use kit::{
    db::TenantTx,
    page::{span::Span, ttl_cache::TtlCache},
};

/// Clicks of the period and the one before, of the affiliate or else of all, up to which they are counted one by one.
const SINGLE_CLICKS_MAX: i64 = 200_000;
pub(super) const SINGLE_SALES_MAX: i64 = 20_000;
/// How long raw clicks are kept, if the organization didn't choose.
const CLICK_DAYS_USUAL: i32 = 400;
/// Clicks of the period and the one before, up to which those of affiliates are added up by hour.
pub(super) const HOURLY_CLICKS_MAX: i64 = 2_000_000;

/// How exact figures under filters are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Precision {
    /// In the brand's own days.
    Exact,
    /// Clicks in UTC days, because the brand's own days would need more hours or single clicks than a page can read.
    UtcDays,
    /// In the brand's own days, without a comparison: single clicks were counted, and the earlier ones are deleted.
    Single,
    /// The period has too many clicks or sales to count them one by one.
    TooMany,
}

/// What is counted in a period and the one before it, by day.
#[derive(Debug, Clone)]
pub(super) struct Counted {
    pub clicks: Vec<Clicks>,
    pub sold: Vec<Sold>,
    pub precision: Precision,
}

/// Filters with what they name.
#[derive(Debug, Clone)]
pub(super) struct Scope {
    pub program: Option<Uuid>,
    /// `None` for all affiliates.
    pub affiliates: Option<Vec<Uuid>>,
    link: Option<Uuid>,
    pub values: Vec<(By, Vec<String>)>,
    /// One affiliate, whose clicks and sales have indexes of their own.
    pub is_of_one: bool,
    /// Of the sales that affiliates are ranked by. Figures are counted in all currencies.
    pub currency: Option<String>,
}

impl Scope {
    /// `None` if nothing matches.
    pub(super) async fn of(
        tx: &mut TenantTx,
        filters: &OverviewFilters,
        now: Timestamp,
    ) -> Result<Option<Self>, sqlx::Error> {
        let slice = &filters.slice;
        if slice.is_nobody() {
            return Ok(None);
        }
        let affiliates = slice.affiliates(tx, now).await?;
        Ok(Some(Self {
            program: slice.program.map(|id| id.uuid()),
            affiliates,
            link: slice.linked().map(|(link, _)| link.uuid()),
            values: slice.values(),
            is_of_one: slice.one().is_some(),
            currency: filters.currency.clone(),
        }))
    }

    pub(super) fn whose(&self) -> Whose<'_> {
        Whose { affiliates: self.affiliates.as_deref(), program: self.program, link: self.link }
    }

    fn single(&self, span: &Span) -> Single<'_> {
        Single { only: self.only(), from: span.from(), to: span.to() }
    }

    pub(super) fn only(&self) -> Only<'_> {
        let of = |by: By| self.values.iter().find(|(known, _)| *known == by).map(|(_, values)| values.as_slice());
        let (countries, devices, sources) = (of(By::Country), of(By::Device), of(By::Source));
        let Whose { affiliates, program, link } = self.whose();
        Only { affiliates, program, link, countries, devices, sources }
    }

    /// The only filter by where clicks came from, if nothing else but a program is chosen.
    pub(super) fn only_value(&self) -> Option<(&'static str, &[String])> {
        match (self.values.as_slice(), &self.affiliates) {
            ([(by, values)], None) => Some((by.key(), values.as_slice())),
            _ => None,
        }
    }

    /// Whether everything counts.
    pub(super) fn is_all(&self) -> bool {
        self.affiliates.is_none() && self.values.is_empty() && self.program.is_none()
    }

    /// Whether no roll-up has these clicks.
    fn needs_clicks(&self) -> bool {
        !self.values.is_empty() && self.only_value().is_none()
    }

    /// Whether no roll-up has these sales.
    pub(super) fn needs_sales(&self) -> bool {
        self.needs_clicks() || self.link.is_some()
    }
}

/// Organization, first and last day, zone, and the filters as a URL.
type Key = (OrganizationId, Date, Date, String, String);
static KEPT: TtlCache<Key, Counted> = TtlCache::empty();

/// Counts what the filters show.
pub(super) async fn count(
    tx: &mut TenantTx,
    filters: &OverviewFilters,
    scope: Option<&Scope>,
    now: Timestamp,
) -> Result<Counted, sqlx::Error> {
    let nothing = Counted { clicks: Vec::new(), sold: Vec::new(), precision: Precision::Exact };
    let Some(scope) = scope else { return Ok(nothing) };
    let days = Days::of(&filters.span);
    if scope.affiliates.is_none() && scope.values.is_empty() {
        let program = scope.program.map(|id| id.to_string());
        let (facet, value) = program.as_deref().map_or(store::ALL, |program| ("program", program));
        let mut clicks = store::clicks(tx, &days, (facet, &[value.to_owned()])).await?;
        clicks.extend(figures::moved_clicks(tx, &days.parts, &scope.only()).await?);
        return Ok(Counted { clicks, sold: store::sold(tx, &days, scope.program).await?, ..nothing });
    }
    let (clicks, sales) = totals(tx, &days, scope).await?;
    if !is_large(clicks.saturating_add(sales)) {
        return read(tx, &filters.span, &days, scope, (clicks, sales), now).await;
    }
    let (span, started) = (&filters.span, Instant::now());
    let address = filters.on("", tx.organization()).without("figure").without("by").without("currency").to_string();
    let key = (tx.organization(), span.first, span.last, span.zone.name().to_owned(), address);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok((*kept).clone());
    }
    let counted = Arc::new(read(tx, span, &days, scope, (clicks, sales), now).await?);
    KEPT.put(key, started, &counted);
    Ok((*counted).clone())
}

/// How many clicks and sales would have to be read one by one: those of the affiliate, or else all.
pub(super) async fn totals(tx: &mut TenantTx, days: &Days, scope: &Scope) -> Result<(i64, i64), sqlx::Error> {
    let whose = scope.whose();
    let (clicks, sold) = if scope.is_of_one {
        let sold = figures::sold_in(tx, &days.both(), whose.affiliates, whose.program).await?;
        (slice_store::clicks_of_links(tx, days, whose).await?, sold)
    } else {
        let (facet, value) = store::ALL;
        (store::clicks(tx, days, (facet, &[value.to_owned()])).await?, store::sold(tx, days, None).await?)
    };
    let sales = sold.iter().map(|row| row.conversions + row.leads).sum();
    Ok((clicks.iter().map(|row| row.clicks).sum(), sales))
}

async fn read(
    tx: &mut TenantTx,
    span: &Span,
    days: &Days,
    scope: &Scope,
    (clicks, sales): (i64, i64),
    now: Timestamp,
) -> Result<Counted, sqlx::Error> {
    let few_sales = !scope.needs_sales() || sales <= SINGLE_SALES_MAX;
    let source = if few_sales { chosen_source(tx, span, scope, clicks, now).await? } else { None };
    let Some(source) = source else {
        return Ok(Counted { clicks: Vec::new(), sold: Vec::new(), precision: Precision::TooMany });
    };
    let mut counted = Counted {
        clicks: clicks_of(tx, days, (scope, source), now).await?,
        sold: sold_of(tx, days, scope, sales).await?,
        precision: if source == Source::Days { Precision::UtcDays } else { Precision::Exact },
    };
    let needs = (source == Source::Single, scope.needs_sales());
    if needs != (false, false) && !add_before(tx, days, (scope, needs), &mut counted, now).await? {
        // What was sold before may be in a roll-up, but would stand beside no clicks.
        let (_, first) = days.own_bounds();
        counted.sold.retain(|row| row.day >= first);
        counted.precision = Precision::Single;
    }
    Ok(counted)
}

/// Where clicks are counted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Source {
    /// One by one, for the span's own days; those before follow, if they are kept.
    Single,
    /// In roll-ups by hour.
    Hours,
    /// In roll-ups by UTC day.
    Days,
}

fn source(scope: &Scope) -> Source {
    match scope.only_value() {
        _ if scope.needs_clicks() => Source::Single,
        Some(_) if scope.program.is_none() => Source::Hours,
        None if scope.is_of_one => Source::Hours,
        _ => Source::Days,
    }
}

/// Where clicks under the filters are counted, of so many `clicks`; `None` if they are too many to count them one by one,
/// and no roll-up has them.
pub(super) async fn chosen_source(
    tx: &mut TenantTx,
    span: &Span,
    scope: &Scope,
    clicks: i64,
    now: Timestamp,
) -> Result<Option<Source>, sqlx::Error> {
    if scope.needs_clicks() && !may_read_clicks(tx, span, clicks, now).await? {
        return Ok(None);
    }
    Ok(Some(match source(scope) {
        Source::Days if span.is_of_utc_days() => Source::Days,
        Source::Days if scope.values.is_empty() && clicks <= HOURLY_CLICKS_MAX => Source::Hours,
        Source::Days if !scope.values.is_empty() && may_read_clicks(tx, span, clicks, now).await? => Source::Single,
        other => other,
    }))
}

/// Adds single clicks and sales of the earlier days. Returns false, without any of them, if such clicks may be deleted.
async fn add_before(
    tx: &mut TenantTx,
    days: &Days,
    (scope, (clicks, sales)): (&Scope, (bool, bool)),
    counted: &mut Counted,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let before = days.bounds.get(..days.bounds.len() / 2).unwrap_or_default();
    let Some((from, _)) = before.first().filter(|(from, to)| from < to) else { return Ok(true) };
    if clicks {
        if !are_kept(tx, *from, now).await? {
            return Ok(false);
        }
        counted.clicks.extend(figures::single_clicks(tx, before, &scope.only()).await?);
    }
    if sales {
        counted.sold.extend(slice_store::single_sales(tx, before, &scope.only()).await?);
    }
    Ok(true)
}

/// Whether single clicks may be read: there are few enough, and none of the period is deleted yet.
pub(super) async fn may_read_clicks(
    tx: &mut TenantTx,
    span: &Span,
    clicks: i64,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    if clicks > SINGLE_CLICKS_MAX {
        return Ok(false);
    }
    are_kept(tx, span.from(), now).await
}

/// Whether clicks since then are neither deleted nor archived yet.
pub(super) async fn are_kept(tx: &mut TenantTx, since: Timestamp, now: Timestamp) -> Result<bool, sqlx::Error> {
    let raw = slice_store::raw_clicks(tx).await?;
    let days = raw.days.unwrap_or(CLICK_DAYS_USUAL);
    Ok(since > now.plus_days(-i64::from(days)) && raw.archived_until.is_none_or(|until| since >= until))
}

/// The days, with a whole UTC day in place of a part of one if single clicks of that part aren't there any more.
pub(super) async fn kept_days(tx: &mut TenantTx, days: &Days, now: Timestamp) -> Result<Days, sqlx::Error> {
    let days = days.clone();
    Ok(if are_kept(tx, days.earlier_part.0, now).await? { days } else { days.with_whole_days() })
}

/// Single clicks of what UTC days leave out.
async fn clicks_left_out(tx: &mut TenantTx, days: &Days, scope: &Scope) -> Result<Vec<Clicks>, sqlx::Error> {
    let until = slice_store::added_until(tx).await?.unwrap_or(Timestamp::EPOCH);
    let (numbers, ranges): (Vec<_>, Vec<_>) = days.left_out(until).into_iter().unzip();
    let found = figures::single_clicks(tx, &ranges, &scope.only()).await?;
    let of_day = |row: Clicks| {
        let day = usize::try_from(row.day).ok().and_then(|at| numbers.get(at))?;
        Some(Clicks { day: *day, ..row })
    };
    Ok(found.into_iter().filter_map(of_day).collect())
}

async fn clicks_of(
    tx: &mut TenantTx,
    days: &Days,
    (scope, source): (&Scope, Source),
    now: Timestamp,
) -> Result<Vec<Clicks>, sqlx::Error> {
    let mut clicks = match (source, scope.only_value(), scope.program) {
        (Source::Single, ..) => {
            let (own, first) = days.own_bounds();
            let clicks = figures::single_clicks(tx, own, &scope.only()).await?;
            return Ok(clicks.into_iter().map(|row| Clicks { day: row.day.saturating_add(first), ..row }).collect());
        }
        (Source::Days, Some(value), Some(program)) => {
            let days = kept_days(tx, days, now).await?;
            let mut clicks = slice_store::clicks_of_program(tx, &days, program, value).await?;
            clicks.extend(clicks_left_out(tx, &days, scope).await?);
            return Ok(clicks);
        }
        (Source::Days, ..) => return slice_store::clicks_of_members(tx, days, scope.whose()).await,
        (Source::Hours, Some(value), _) => store::clicks(tx, days, value).await?,
        (Source::Hours, None, _) => slice_store::clicks_of_links(tx, days, scope.whose()).await?,
    };
    clicks.extend(figures::moved_clicks(tx, &days.parts, &scope.only()).await?);
    Ok(clicks)
}

async fn sold_of(tx: &mut TenantTx, days: &Days, scope: &Scope, sales: i64) -> Result<Vec<Sold>, sqlx::Error> {
    let (own, first) = days.own_bounds();
    match scope.only_value() {
        _ if scope.needs_sales() => {
            let sold = slice_store::single_sales(tx, own, &scope.only()).await?;
            Ok(sold.into_iter().map(|row| Sold { day: row.day.saturating_add(first), ..row }).collect())
        }
        // Roll-ups by hour aren't exact where days don't begin on the hour.
        Some(_) if !days.parts.is_empty() && sales <= SINGLE_SALES_MAX => {
            slice_store::single_sales(tx, &days.bounds, &scope.only()).await
        }
        Some(value) => slice_store::sold_of_facet(tx, days, scope.program, value).await,
        None => figures::sold_in(tx, &days.bounds, scope.affiliates.as_deref(), scope.program).await,
    }
}

/// The values of a facet with the most clicks under filters, of so many `clicks`; `None` if these are too many to count.
pub(super) async fn ranked(
    tx: &mut TenantTx,
    (span, scope): (&Span, &Scope),
    clicks: i64,
    (by, limit): (By, i64),
    now: Timestamp,
) -> Result<Option<Vec<(String, i64)>>, sqlx::Error> {
    if !may_read_clicks(tx, span, clicks, now).await? {
        return Ok(None);
    }
    slice_store::ranked_clicks(tx, &scope.single(span), by.key(), limit).await.map(Some)
}

/// The affiliates with the most sales in one or all currencies under filters that no roll-up of affiliates has, and
/// what each brought; `None` if so many `sales` are too many to count.
pub(super) async fn best_sellers(
    tx: &mut TenantTx,
    (span, scope, currency): (&Span, &Scope, Option<&str>),
    sales: i64,
    limit: i64,
) -> Result<Option<(Vec<store::Best>, Vec<store::Brought>)>, sqlx::Error> {
    if sales > SINGLE_SALES_MAX {
        return Ok(None);
    }
    slice_store::best_sellers(tx, &scope.single(span), currency, limit).await.map(Some)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scope(affiliates: Option<Vec<Uuid>>, link: Option<Uuid>, values: &[By]) -> Scope {
        let is_of_one = link.is_some();
        let values = values.iter().map(|by| (*by, vec!["x".to_owned()])).collect();
        Scope { program: None, affiliates, link, values, is_of_one, currency: None }
    }

    #[test]
    fn single_rows_are_read_where_no_roll_up_has_the_filters() {
        let someone = || Some(vec![Uuid::nil()]);
        let needs = |scope: Scope| (source(&scope), scope.needs_sales());
        assert_eq!(needs(scope(None, None, &[By::Country])), (Source::Hours, false));
        assert_eq!(needs(scope(someone(), None, &[])), (Source::Days, false));
        assert_eq!(needs(scope(someone(), Some(Uuid::nil()), &[])), (Source::Hours, true));
        assert_eq!(needs(scope(someone(), None, &[By::Device])), (Source::Single, true));
        assert_eq!(needs(scope(None, None, &[By::Country, By::Device])), (Source::Single, true));
        let of_program = Scope { program: Some(Uuid::nil()), ..scope(None, None, &[By::Source]) };
        assert_eq!(needs(of_program), (Source::Days, false));
    }
}
