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
        chart::{
            bars::{self, Bar},
            donut::{self, Part},
        },
        span::Span,
        ttl_cache::TtlCache,
    },
};
use rules::format;

const BEST: usize = 10;
const SOURCES: i64 = 8;
/// The donut chart has five parts and the rest.
const COUNTRIES: i64 = 5;

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

/// One of the top affiliates.
#[derive(Debug)]
pub(super) struct BestRow {
    pub id: String,
    pub name: String,
    pub slug: String,
    pub clicks: String,
    pub sales: String,
    /// Revenue and earnings, by currency.
    pub money: Vec<(String, String)>,
}

/// `happened` is the number of clicks and conversions.
pub(super) async fn ranked(tx: &mut TenantTx, span: &Span, happened: i64) -> Result<Arc<Ranked>, sqlx::Error> {
    if happened < MANY {
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
        sources: store::facet(tx, "source", span, SOURCES).await?,
        countries: store::facet(tx, "country", span, COUNTRIES).await?,
    })
}

impl Ranked {
    pub(super) fn best(&self) -> Vec<BestRow> {
        let row = |one: &store::Best| {
            let id = one.id.uuid();
            let money =
                self.brought.iter().filter(|row| row.affiliate == id).map(|row| {
                    (format::money(row.revenue, &row.currency), format::money(row.commission, &row.currency))
                });
            BestRow {
                id: one.id.to_string(),
                name: one.name.clone(),
                slug: one.slug.clone(),
                clicks: count(self.clicks.iter().find(|(of, _)| *of == id).map_or(0, |(_, clicks)| *clicks)),
                sales: count(one.sales),
                money: money.collect(),
            }
        };
        self.best.iter().map(row).collect()
    }

    /// Sources of clicks. `all` is the total number of clicks.
    pub(super) fn sources(&self, all: i64) -> Vec<Bar> {
        let row = |(host, clicks): &(String, i64)| {
            let name = if host.is_empty() {
                "Direct".to_owned()
            } else {
                host.strip_prefix("www.").unwrap_or(host).to_owned()
            };
            (name, None, *clicks, count(*clicks), share(*clicks, all))
        };
        bars::of(self.sources.iter().map(row))
    }

    /// Countries of clicks. `all` is the total number of clicks.
    pub(super) fn countries(&self, all: i64) -> Vec<Part> {
        let known: i64 = self.countries.iter().map(|(_, clicks)| *clicks).sum();
        let name = |code: &str| match code {
            "" => "Unknown".to_owned(),
            known => country::name(known).unwrap_or(known).to_owned(),
        };
        let mut named: Vec<(String, i64)> = self.countries.iter().map(|(code, clicks)| (name(code), *clicks)).collect();
        if all > known {
            named.push(("Others".to_owned(), all - known));
        }
        donut::of(&named, "Others", count)
    }
}

/// `26%`, or empty if the whole is zero.
fn share(part: i64, whole: i64) -> String {
    if whole > 0 { format!("{:.0}%", number(part) / number(whole) * 100.0) } else { String::new() }
}

/// Returns whether the organization's days differ from UTC days. The top affiliates are counted by UTC days, and then
/// the page says so.
pub(super) fn is_by_utc(span: &Span, now: Timestamp) -> bool {
    span.zone.start_of(span.zone.day_of(now)).millis() % 86_400_000 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_by_name_and_the_rest_together() {
        let ranked = Ranked {
            active: 1,
            best: Vec::new(),
            brought: Vec::new(),
            clicks: Vec::new(),
            sources: vec![(String::new(), 3), ("t.co".to_owned(), 1)],
            countries: vec![("BR".to_owned(), 3)],
        };
        assert_eq!((ranked.sources(4)[0].name.as_str(), ranked.sources(4)[0].note.as_str()), ("Direct", "75%"));
        let countries: Vec<_> = ranked.countries(4).into_iter().map(|part| part.name).collect();
        assert_eq!(countries, ["Brazil", "Others"]);
    }
}
