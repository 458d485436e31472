//! `GET /dashboard/analysis`: what becomes payable in the next weeks, by currency.

use std::{sync::Arc, time::Duration};

use axum::{
    extract::{RawQuery, State},
    response::{IntoResponse, Response},
};
use jiff::{ToSpan, civil::Date};
use shared::{id::OrganizationId, timestamp::Timestamp};
use tokio::time::Instant;

use super::{
    forecast_store::{self as store, Due, Owed},
    tabs::{self, CurrencyTab, FORECAST},
};
use crate::dashboard::views;
use identity::{
    access::{member::Choice, session::Session},
    organization,
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{
        Html, PageError,
        address::Address,
        chart::plot::{Chart, Point, Series, Tone},
        tab::Tab,
        ttl_cache::TtlCache,
        zone::Zone,
    },
    state::AppState,
    text::Texts,
};
use rules::{figures::FORECAST_WEEKS, format};

/// Maximum currencies shown.
const CURRENCIES_MAX: usize = 5;
/// A forecast that takes longer to read is kept for a minute.
const SLOW: Duration = Duration::from_millis(100);
static KEPT: TtlCache<(OrganizationId, Date), Read> = TtlCache::empty();

#[derive(Debug, askama::Template)]
#[template(path = "analysis_forecast.html")]
struct ForecastPage {
    frame: Frame,
    tabs: Vec<Tab>,
    chart: Option<Chart>,
    currencies: Vec<CurrencyTab>,
    /// Codes, as the table's columns.
    columns: Vec<String>,
    /// When, and how much in each currency.
    rows: Vec<(String, Vec<String>)>,
}

#[derive(Debug)]
struct Read {
    due: Vec<Due>,
    owed: Vec<Owed>,
}

/// The address that shows what a query chooses.
///
/// # Errors
/// 400 naming the parameter.
pub fn address(query: &mut Query, organization: OrganizationId) -> Result<Address, Error> {
    Ok(Address::of(FORECAST, organization).maybe("currency", query.currency("currency")?))
}

/// # Errors
/// 404 if the user isn't a member of the organization; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    RawQuery(sent): RawQuery,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let frame = Frame::load(&state, &session, organization, FORECAST).await?;
    let chosen = match query.currency("currency") {
        Ok(chosen) => chosen,
        Err(error) => return views::without_refused(&state, organization, (FORECAST, sent.as_deref()), error).await,
    };
    let weeks = weeks(&frame.zone, state.clock.now());
    let mut tx = state.db.tenant(organization).await?;
    let read = read(&mut tx, &frame.zone, &weeks).await?;
    let home = organization::store::home_currency(&mut tx).await?;
    tx.commit().await?;
    let mut known: Vec<String> = read.owed.iter().map(|one| one.currency.clone()).collect();
    known.sort_by_key(|code| home.is_none_or(|home| home.code() != code));
    known.truncate(CURRENCIES_MAX);
    let currency = chosen.filter(|code| known.contains(code)).or_else(|| known.first().cloned());
    let place = Address::of(FORECAST, organization);
    Ok(Html(ForecastPage {
        tabs: tabs::tabs(FORECAST, organization),
        chart: currency.as_deref().map(|code| chart(&weeks, &read.due, code)),
        currencies: tabs::currencies(&known, currency.as_deref().unwrap_or_default(), &place),
        rows: rows(&weeks, &known, &read),
        columns: known,
        frame,
    })
    .into_response())
}

/// The first days of the next weeks, and the day after the last one.
fn weeks(zone: &Zone, now: Timestamp) -> Vec<Date> {
    let today = zone.day_of(now);
    let number = i64::try_from(FORECAST_WEEKS).unwrap_or_default();
    (0..=number).map(|week| today.checked_add((week * 7).days()).unwrap_or(Date::MAX)).collect()
}

async fn read(tx: &mut TenantTx, zone: &Zone, weeks: &[Date]) -> Result<Arc<Read>, sqlx::Error> {
    let started = Instant::now();
    let key = (tx.organization(), weeks.first().copied().unwrap_or(Date::MAX));
    if let Some(kept) = KEPT.get(&key, started) {
        return Ok(kept);
    }
    let mut starts: Vec<Timestamp> = weeks.iter().map(|day| zone.start_of(*day)).collect();
    let to = starts.pop().unwrap_or(Timestamp::EPOCH);
    let read = Arc::new(Read { due: store::due(tx, &starts, to).await?, owed: store::owed(tx).await? });
    if started.elapsed() > SLOW {
        KEPT.put(key, started, &read);
    }
    Ok(read)
}

