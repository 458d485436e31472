//! How long a form is kept once it is no longer in force.
//!
//! A payer keeps the records behind its returns: for four years after the return of the last payment if tax was
//! withheld, otherwise three (General Instructions for Certain Information Returns, "Keeping copies"; IRS Publication
//! 15, "Recordkeeping"). We don't distinguish the two: a form is kept to the end of the fourth calendar year after the
//! year of the last payment that relied on it. A form that no payment relied on is kept for thirty days, so that the
//! person who rejected it can check it again.

use payout_core::tax::expiry;
use shared::timestamp::Timestamp;
use time::{Date, Month};

use super::store::{self, Row, Status};
use kit::{db::TenantTx, file};

const YEARS: i32 = 4;
const UNUSED_DAYS: i64 = 30;

/// Returns the last day on which a form that ends now is kept.
pub async fn until(tx: &mut TenantTx, row: &Row, now: Timestamp) -> Result<Date, sqlx::Error> {
    let counted = row.decided_at.filter(|_| row.status == Status::Valid);
    let relied = match counted {
        Some(since) => store::last_relied(tx, row.affiliate, since).await?,
        None => None,
    };
    Ok(last_day(relied, now))
}

fn last_day(relied: Option<Timestamp>, now: Timestamp) -> Date {
    match relied {
        Some(paid) => {
            let year = paid.date().year().saturating_add(YEARS);
            Date::from_calendar_date(year, Month::December, 31).unwrap_or(Date::MAX)
        }
        None => now.plus_days(UNUSED_DAYS).date(),
    }
}

/// Returns whether a payment relied on a form that ended then and is kept until this day: without one it is kept for
/// thirty days, with one for years.
pub fn is_relied_on(ended: Timestamp, until: Date) -> bool {
    until > ended.plus_days(UNUSED_DAYS).date()
}

/// Ends a form: it was replaced, it expired, or it was rejected.
pub async fn end(
    tx: &mut TenantTx,
    row: &Row,
    (status, by, reason): (Status, Option<&str>, Option<&str>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let keep_until = until(tx, row, now).await?;
    store::end(tx, row.id, &store::End { status, by, reason, keep_until }, now).await
}

/// Deletes a form's content and its file.
pub async fn forget(tx: &mut TenantTx, row: &Row, now: Timestamp) -> Result<(), sqlx::Error> {
    store::empty(tx, row.id).await?;
    match row.file {
        Some(id) => file::store::destroy(tx, id, now).await,
        None => Ok(()),
    }
}

/// Returns whether a W-8 still counts on a day.
pub fn counts(row: &Row, today: Date) -> bool {
    row.expires_on.is_none_or(|last| today <= last)
        && row.expires_on.is_none_or(|last| last <= expiry::of_w8(row.signed_on))
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn four_years_after_the_last_payment() {
        let now = Timestamp::from_millis(1_795_132_800_000).unwrap();
        assert_eq!(now.date(), date!(2026 - 11 - 20));
        assert_eq!(last_day(Some(now), now.plus_days(400)), date!(2030 - 12 - 31));
        assert_eq!(last_day(None, now), date!(2026 - 12 - 20));
        assert!(is_relied_on(now, last_day(Some(now), now)) && !is_relied_on(now, last_day(None, now)));
    }
}
