//! `GET /api/v1/clicks/summary`: how often links were followed, and what came of it.

use axum::{Json, extract::State};
use serde::Serialize;
use shared::{
    id::{AffiliateId, Id, Kind, LinkId, ProgramId},
    money::{Currency, Money},
    timestamp::Timestamp,
};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::api::summary_store::{self, Amounts, Group, Span};
use engine::fx_rates::convert;
use identity::access::api_key::ReadKey;
use kit::{
    api::{
        document::Refused,
        query::{Query, When},
    },
    error::{Error, Result},
    state::AppState,
};
use rules::exchange_rate::total::Rates;

const DAYS_DEFAULT: i64 = 30;
const DAYS_MAX: i64 = 366;
const GROUPINGS: [&str; 4] = ["day", "affiliate", "link", "program"];

/// A summary of clicks and their results in a period. Clicks are counted per hour, amounts per UTC day.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClickSummary)]
pub struct Summary {
    /// The start of the period, inclusive.
    #[schema(value_type = String, format = DateTime, example = "2026-10-21T00:00:00Z")]
    from: Timestamp,
    /// The end of the period, exclusive.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T00:00:00Z")]
    to: Timestamp,
    /// The grouping that you requested.
    #[schema(example = "day")]
    group_by: &'static str,
    /// The totals of the whole period.
    totals: Totals,
    /// At most 1,000 groups: days sorted newest first, other groups by clicks.
    data: Vec<Row>,
}

#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClickTotals)]
pub struct Totals {
    /// Clicks by people.
    #[schema(example = 1280)]
    clicks: i64,
    /// Clicks by bots, previews and prefetches.
    #[schema(example = 94)]
    uncounted: i64,
    /// The number of attributed conversions.
    #[schema(example = 37)]
    conversions: i64,
    /// Revenue and commissions, per currency.
    by_currency: Vec<Amounts>,
    /// All currencies together, for display. Null without a home currency.
    #[schema(required)]
    home: Option<HomeTotals>,
}

/// The totals of all currencies in the home currency, at the rates of the last day of the period.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct HomeTotals {
    #[schema(value_type = String, example = "EUR")]
    currency: Currency,
    /// Revenue in minor units of the home currency.
    #[schema(example = 338_100)]
    amount_cents: i64,
    /// Commissions in minor units of the home currency.
    #[schema(example = 67_620)]
    commission_cents: i64,
    /// The day of the oldest rate used. Null if everything was in the home currency.
    #[schema(required, example = "2026-11-20")]
    rate_day: Option<String>,
    /// Where the rates come from.
    #[schema(example = json!(["ECB"]))]
    rate_sources: Vec<String>,
    /// Currencies that have no rate. Their amounts aren't included.
    #[schema(value_type = Vec<String>, example = json!([]))]
    missing: Vec<Currency>,
    /// Each currency's sum is rounded once, to the nearest minor unit; an exact half is rounded away from zero.
    #[schema(example = "half up")]
    rounding: &'static str,
}

impl HomeTotals {
    fn of(rates: &Rates, amounts: &[Amounts]) -> Self {
        let total = |of: fn(&Amounts) -> i64| {
            let amounts = amounts.iter().filter_map(|row| Some(Money::new(of(row), row.currency.parse().ok()?)));
            rates.total(amounts)
        };
        let (revenue, commissions) = (total(|row| row.amount_cents), total(|row| row.commission_cents));
        let oldest =
            [&revenue, &commissions].into_iter().filter_map(|total| total.days).map(|(oldest, _)| oldest).min();
        let mut all = [revenue.sources, commissions.sources].concat();
        let mut missing = [revenue.missing, commissions.missing].concat();
        all.sort_unstable();
        all.dedup();
        missing.sort_unstable();
        missing.dedup();
        Self {
            currency: rates.home,
            amount_cents: revenue.amount.minor,
            commission_cents: commissions.amount.minor,
            rate_day: oldest.map(|day| day.to_string()),
            rate_sources: all,
            missing,
            rounding: "half up",
        }
    }
}

/// One group. `groupBy` determines which of the four keys it has.
#[derive(Debug, Default, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = ClickRow)]
pub struct Row {
    /// The day, if grouped by day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "2026-11-20")]
    day: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    affiliate_id: Option<AffiliateId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    link_id: Option<LinkId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    program_id: Option<ProgramId>,
    /// Clicks by people.
    #[schema(example = 42)]
    clicks: i64,
    /// Clicks by bots, previews and prefetches.
    #[schema(example = 3)]
    uncounted: i64,
}