fn amount(due: &[Due], currency: &str, week: usize) -> i64 {
    let found = due.iter().find(|one| one.currency == currency && usize::try_from(one.week) == Ok(week));
    found.map_or(0, |one| one.amount)
}

/// `24 Nov to 30 Nov`.
fn range(days: &[Date]) -> Option<String> {
    let t = Texts::default();
    let (first, next) = (*days.first()?, *days.last()?);
    let last = next.checked_sub(1.day()).unwrap_or(next);
    Some(format!("{} to {}", t.calendar_day(first), t.calendar_day(last)))
}

fn rows(weeks: &[Date], currencies: &[String], read: &Read) -> Vec<(String, Vec<String>)> {
    let amounts: Vec<Vec<String>> = currencies.iter().map(|code| column(code, read)).collect();
    let (now, later) = ("Payable now".to_owned(), "Later, or under review".to_owned());
    let names = std::iter::once(now).chain(weeks.windows(2).filter_map(range)).chain([later]);
    let row =
        |(at, name): (usize, String)| (name, amounts.iter().filter_map(|column| column.get(at).cloned()).collect());
    names.enumerate().map(row).collect()
}

/// The amounts of one currency: now, in each week, and later.
fn column(currency: &str, read: &Read) -> Vec<String> {
    let Some(owed) = read.owed.iter().find(|one| one.currency == currency) else { return Vec::new() };
    let weeks: Vec<i64> = (0..FORECAST_WEEKS).map(|week| amount(&read.due, currency, week)).collect();
    let later = weeks.iter().fold(owed.on_hold, |left, due| left.saturating_sub(*due));
    let all = std::iter::once(owed.payable).chain(weeks).chain([later]);
    all.map(|minor| format::money(minor, currency)).collect()
}

fn chart(weeks: &[Date], due: &[Due], currency: &str) -> Chart {
    let t = Texts::default();
    let point = |(week, days): (usize, &[Date])| {
        let first = *days.first()?;
        let figure = amount(due, currency, week);
        Some(Point { when: range(days)?, tick: t.calendar_day(first), year: first.year(), figure })
    };
    let points: Vec<Point> = weeks.windows(2).enumerate().filter_map(point).collect();
    let period = format!("the next {FORECAST_WEEKS} weeks");
    let series = Series::new(t, format!("Becomes payable ({currency})"), Tone::Commissions, period, points);
    let write = |figure: i64| format::money(figure, currency);
    let mut chart = series
        .named("Becomes payable", "")
        .draw(write, |figure| format::without_zeros(format::money(figure, currency)));
    chart.note = format!("in the next {FORECAST_WEEKS} weeks");
    chart
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> Date {
        text.parse().unwrap()
    }

    #[test]
    fn weeks_begin_today() {
        let now = Timestamp::parse_rfc3339("2026-11-20T23:30:00Z").unwrap();
        let weeks = weeks(&Zone::named("Europe/Berlin"), now);
        assert_eq!((weeks.len(), weeks[0], weeks[8]), (9, day("2026-11-21"), day("2027-01-16")));
    }

    #[test]
    fn what_no_week_has_comes_later() {
        let now = Timestamp::parse_rfc3339("2026-11-20T08:30:00Z").unwrap();
        let weeks = weeks(&Zone::utc(), now);
        let due = |week, amount| Due { currency: "USD".to_owned(), week, amount };
        let owed = Owed { currency: "USD".to_owned(), payable: 500, on_hold: 1_000 };
        let read = Read { due: vec![due(0, 300), due(7, 200)], owed: vec![owed] };
        let rows = rows(&weeks, &["USD".to_owned()], &read);
        let cell = |at: usize| (rows[at].0.as_str(), rows[at].1[0].as_str());
        assert_eq!((rows.len(), cell(0)), (10, ("Payable now", "$5.00")));
        assert_eq!([cell(1), cell(2)], [("20 Nov to 26 Nov", "$3.00"), ("27 Nov to 3 Dec", "$0.00")]);
        assert_eq!([cell(8).1, cell(9).1], ["$2.00", "$5.00"]);
        let chart = chart(&weeks, &read.due, "USD");
        assert_eq!((chart.total.as_str(), chart.rows.len()), ("$5.00", 8));
        assert_eq!((chart.rows[0].when.as_str(), chart.rows[0].figure.0), ("20 Nov to 26 Nov", 300));
        assert!(column("EUR", &read).is_empty());
    }
}
