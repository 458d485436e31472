//! Rankings of who and what brought clicks and sales: affiliates, sources, countries and devices.

use std::sync::Arc;

use jiff::civil::Date;
use shared::{id::OrganizationId, timestamp::Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    figures::{count, number},
    filters::OverviewFilters,
    slice::{self, Scope},
    store,
};
use engine::{
    figures::{SoldBy, store as figures},
    intake::days_store::{self, By},
};
use kit::{
    db::TenantTx,
    page::{
        address::Address,
        chart::bars::{self, Bar},
        span::Span,
        ttl_cache::TtlCache,
    },
};
use rules::format;

const BEST: usize = 8;
/// Sources, countries or devices; the rest is one row.
const FACETS: i64 = 8;

/// Periods in which this many clicks and conversions are shown, or have to be read one by one, take long to query, so they
/// are cached: such a brand sees rankings up to a minute old, and everyone else sees current ones.
const MANY: i64 = 50_000;

/// The organization, the days, the zone, and the filters as a URL.
type Key = (OrganizationId, Date, Date, String, String);
static KEPT: TtlCache<Key, Ranked> = TtlCache::empty();

/// Rankings of one period.
#[derive(Debug)]
pub(super) struct Ranked {
    /// Affiliates with a click or a sale; not counted under filters.
    pub active: Option<i64>,
    /// `None` if the filters leave no ranking of affiliates.
    best: Option<Vec<store::Best>>,
    brought: Vec<store::Brought>,
    clicks: Vec<(Uuid, i64)>,
    /// `None` if there are too many clicks to count them one by one.
    clicked: Option<Vec<(String, i64)>>,
}

/// Whether what is read from so many clicks and conversions is cached.
pub(super) const fn is_large(happened: i64) -> bool {
    happened >= MANY
}

/// `happened` is the number of clicks and conversions that the filters show.
pub(super) async fn ranked(
    tx: &mut TenantTx,
    (filters, scope): (&OverviewFilters, Option<&Scope>),
    happened: i64,
    now: Timestamp,
) -> Result<Arc<Ranked>, sqlx::Error> {
    let Some(scope) = scope else {
        let (brought, clicks) = (Vec::new(), Vec::new());
        return Ok(Arc::new(Ranked { active: None, best: None, brought, clicks, clicked: Some(Vec::new()) }));
    };
    let (span, started) = (&filters.span, Instant::now());
    let address = filters.on("", tx.organization()).without("figure").to_string();
    let key = (tx.organization(), span.first, span.last, span.zone.name().to_owned(), address);
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let totals = if scope.is_all() { None } else { Some(slice::totals(tx, &store::Days::of(span), scope).await?) };
    let single = totals.map_or(0, |(clicks, sales)| clicks.saturating_add(sales));
    let ranked = Arc::new(read(tx, (filters, scope), totals, now).await?);
    if is_large(happened.max(single)) {
        KEPT.put(key, started, &ranked);
    }
    Ok(ranked)
}

/// `totals` are the clicks and sales that would have to be read one by one, under filters.
async fn read(
    tx: &mut TenantTx,
    (filters, scope): (&OverviewFilters, &Scope),
    totals: Option<(i64, i64)>,
    now: Timestamp,
) -> Result<Ranked, sqlx::Error> {
    let span = &filters.span;
    let (mut best, mut brought, mut clicks) = (None, Vec::new(), Vec::new());
    if let Some((_, sales)) = totals.filter(|_| !scope.values.is_empty() && !scope.is_of_one) {
        let whose = (span, scope, scope.currency.as_deref());
        let found = slice::best_sellers(tx, whose, sales, i64::try_from(BEST).unwrap_or(i64::MAX)).await?;
        (best, brought) = found.map_or((None, Vec::new()), |(best, brought)| (Some(best), brought));
    } else if !scope.is_of_one {
        let found = by_days(tx, (span, scope, scope.currency.as_deref())).await?;
        let ids: Vec<Uuid> = found.iter().map(|one| one.id.uuid()).collect();
        if !ids.is_empty() {
            brought = brought_by(tx, span, &ids, scope).await?;
            clicks = days_store::within(tx, By::Affiliate, Some(&ids), scope.program, span).await?;
        }
        best = Some(found);
    }
    let active = if filters.are_on() { None } else { Some(store::active(tx, span).await?) };
    let clicked = match totals {
        Some((clicks, _)) => slice::ranked(tx, (span, scope), clicks, (filters.by, FACETS), now).await?,
        None => Some(store::facet(tx, filters.by.key(), span, FACETS).await?),
    };
    Ok(Ranked { active, best, brought, clicks, clicked })
}

