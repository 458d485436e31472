//! When a payment that was made outside, or a transfer that is recorded later, counts as paid: when the money left, not
//! when it was recorded. Tax years, statements and receipts use this time.

use axum::http::StatusCode;
use jiff::civil::Date;
use payout_core::stripe::transfer::Transfer;
use shared::timestamp::Timestamp;

use identity::organization::time_zone;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    page::zone::Zone,
};

const HALF_A_DAY_MILLIS: i64 = 12 * 3_600_000;

/// The day of a payment, in the brand's time zone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum PaidOn {
    /// The time at which it is recorded.
    #[default]
    Now,
    /// The day that a person entered.
    Day(Date),
    /// The day in a payment service's file, which has its own time zone: a day just outside the possible range becomes
    /// the nearest possible one.
    File(Date),
}

impl PaidOn {
    /// # Errors
    /// 400 naming `paidOn`.
    pub fn read(text: Option<&str>) -> Result<Self> {
        let Some(text) = text.map(str::trim).filter(|text| !text.is_empty()) else { return Ok(Self::Now) };
        let day = Date::strptime("%Y-%m-%d", text).ok().filter(|_| text.len() == 10);
        day.map(Self::Day).ok_or_else(|| field("paidOn must be a date such as 2026-12-29"))
    }
}

fn field(message: &str) -> Error {
    Error::field("paidOn", message)
}

/// The earliest possible time of a payment, and why.
#[derive(Debug, Clone, Copy)]
pub struct Since {
    pub at: Timestamp,
    /// What happened then, such as "its run was proposed".
    pub what: &'static str,
}

/// Returns when the payment counts as paid.
///
/// # Errors
/// 400 naming `paidOn`, or 422 `date_out_of_range` for a file's: in the future, or too early; database errors.
pub async fn moment(tx: &mut TenantTx, paid: PaidOn, since: Since, now: Timestamp) -> Result<Timestamp> {
    if paid == PaidOn::Now {
        return Ok(now);
    }
    let zone = time_zone::of(tx).await?;
    of(&zone, paid, since, now)
}

fn of(zone: &Zone, paid: PaidOn, since: Since, now: Timestamp) -> Result<Timestamp> {
    let (day, slack) = match paid {
        PaidOn::Now => return Ok(now),
        PaidOn::Day(day) => (day, 0),
        PaidOn::File(day) => (day, 1),
    };
    let (first, today) = (zone.day_of(since.at), zone.day_of(now));
    let refused = |message: String| match paid {
        PaidOn::File(_) => Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::DateOutOfRange, message),
        PaidOn::Now | PaidOn::Day(_) => field(&message.replace("The date", "paidOn")),
    };
    if is_after(day, today, slack) {
        return Err(refused(format!("The date {day} is in the future.")));
    }
    if is_after(first, day, slack) {
        return Err(refused(format!("The date {day} is before {first}, when {}.", since.what)));
    }
    Ok(within(zone, day, (since.at, now)))
}

/// Returns whether `day` is more than `slack` days later than `than`.
fn is_after(day: Date, than: Date, slack: i32) -> bool {
    (day - than).get_days() > slack
}

/// Returns when a Stripe transfer counts as paid: when Stripe made it, as payments count in the tax year in which they
/// were made. Stripe's clock is believed between `from` and now.
pub fn made_at(transfer: &Transfer, from: Timestamp, now: Timestamp) -> Timestamp {
    Timestamp::from_seconds(transfer.created).map_or(now, |made_at| made_at.max(from).min(now))
}

/// Returns when a payment that came back on that day counts as returned: not before it was sent, and not in the future.
pub fn back(zone: &Zone, day: Option<Date>, sent: Option<Timestamp>, now: Timestamp) -> Timestamp {
    day.map_or(now, |day| within(zone, day, (sent.unwrap_or(now), now)))
}

/// Returns whether a file may say that a payment was made on that day.
pub fn is_possible(zone: &Zone, day: Date, since: Timestamp, now: Timestamp) -> bool {
    !is_after(day, zone.day_of(now), 1) && !is_after(zone.day_of(since), day, 1)
}

/// Returns the current time for today, and noon for an earlier day.
fn within(zone: &Zone, day: Date, (from, now): (Timestamp, Timestamp)) -> Timestamp {
    if day >= zone.day_of(now) {
        return now;
    }
    zone.start_of(day).plus_millis(HALF_A_DAY_MILLIS).max(from).min(now)
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    fn at(text: &str) -> Timestamp {
        Timestamp::parse_rfc3339(text).unwrap()
    }

    #[test]
    fn a_day_is_a_day_where_the_brand_is() {
        let zone = Zone::named("America/Los_Angeles");
        let (since, now) = (at("2026-12-20T23:00:00Z"), at("2027-01-04T18:00:00Z"));
        let since = Since { at: since, what: "its run was created" };
        let code = |error: Error| error.body().code.as_str().to_owned();
        let of = |paid| of(&zone, paid, since, now).map(|at| at.to_string()).map_err(code);
        assert_eq!(of(PaidOn::Now), Ok("2027-01-04T18:00:00Z".to_owned()));
        assert_eq!(of(PaidOn::Day(date(2026, 12, 29))), Ok("2026-12-29T20:00:00Z".to_owned()));
        assert_eq!(of(PaidOn::Day(date(2027, 1, 4))), Ok("2027-01-04T18:00:00Z".to_owned()));
        // On the day of the proposal, the payment can't be before the proposal.
        assert_eq!(of(PaidOn::Day(date(2026, 12, 20))), Ok("2026-12-20T23:00:00Z".to_owned()));
        for day in [date(2027, 1, 5), date(2026, 12, 19)] {
            assert!(of(PaidOn::Day(day)).is_err(), "{day}");
        }
        // A file may come from a place where it is another day.
        assert_eq!(of(PaidOn::File(date(2027, 1, 5))), Ok("2027-01-04T18:00:00Z".to_owned()));
        assert_eq!(of(PaidOn::File(date(2026, 12, 19))), Ok("2026-12-20T23:00:00Z".to_owned()));
        for day in [date(2027, 1, 6), date(2026, 12, 18), date(2025, 12, 29)] {
            assert_eq!(of(PaidOn::File(day)), Err("date_out_of_range".to_owned()), "{day}");
        }
    }

    #[test]
    fn nothing_comes_back_before_it_was_sent() {
        let (zone, now, sent) = (Zone::utc(), at("2027-01-04T18:00:00Z"), Some(at("2026-12-29T12:00:00Z")));
        assert_eq!(back(&zone, None, sent, now), now);
        assert_eq!(back(&zone, Some(date(2026, 12, 31)), sent, now), at("2026-12-31T12:00:00Z"));
        assert_eq!(back(&zone, Some(date(2026, 12, 1)), sent, now), at("2026-12-29T12:00:00Z"));
        assert_eq!(back(&zone, Some(date(2027, 2, 1)), sent, now), now);
    }

    #[test]
    fn only_a_plain_date_is_one() {
        assert_eq!(PaidOn::read(None).unwrap(), PaidOn::Now);
        assert_eq!(PaidOn::read(Some(" 2026-12-29 ")).unwrap(), PaidOn::Day(date(2026, 12, 29)));
        for text in ["29/12/2026", "2026-13-01", "2026-1-1", "2026-12-29T00:00:00Z", "today"] {
            assert_eq!(PaidOn::read(Some(text)).unwrap_err().body().field.as_deref(), Some("paidOn"), "{text}");
        }
    }
}
