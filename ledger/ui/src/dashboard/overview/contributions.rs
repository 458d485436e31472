//! What affiliates, programs, countries and sources contribute to the figures of a period and of the one before it.
//!
//! All candidates of a kind are counted together, so the number of statements doesn't grow with them. They are counted
//! where the overview counts one of them as a filter ([`super::slice`]).

use std::collections::HashMap;

use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    contributions_store::{self as store, Amount},
    slice::{self, HOURLY_CLICKS_MAX, SINGLE_SALES_MAX, Scope, Source},
    slice_store::added_until,
    store::Days,
};
use crate::dashboard::facets::By;
use kit::{
    db::{TenantTx, plan_store},
    page::span::{Part, Span},
};

/// Kinds of parts that a period is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Affiliate,
    Program,
    Country,
    Source,
}

impl Kind {
    pub(super) const ALL: [Self; 4] = [Self::Affiliate, Self::Program, Self::Country, Self::Source];

    pub(super) const fn title(self) -> &'static str {
        match self {
            Self::Affiliate => "Affiliate",
            Self::Program => "Program",
            Self::Country => "Country",
            Self::Source => "Source",
        }
    }

    /// As in the URL and in statements.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Affiliate => "affiliate",
            Self::Program => "program",
            Self::Country => By::Country.key(),
            Self::Source => By::Source.key(),
        }
    }

    /// Where clicks came from, if it is that.
    pub(super) const fn by(self) -> Option<By> {
        match self {
            Self::Affiliate | Self::Program => None,
            Self::Country => Some(By::Country),
            Self::Source => Some(By::Source),
        }
    }
}

/// What may account for a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Candidate {
    pub name: String,
    /// As in the URL.
    pub parameter: String,
    /// As it is stored: an id as a UUID, or the values of a facet that count as this one.
    pub stored: Vec<String>,
}

impl Candidate {
    pub(super) fn of_id(name: String, parameter: String, id: Uuid) -> Self {
        Self { name, parameter, stored: vec![id.to_string()] }
    }

    /// A website counts with and without `www.`.
    pub(super) fn of_value(by: By, value: &str) -> Self {
        let (name, parameter) = (by.shown(value), by.parameter(value));
        let stored = match value.strip_prefix("www.").unwrap_or(value) {
            host if by == By::Source && !host.is_empty() => vec![host.to_owned(), format!("www.{host}")],
            _ => vec![value.to_owned()],
        };
        Self { name, parameter, stored }
    }
}

/// What one candidate brought: in the period, and before it.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub(super) struct Contribution {
    pub clicks: (i64, i64),
    /// In one currency.
    pub revenue: (i64, i64),
}

/// The period with what the filters show of it.
#[derive(Debug)]
pub(super) struct Whole<'a> {
    span: &'a Span,
    days: Days,
    pub scope: &'a Scope,
    /// Clicks and sales, as [`slice::totals`] counts them.
    pub totals: (i64, i64),
    /// Of the revenue; `None` if nothing was sold.
    pub currency: Option<&'a str>,
    now: Timestamp,
}

impl<'a> Whole<'a> {
    pub(super) async fn of(
        tx: &mut TenantTx,
        (span, scope): (&'a Span, &'a Scope),
        currency: Option<&'a str>,
        now: Timestamp,
    ) -> Result<Self, sqlx::Error> {
        let days = Days::of(span);
        let totals = slice::totals(tx, &days, scope).await?;
        // For all statements of this transaction.
        plan_store::by_values(tx).await?;
        Ok(Self { span, days, scope, totals, currency, now })
    }

    /// What each of the candidates brought, in their order; `None` if too much would have to be counted one by one.
    pub(super) async fn contributions(
        &self,
        tx: &mut TenantTx,
        kind: Kind,
        candidates: &[Candidate],
    ) -> Result<Option<Vec<Contribution>>, sqlx::Error> {
        let stored: Vec<String> = candidates.iter().flat_map(|one| one.stored.iter().cloned()).collect();
        if stored.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let all = self.scope.with(kind, &stored);
        if all.needs_sales() && self.totals.1 > SINGLE_SALES_MAX {
            return Ok(None);
        }
        let Some(clicks) = self.clicks(tx, kind, &all, &stored).await? else { return Ok(None) };
        let sold = match self.currency {
            Some(currency) => self.sold(tx, (kind, currency), &all).await?,
            None => Vec::new(),
        };
        Ok(Some(contributed(candidates, &clicks, &sold)))
    }

