//! Rankings of who and what brought clicks and sales: affiliates, sources and countries.

use std::sync::Arc;

use jiff::civil::Date;
use payout_core::tax::country;
use shared::{id::OrganizationId, timestamp::Timestamp};
use tokio::time::Instant;
use uuid::Uuid;

use super::{
    figures::{count, number},
    store,
};
use engine::intake::days_store::{self, By};
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
/// Sources, and countries; the rest is one row.
const FACETS: i64 = 8;

/// Periods with this many clicks and conversions take long to query, so they are cached: such a brand sees rankings up
/// to a minute old, and everyone else sees current ones.
const MANY: i64 = 50_000;

/// The organization, and the days.
type Key = (OrganizationId, Date, Date, String);
static KEPT: TtlCache<Key, Ranked> = TtlCache::empty();

/// Rankings of one period.
#[derive(Debug)]
pub(super) struct Ranked {
    /// Affiliates with a click or a sale.
    pub active: i64,
    best: Vec<store::Best>,
    brought: Vec<store::Brought>,
    clicks: Vec<(Uuid, i64)>,
    sources: Vec<(String, i64)>,
    countries: Vec<(String, i64)>,
}

/// Whether figures of a period with so many clicks and conversions are cached.
pub(super) const fn is_large(happened: i64) -> bool {
    happened >= MANY
}

/// `happened` is the number of clicks and conversions.
pub(super) async fn ranked(tx: &mut TenantTx, span: &Span, happened: i64) -> Result<Arc<Ranked>, sqlx::Error> {
    if !is_large(happened) {
        return Ok(Arc::new(read(tx, span).await?));
    }
    let started = Instant::now();
    let key = (tx.organization(), span.first, span.last, span.zone.name().to_owned());
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let ranked = Arc::new(read(tx, span).await?);
    KEPT.put(key, started, &ranked);
    Ok(ranked)
}

async fn read(tx: &mut TenantTx, span: &Span) -> Result<Ranked, sqlx::Error> {
    let mut best = store::best(tx, span, i64::try_from(BEST).unwrap_or(i64::MAX)).await?;
    if best.len() < BEST {
        let known: Vec<Uuid> = best.iter().map(|one| one.id.uuid()).collect();
        let limit = i64::try_from(BEST - best.len()).unwrap_or_default();
        best.extend(store::most_clicked(tx, span, &known, limit).await?);
    }
    let ids: Vec<Uuid> = best.iter().map(|one| one.id.uuid()).collect();
    let (mut brought, mut clicks) = (Vec::new(), Vec::new());
    if !ids.is_empty() {
        brought = store::brought(tx, span, &ids).await?;
        clicks = days_store::within(tx, By::Affiliate, &ids, span.hours()).await?;
    }
    Ok(Ranked {
        active: store::active(tx, span).await?,
        best,
        brought,
        clicks,
        sources: store::facet(tx, "source", span, FACETS).await?,
        countries: store::facet(tx, "country", span, FACETS).await?,
    })
}

impl Ranked {
    /// The top affiliates by sales, and by clicks where nobody has sold.
    pub(super) fn best(&self, organization: OrganizationId) -> Vec<Bar> {
        let has_sold = self.best.iter().any(|one| one.sales > 0);
        bars::of(self.best.iter().map(|one| self.best_row(one, has_sold, organization)))
    }

    fn best_row(&self, one: &store::Best, by_sales: bool, organization: OrganizationId) -> Bar {
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
            href: Some(Address::of(format!("/dashboard/affiliates/{}", one.id), organization).to_string()),
            note: match money.as_slice() {
                [] => String::new(),
                [only] => only.clone(),
                [first, others @ ..] => format!("{first} +{}", others.len()),
            },
            ..Bar::new(one.name.clone(), if by_sales { one.sales } else { clicks }, text)
        }
    }

    /// Sources of clicks. `all` is the total number of clicks.
    pub(super) fn sources(&self, all: i64) -> Vec<Bar> {
        let name = |host: &str| match host {
            "" => "Direct".to_owned(),
            host => host.strip_prefix("www.").unwrap_or(host).to_owned(),
        };
        facet(&self.sources, name, all)
    }

    /// Countries of clicks. `all` is the total number of clicks.
    pub(super) fn countries(&self, all: i64) -> Vec<Bar> {
        let name = |code: &str| match code {
            "" => "Unknown".to_owned(),
            known => country::name(known).unwrap_or(known).to_owned(),
        };
        facet(&self.countries, name, all)
    }
}

/// The values of a facet with their clicks, and the rest of all clicks in the last row.
fn facet(rows: &[(String, i64)], name: impl Fn(&str) -> String, all: i64) -> Vec<Bar> {
    let known: i64 = rows.iter().map(|(_, clicks)| *clicks).sum();
    let row = |name: String, clicks: i64| Bar { note: share(clicks, all), ..Bar::new(name, clicks, count(clicks)) };
    let others = (all > known).then(|| row("Others".to_owned(), all - known));
    bars::of(rows.iter().map(|(value, clicks)| row(name(value), *clicks)).chain(others))
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

/// Returns whether the organization's days differ from UTC days. The top affiliates are counted by UTC days, and then
/// the page says so.
pub(super) fn is_by_utc(span: &Span, now: Timestamp) -> bool {
    span.zone.start_of(span.zone.day_of(now)).millis() % 86_400_000 != 0
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::id::AffiliateId;

    fn nothing() -> Ranked {
        let (best, brought, clicks) = (Vec::new(), Vec::new(), Vec::new());
        Ranked { active: 1, best, brought, clicks, sources: Vec::new(), countries: Vec::new() }
    }

    #[test]
    fn a_few_by_name_and_the_rest_together() {
        let ranked = Ranked {
            sources: vec![(String::new(), 3), ("t.co".to_owned(), 1)],
            countries: vec![("BR".to_owned(), 3)],
            ..nothing()
        };
        assert_eq!((ranked.sources(4)[0].name.as_str(), ranked.sources(4)[0].note.as_str()), ("Direct", "75%"));
        assert_eq!(ranked.sources(4).len(), 2);
        let countries: Vec<_> = ranked.countries(4).into_iter().map(|bar| (bar.name, bar.width)).collect();
        let row = |name: &str, width: &str| (name.to_owned(), width.to_owned());
        assert_eq!(countries, [row("Brazil", "100.00"), row("Others", "33.33")]);
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
            commission: 0,
        };
        let ranked = Ranked {
            best: vec![best(seller, 2), best(other, 0)],
            brought: vec![brought("USD", 9_900), brought("EUR", 500)],
            clicks: vec![(other.uuid(), 1)],
            ..nothing()
        };
        let bars = ranked.best(OrganizationId::v7(1, &[1; 10]));
        let shown: Vec<_> = bars.iter().map(|bar| (bar.text.as_str(), bar.note.as_str(), bar.width.as_str())).collect();
        assert_eq!(shown, [("2 sales", "$99.00 +1", "100.00"), ("1 click", "", "0.00")]);
        assert!(bars[0].href.as_deref().unwrap().starts_with("/dashboard/affiliates/aff_"));
    }
}