/// Retrieve a click summary
#[utoipa::path(get, path = "/api/v1/clicks/summary", tag = "Clicks", operation_id = "getClickSummary",
    params(
        ("from" = Option<String>, Query, example = "2026-10-21",
            description = "The start: a date or time, inclusive. Defaults to 30 days before `to`."),
        ("to" = Option<String>, Query, example = "2026-11-20",
            description = "The end: a time, exclusive, or a date, which includes the whole day. Defaults to now. At \
                           most 366 days after `from`."),
        ("groupBy" = Option<String>, Query, example = "day",
            description = "`day` (default), `affiliate`, `link` or `program`"),
        ("programId" = Option<String>, Query),
        ("affiliateId" = Option<String>, Query)),
    responses((status = 200, description = "The summary", body = Summary), Refused))]
pub async fn summary(State(state): State<AppState>, key: ReadKey, mut query: Query) -> Result<Json<Summary>> {
    let (from, to) = span(query.when("from")?, query.when("to")?, state.clock.now())?;
    let group_by = query.one_of("groupBy", &GROUPINGS)?.unwrap_or("day");
    let requested = Span { from, to, program: query.id("programId")?, affiliate: query.id("affiliateId")? };
    query.finish()?;
    let mut tx = key.reader(&state).await?;
    let groups = summary_store::click_groups(&mut tx, &requested, group_by).await?;
    let by_currency = summary_store::amounts(&mut tx, &requested).await?;
    let currencies = by_currency.iter().filter_map(|amounts| amounts.currency.parse().ok()).collect();
    let last_day = to.plus_millis(-1).date().min(state.clock.now().date());
    let rates = convert::to_home(&mut tx, currencies, last_day).await?;
    tx.end();
    let totals = Totals {
        clicks: groups.first().map_or(0, |group| group.all_clicks),
        uncounted: groups.first().map_or(0, |group| group.all_uncounted),
        conversions: by_currency.iter().map(|amounts| amounts.conversions).sum(),
        home: rates.map(|rates| HomeTotals::of(&rates, &by_currency)),
        by_currency,
    };
    let data = groups.into_iter().map(|group| row(group_by, group)).collect();
    Ok(Json(Summary { from, to, group_by, totals, data }))
}

fn span(from: Option<When>, to: Option<When>, now: Timestamp) -> Result<(Timestamp, Timestamp)> {
    let to = to.map_or(now, When::end);
    let from = from.map_or_else(|| to.plus_days(-DAYS_DEFAULT), When::start);
    if from >= to {
        return Err(Error::field("from", "from must be before to"));
    }
    if from.plus_days(DAYS_MAX) < to {
        return Err(Error::field("from", "from must be at most 366 days before to"));
    }
    Ok((from, to))
}

fn row(group_by: &str, group: Group) -> Row {
    fn id<K: Kind>(key: &str) -> Option<Id<K>> {
        Uuid::parse_str(key).ok().map(Id::new)
    }
    let row = Row { clicks: group.clicks, uncounted: group.uncounted, ..Row::default() };
    match group_by {
        "affiliate" => Row { affiliate_id: id(&group.key), ..row },
        "link" => Row { link_id: id(&group.key), ..row },
        "program" => Row { program_id: id(&group.key), ..row },
        _ => Row { day: Some(group.key), ..row },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn the_span_defaults_to_the_last_30_days() {
        let now = at("2026-11-20T08:30:00Z");
        assert_eq!(span(None, None, now).unwrap(), (at("2026-10-21T08:30:00Z"), now));
        let day = When::Day(at("2026-11-20T00:00:00Z"));
        assert_eq!(span(Some(day), Some(day), now).unwrap(), (day.start(), at("2026-11-21T00:00:00Z")));
    }

    #[test]
    fn impossible_spans_name_from() {
        let now = at("2026-11-20T08:30:00Z");
        let moment = |text: &str| Some(When::Moment(at(text)));
        for from in [moment("2026-11-20T08:30:00Z"), moment("2024-01-01T00:00:00Z")] {
            assert_eq!(span(from, None, now).unwrap_err().body().field.as_deref(), Some("from"));
        }
    }
}
