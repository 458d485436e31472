//! How long a form is kept once it is no longer in force.
//!
//! A payer keeps the records behind its returns: for four years after the return of the last payment if tax was
//! withheld, otherwise three (General Instructions for Certain Information Returns, "Keeping copies"; IRS Publication
//! 15, "Recordkeeping"). We don't distinguish the two: a form is kept to the end of the fourth calendar year after the
//! year of the last payment that relied on it. A form that no payment relied on is kept for thirty days, so that the
//! person who rejected it can check it again.
//!
//! A payment may be recorded after the form ended, for example with its day from a file. Before a form is deleted, its
//! payments are therefore looked up once more.

use payout_core::tax::expiry;
use shared::timestamp::Timestamp;
use time::{Date, Month};

use super::store::{self, Row, Status};
use kit::{db::TenantTx, file};

const YEARS: i32 = 4;
const UNUSED_DAYS: i64 = 30;
/// A payout that is older than this and still not settled is no reason to keep a form.
const UNSETTLED_DAYS: i64 = 365;

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

/// Why a form that ended is kept, and until when.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Retention {
    pub until: Date,
    /// Whether that is only because a payment is in progress, which may rely on the form.
    pub is_undecided: bool,
}

/// Looks again at the payments of a form that ended: those recorded since then, and those in progress. `None` if there
/// is no reason to keep it any longer.
pub async fn reasons(tx: &mut TenantTx, row: &Row, now: Timestamp) -> Result<Option<Retention>, sqlx::Error> {
    // Only a payment keeps a form for longer than an unused one.
    let recorded = row.keep_until.filter(|until| *until > last_day(None, now));
    let known = recorded.map(|until| Retention { until, is_undecided: false });
    let (Some(since), Some(ended)) = (row.decided_at, row.ended_at) else { return Ok(known) };
    // A form that was rejected without having been valid ended when it was decided.
    if since >= ended {
        return Ok(known);
    }
    let relied = store::last_relied_until(tx, row.affiliate, (since, ended)).await?;
    let latest = relied.map(|paid| last_day(Some(paid), now)).max(recorded);
    if let Some(until) = latest.filter(|until| *until >= now.date()) {
        return Ok(Some(Retention { until, is_undecided: false }));
    }
    let is_being_paid = store::is_being_paid(tx, row.affiliate, (now.plus_days(-UNSETTLED_DAYS), ended)).await?;
    Ok(is_being_paid.then(|| Retention { until: last_day(None, now), is_undecided: true }))
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
    }
}
