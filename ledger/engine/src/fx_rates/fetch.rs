//! The job that fetches the European Central Bank's reference rates.
//!
//! The bank publishes a day's rates around 16:00 CET on working days. Whichever process finds the source due moves the
//! time on first, and then fetches it alone. Published rates are stored as they are and never change; a file that isn't
//! what the bank publishes is refused as a whole, and the rates from before stay in use.

use std::time::Duration;

use axum::http::Method;
use shared::timestamp::Timestamp;
use time::Date;

use super::reference_store;
use kit::{
    config::exchange_rates::RateSource,
    db::Holder,
    error::{Error, Result},
    state::AppState,
    trace,
};
use rules::exchange_rate::{
    admit::admit,
    ecb::{self, DayRates},
};

pub const EVERY: Duration = Duration::from_secs(300);
/// As organizations' own rates may name it.
const SOURCE: &str = "ECB";
const DAILY: &str = "/stats/eurofxref/eurofxref-daily.xml";
const HISTORY: &str = "/stats/eurofxref/eurofxref-hist-90d.xml";
/// Weekends with a holiday have no rates either. After a longer gap, the history fills it.
const GAP_DAYS: i64 = 4;
/// The 90-day file has about 150 KB.
const BYTES_MAX: usize = 2 * 1_024 * 1_024;
const NEXT_AFTER_MS: i64 = 3 * 60 * 60 * 1_000;
const AGAIN_AFTER_MS: i64 = 15 * 60 * 1_000;

/// Fetches the rates, if they are due.
///
/// # Errors
/// If the source can't be read, or the file is malformed: it is fetched again in a quarter of an hour.
pub async fn once(state: &AppState) -> Result<()> {
    let source = &state.config.exchange_rates;
    if *source == RateSource::Off {
        return Ok(());
    }
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let is_due = reference_store::take_due(tx.conn(), SOURCE, now, now.plus_millis(AGAIN_AFTER_MS)).await?;
    let newest = reference_store::newest_day(tx.conn()).await?;
    tx.commit().await?;
    if !is_due {
        return Ok(());
    }
    let file = match source {
        RateSource::Off => return Ok(()),
        RateSource::Ecb(base) => download(state, &format!("{base}{}", path(newest, now.date()))).await?,
        RateSource::Url(url) => download(state, url).await?,
        RateSource::File(path) => tokio::fs::read(path).await.map_err(|error| Error::unavailable(error))?,
    };
    if file.len() > BYTES_MAX {
        return Err(Error::unavailable("the file of exchange rates is too large"));
    }
    let text = String::from_utf8(file).map_err(|error| Error::unavailable(error))?;
    let days = ecb::parse(&text).map_err(|error| Error::unavailable(error))?;
    keep(state, &days, now).await
}

fn path(newest: Option<Date>, today: Date) -> &'static str {
    let is_recent = newest.is_some_and(|newest| (today - newest).whole_days() <= GAP_DAYS);
    if is_recent { DAILY } else { HISTORY }
}

async fn download(state: &AppState, url: &str) -> Result<Vec<u8>> {
    let span = trace::call_to(&Method::GET, url);
    let response = state.http.get(url).send().await;
    trace::answered(
        span,
        response.as_ref().map(|response| response.status().as_u16()).map_err(|_| "connection_failed"),
    );
    let mut response = response.map_err(|error| Error::unavailable(error))?;
    if response.status().as_u16() != 200 {
        return Err(Error::unavailable(format!("the source of exchange rates responded with {}", response.status())));
    }
    let mut file = Vec::new();
    while file.len() <= BYTES_MAX {
        let Some(chunk) = response.chunk().await.map_err(|error| Error::unavailable(error))? else { break };
        file.extend_from_slice(&chunk);
    }
    Ok(file)
}

/// Saves the days that are newer than all that is known.
async fn keep(state: &AppState, days: &[DayRates], now: Timestamp) -> Result<()> {
    // The bank's day may have begun before ours.
    let tomorrow = now.plus_days(1).date();
    if let Some(day) = days.iter().find(|day| day.day > tomorrow) {
        return Err(Error::unavailable(format!("the file of exchange rates has a day in the future, {}", day.day)));
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    reference_store::fetched(tx.conn(), SOURCE, now, now.plus_millis(NEXT_AFTER_MS)).await?;
    let newest = reference_store::newest_day(tx.conn()).await?;
    let mut known = reference_store::known(tx.conn()).await?;
    for day in days.iter().filter(|day| newest.is_none_or(|newest| newest < day.day)) {
        let rates = admit(&mut known, day);
        for one in rates.iter().filter(|one| one.held) {
            let (currency, rate) = (one.currency.code(), one.rate.text());
            tracing::warn!(
                event = "exchange_rates.rate_held", currency, rate, day = %one.day,
                "held an exchange rate that jumped, until the next day's"
            );
        }
        reference_store::admit(tx.conn(), SOURCE, &rates, now).await?;
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_history_fills_gaps() {
        let day = |ordinal| Date::from_ordinal_date(2026, ordinal).unwrap();
        assert_eq!((path(None, day(324)), path(Some(day(319)), day(324))), (HISTORY, HISTORY));
        assert_eq!((path(Some(day(320)), day(324)), path(Some(day(324)), day(324))), (DAILY, DAILY));
    }
}