    async fn clicks(
        &self,
        tx: &mut TenantTx,
        kind: Kind,
        all: &Scope,
        stored: &[String],
    ) -> Result<Option<Vec<Amount>>, sqlx::Error> {
        let days = &self.days;
        let mut amounts = if all.affiliates.is_none() && all.values.is_empty() {
            store::clicks_of_facet(tx, days, (kind.key(), stored)).await?
        } else {
            let mut chosen = all.clone();
            if kind == Kind::Program {
                // As if one of the programs was the filter.
                chosen.program = ids(stored).first().copied();
            }
            match (slice::chosen_source(tx, self.span, &chosen, self.totals.0, self.now).await?, all.only_value()) {
                (None, _) => return Ok(None),
                (Some(Source::Single), _) => return self.single_clicks(tx, kind, all).await,
                (Some(Source::Days), Some(value)) => {
                    let programs = all.program.map_or_else(|| ids(stored), |program| vec![program]);
                    let days = slice::kept_days(tx, days, self.now).await?;
                    let mut amounts = store::clicks_of_programs(tx, &days, (kind.key(), &programs), value).await?;
                    amounts.extend(clicks_left_out(tx, &days, kind, all).await?);
                    return Ok(Some(amounts));
                }
                // The hours of so many affiliates are too many.
                (Some(Source::Days), None) if self.totals.0 > HOURLY_CLICKS_MAX => return Ok(None),
                (Some(_), Some(value)) => store::clicks_of_facet(tx, days, value).await?,
                (Some(_), None) => store::clicks_of_links(tx, days, kind.key(), all.whose()).await?,
            }
        };
        amounts.extend(moved(tx, days, kind, all).await?);
        Ok(Some(amounts))
    }

    /// `None` if clicks of the earlier period may be deleted.
    async fn single_clicks(
        &self,
        tx: &mut TenantTx,
        kind: Kind,
        all: &Scope,
    ) -> Result<Option<Vec<Amount>>, sqlx::Error> {
        let [earlier, own] = self.days.both();
        if !slice::are_kept(tx, earlier.0, self.now).await? {
            return Ok(None);
        }
        let clicks = store::single_clicks(tx, &[earlier, own], kind.key(), &all.only()).await?;
        let amount = |row: store::Single| Amount { value: row.value, is_own: row.range == 1, amount: row.clicks };
        Ok(Some(clicks.into_iter().map(amount).collect()))
    }

    async fn sold(
        &self,
        tx: &mut TenantTx,
        (kind, currency): (Kind, &str),
        all: &Scope,
    ) -> Result<Vec<Amount>, sqlx::Error> {
        let (days, by) = (&self.days, (kind.key(), currency));
        // Roll-ups by hour aren't exact where days don't begin on the hour.
        let is_exact = days.parts.is_empty() || self.totals.1 > SINGLE_SALES_MAX;
        match all.only_value() {
            _ if all.needs_sales() => store::single_sales(tx, days, by, &all.only()).await,
            Some(_) if !is_exact => store::single_sales(tx, days, by, &all.only()).await,
            Some(value) => store::sold_of_facet(tx, days, by, all.program, value).await,
            None => store::sold(tx, days, by, all.whose()).await,
        }
    }
}

/// Single clicks of what UTC days leave out of the earlier period.
async fn clicks_left_out(tx: &mut TenantTx, days: &Days, kind: Kind, all: &Scope) -> Result<Vec<Amount>, sqlx::Error> {
    let until = added_until(tx).await?.unwrap_or(Timestamp::EPOCH);
    let ranges: Vec<_> = days.left_out(until).into_iter().map(|(_, range)| range).collect();
    if ranges.is_empty() {
        return Ok(Vec::new());
    }
    let clicks = store::single_clicks(tx, &ranges, kind.key(), &all.only()).await?;
    let amount = |row: store::Single| Amount { value: row.value, is_own: false, amount: row.clicks };
    Ok(clicks.into_iter().map(amount).collect())
}

/// What roll-ups by hour count to the other period, or to none: added to the one, and taken from the other.
async fn moved(tx: &mut TenantTx, days: &Days, kind: Kind, all: &Scope) -> Result<Vec<Amount>, sqlx::Error> {
    let parts = edges(days);
    if parts.is_empty() {
        return Ok(Vec::new());
    }
    let ranges: Vec<_> = parts.iter().map(|(part, ..)| (part.from, part.to)).collect();
    let found = store::single_clicks(tx, &ranges, kind.key(), &all.only()).await?;
    let both = found.into_iter().flat_map(|row| {
        let part = usize::try_from(row.range).ok().and_then(|at| parts.get(at));
        let amount = |is_own: Option<bool>, amount: i64| {
            is_own.map(|is_own| Amount { value: row.value.clone(), is_own, amount })
        };
        let own = part.and_then(|(_, own, _)| amount(*own, row.clicks));
        let counted = part.and_then(|(.., counted)| amount(*counted, -row.clicks));
        [own, counted].into_iter().flatten()
    });
    Ok(both.collect())
}