/// The top affiliates in one or all currencies. Those who only have clicks, which have no currency, aren't among those
/// who sold in one.
async fn by_days(
    tx: &mut TenantTx,
    (span, scope, currency): (&Span, &Scope, Option<&str>),
) -> Result<Vec<store::Best>, sqlx::Error> {
    let mut best = store::best(tx, span, (scope.whose(), currency), i64::try_from(BEST).unwrap_or(i64::MAX)).await?;
    if best.len() < BEST && currency.is_none() {
        let known: Vec<Uuid> = best.iter().map(|one| one.id.uuid()).collect();
        let limit = i64::try_from(BEST - best.len()).unwrap_or_default();
        best.extend(store::most_clicked(tx, span, scope.whose(), &known, limit).await?);
    }
    Ok(best)
}

/// What each affiliate brought; the most revenue first.
async fn brought_by(
    tx: &mut TenantTx,
    span: &Span,
    affiliates: &[Uuid],
    scope: &Scope,
) -> Result<Vec<store::Brought>, sqlx::Error> {
    let sold = figures::sold_by(tx, (span.from(), span.to()), Some(affiliates), scope.program).await?.into_iter();
    let is_shown =
        |row: &SoldBy| row.revenue != 0 && scope.currency.as_ref().is_none_or(|currency| *currency == row.currency);
    let row = |row: SoldBy| store::Brought { affiliate: row.affiliate, currency: row.currency, revenue: row.revenue };
    let mut brought: Vec<store::Brought> = sold.filter(is_shown).map(row).collect();
    brought.sort_by(|a, b| (b.revenue, &a.currency).cmp(&(a.revenue, &b.currency)));
    Ok(brought)
}

/// The top affiliates in one or all currencies under filters with so many `sales`; none if the filters name one.
pub(super) async fn top(
    tx: &mut TenantTx,
    (span, scope, currency): (&Span, &Scope, Option<&str>),
    sales: i64,
) -> Result<Vec<store::Best>, sqlx::Error> {
    if scope.is_of_one {
        return Ok(Vec::new());
    }
    if scope.values.is_empty() {
        return by_days(tx, (span, scope, currency)).await;
    }
    let limit = i64::try_from(BEST).unwrap_or(i64::MAX);
    let found = slice::best_sellers(tx, (span, scope, currency), sales, limit).await?;
    Ok(found.map(|(best, _)| best).unwrap_or_default())
}

impl Ranked {
    /// The top affiliates by sales, and by clicks if there are no sales. Each filters the page at `here`.
    pub(super) fn best(&self, here: &Address) -> Option<Vec<Bar>> {
        let best = self.best.as_ref()?;
        let has_sold = best.iter().any(|one| one.sales > 0);
        Some(bars::of(best.iter().map(|one| self.best_row(one, has_sold, here))))
    }

    fn best_row(&self, one: &store::Best, by_sales: bool, here: &Address) -> Bar {
        let id = one.id.uuid();
        let money: Vec<String> = self
            .brought
            .iter()
            .filter(|row| row.affiliate == id && row.revenue != 0)
            .map(|row| format::money(row.revenue, &row.currency))
            .collect();
        let clicks = self.clicks.iter().find(|(of, _)| *of == id).map_or(0, |(_, clicks)| *clicks);
        let text = match one.sales {
            0 => many(clicks, "click"),
            sales => many(sales, "sale"),
        };
        Bar {
            detail: one.slug.clone(),
            href: Some(here.clone().with("affiliate", one.id).to_string()),
            note: match money.as_slice() {
                [] => String::new(),
                [only] => only.clone(),
                [first, others @ ..] => format!("{first} +{}", others.len()),
            },
            ..Bar::new(one.name.clone(), if by_sales { one.sales } else { clicks }, text)
        }
    }

    /// Where clicks came from; `all` is the total number of clicks. Each row filters the page at `here`, and removes its
    /// filter if it is on.
    pub(super) fn clicked(&self, filters: &OverviewFilters, all: i64, here: &Address) -> Option<Vec<Bar>> {
        let rows = self.clicked.as_ref()?;
        let by = filters.by;
        let is_on = filters.slice.values().iter().any(|(known, _)| *known == by);
        let known: i64 = rows.iter().map(|(_, clicks)| *clicks).sum();
        let row = |name: String, clicks: i64| Bar { note: share(clicks, all), ..Bar::new(name, clicks, count(clicks)) };
        let named = rows.iter().map(|(value, clicks)| {
            let parameter = if is_on { String::new() } else { by.parameter(value) };
            let href = format!("{}#clicked", here.clone().with(by.key(), parameter));
            Bar { href: Some(href), ..row(by.shown(value), *clicks) }
        });
        let others = (all > known).then(|| row("Others".to_owned(), all - known));
        Some(bars::of(named.chain(others)))
    }
}

fn many(figure: i64, noun: &str) -> String {
    format!("{} {noun}{}", count(figure), if figure == 1 { "" } else { "s" })
}

/// `26%`, `<1%`, or empty if the whole is zero.
fn share(part: i64, whole: i64) -> String {
    if whole <= 0 {
        return String::new();
    }
    let percent = number(part) / number(whole) * 100.0;
    if part > 0 && percent < 0.5 { "<1%".to_owned() } else { format!("{percent:.0}%") }
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::{api::query::Query, page::zone::Zone};
    use shared::id::AffiliateId;

    fn nothing() -> Ranked {
        let (brought, clicks) = (Vec::new(), Vec::new());
        Ranked { active: Some(1), best: Some(Vec::new()), brought, clicks, clicked: Some(Vec::new()) }
    }

    fn filters(text: &str) -> OverviewFilters {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        OverviewFilters::read(&mut Query::parse(text).unwrap(), &Zone::utc(), now).unwrap()
    }

    #[test]
    fn a_few_by_name_and_the_rest_together() {
        let ranked = |rows: &[(&str, i64)]| {
            let clicked = rows.iter().map(|(value, clicks)| ((*value).to_owned(), *clicks)).collect();
            Ranked { clicked: Some(clicked), ..nothing() }
        };
        let here = Address::new("/d");
        let sources = ranked(&[("", 3), ("www.t.co", 1)]).clicked(&filters(""), 4, &here).unwrap();
        let shown = |bar: &Bar| (bar.name.clone(), bar.note.clone(), bar.href.clone().unwrap());
        let row = |name: &str, note: &str, href: &str| (name.to_owned(), note.to_owned(), href.to_owned());
        let expected = [row("Direct", "75%", "/d?source=direct#clicked"), row("t.co", "25%", "/d?source=t.co#clicked")];
        assert_eq!(sources.iter().map(shown).collect::<Vec<_>>(), expected);
        let countries = ranked(&[("BR", 3)]).clicked(&filters("by=country"), 4, &here).unwrap();
        let widths: Vec<_> = countries.iter().map(|bar| (bar.name.as_str(), bar.width.as_str())).collect();
        assert_eq!(widths, [("Brazil", "100.00"), ("Others", "33.33")]);
        // Once it is chosen, its row removes the filter.
        let there = Address::new("/d").with("country", "BR");
        let chosen = ranked(&[("BR", 3)]).clicked(&filters("by=country&country=BR"), 3, &there).unwrap();
        assert_eq!(chosen[0].href.as_deref(), Some("/d#clicked"));
        assert!(Ranked { clicked: None, ..nothing() }.clicked(&filters(""), 4, &here).is_none());
        assert_eq!((share(1, 1_000), share(0, 5), share(1, 0)), ("<1%".to_owned(), "0%".to_owned(), String::new()));
    }

    #[test]
    fn who_sold_nothing_stands_with_their_clicks() {
        let (seller, other) = (AffiliateId::v7(1, &[1; 10]), AffiliateId::v7(2, &[2; 10]));
        let best = |id, sales| store::Best { id, name: "Lauren Vale".to_owned(), slug: "lauren".to_owned(), sales };
        let brought = |currency: &str, revenue| store::Brought {
            affiliate: seller.uuid(),
            currency: currency.to_owned(),
            revenue,
        };
        let ranked = Ranked {
            best: Some(vec![best(seller, 2), best(other, 0)]),
            brought: vec![brought("USD", 9_900), brought("EUR", 500)],
            clicks: vec![(other.uuid(), 1)],
            ..nothing()
        };
        let bars = ranked.best(&Address::new("/d")).unwrap();
        let shown: Vec<_> = bars.iter().map(|bar| (bar.text.as_str(), bar.note.as_str(), bar.width.as_str())).collect();
        assert_eq!(shown, [("2 sales", "$99.00 +1", "100.00"), ("1 click", "", "0.00")]);
        assert_eq!(bars[0].href.as_deref(), Some(format!("/d?affiliate={seller}").as_str()));
    }
}