/// The parts of hours that belong to one of the periods and are counted to another or none: whether each is the period
/// itself.
fn edges(days: &Days) -> Vec<(&Part, Option<bool>, Option<bool>)> {
    let (_, first) = days.own_bounds();
    let is_own = |day: Option<i32>| day.map(|day| day >= first);
    let parts = days.parts.iter().map(|part| (part, is_own(part.own), is_own(part.counted)));
    parts.filter(|(_, own, counted)| own != counted).collect()
}

fn ids(stored: &[String]) -> Vec<Uuid> {
    stored.iter().filter_map(|id| id.parse().ok()).collect()
}

impl Scope {
    /// The same for some stored values of a kind that isn't a filter. Statements group by program without one.
    fn with(&self, kind: Kind, stored: &[String]) -> Self {
        let mut all = self.clone();
        if kind == Kind::Affiliate {
            (all.affiliates, all.is_of_one) = (Some(ids(stored)), true);
        }
        all.values.extend(kind.by().map(|by| (by, stored.to_vec())));
        all
    }
}

fn contributed(candidates: &[Candidate], clicks: &[Amount], sold: &[Amount]) -> Vec<Contribution> {
    let mut places: HashMap<&str, usize> = HashMap::new();
    for (at, one) in candidates.iter().enumerate() {
        places.extend(one.stored.iter().map(|value| (value.as_str(), at)));
    }
    let mut found = vec![Contribution::default(); candidates.len()];
    let mut add = |amounts: &[Amount], of: fn(&mut Contribution) -> &mut (i64, i64)| {
        for row in amounts {
            let Some(at) = places.get(row.value.as_str()) else { continue };
            let Some(one) = found.get_mut(*at) else { continue };
            let (now, before) = of(one);
            let sum = if row.is_own { now } else { before };
            *sum = sum.saturating_add(row.amount);
        }
    };
    add(clicks, |one| &mut one.clicks);
    add(sold, |one| &mut one.revenue);
    found
}

#[cfg(test)]
mod tests {
    use kit::{api::query::Query, page::zone::Zone};
    use shared::id::AffiliateId;

    use super::*;

    fn amount(value: &str, is_own: bool, amount: i64) -> Amount {
        Amount { value: value.to_owned(), is_own, amount }
    }

    #[test]
    fn values_that_are_one_filter_are_one_candidate() {
        let youtube = Candidate::of_value(By::Source, "www.youtube.com");
        assert_eq!((youtube.name.as_str(), youtube.parameter.as_str()), ("youtube.com", "youtube.com"));
        assert_eq!(youtube.stored, ["youtube.com", "www.youtube.com"]);
        let direct = Candidate::of_value(By::Source, "");
        assert_eq!((direct.parameter.as_str(), direct.stored.as_slice()), ("direct", &[String::new()][..]));
        let clicks = [amount("www.youtube.com", true, 3), amount("youtube.com", true, 4), amount("", false, 5)];
        let sold = [amount("youtube.com", false, 900), amount("other.test", true, 7)];
        let expected =
            [Contribution { clicks: (7, 0), revenue: (0, 900) }, Contribution { clicks: (0, 5), revenue: (0, 0) }];
        assert_eq!(contributed(&[youtube, direct], &clicks, &sold), expected);
    }

    #[test]
    fn an_affiliate_is_found_by_the_id() {
        let id = AffiliateId::v7(1, &[1; 10]);
        let mia = Candidate::of_id("Mia".to_owned(), id.to_string(), id.uuid());
        let clicks = [amount(&id.uuid().to_string(), false, 2)];
        let expected = [Contribution { clicks: (0, 2), revenue: (0, 0) }];
        assert_eq!(
            (contributed(std::slice::from_ref(&mia), &clicks, &[]), ids(&mia.stored)),
            (expected.to_vec(), vec![id.uuid()])
        );
    }

    #[test]
    fn only_the_edges_of_both_periods_are_moved() {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let of = |query: &str, zone: &str| {
            let span = Span::read(&mut Query::parse(query).unwrap(), &Zone::named(zone), now).unwrap();
            let days = Days::of(&span.comparing(&mut Query::parse(query).unwrap()).unwrap());
            edges(&days).into_iter().map(|(_, own, counted)| (own, counted)).collect::<Vec<_>>()
        };
        let (own, earlier) = (Some(true), Some(false));
        let expected = [(earlier, None), (None, earlier), (own, None), (None, own)];
        assert_eq!(of("from=2026-10-03&to=2026-10-04", "Asia/Kolkata"), expected);
        assert!(of("from=2026-10-03&to=2026-10-04", "Europe/Berlin").is_empty());
    }
}
