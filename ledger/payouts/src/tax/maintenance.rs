//! Maintenance of tax forms: reminders, expiry, and deletion. Scheduled.

use std::{collections::HashSet, time::Duration};

use payout_core::tax::threshold;
use serde_json::json;
use shared::{id::OrganizationId, timestamp::Timestamp};
use time::Date;

use super::{
    email, erase,
    gate::{self, TaxFormStatus},
    keep, maintenance_store,
    store::{self, Row, Status},
    year,
    year_store::{self, Whose},
};
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{error::Result, jobs::OneByOne, state::AppState};

/// Everything here is due by the day; running more often costs little and survives a restart.
pub const EVERY: Duration = Duration::from_secs(600);
/// The interval where the clock is moved manually.
pub const EVERY_EAGER: Duration = Duration::from_secs(4);
const AT_ONCE: i64 = 200;
/// Emails in one round that ask for a form.
const MANY_AT_ONCE: usize = 200;
/// The number of days before a W-8's last day on which the affiliate is reminded, and the reminder's name.
const REMINDERS: [(i64, &str); 3] = [(7, "expires_7"), (30, "expires_30"), (60, "expires_60")];

/// # Errors
/// The last failing organization's; the others are done nevertheless.
pub async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let mut one_by_one = OneByOne::of("tax_form_deadlines");
    let tenants = state.db.open_and_closed_tenants().await?;
    let open: HashSet<OrganizationId> = state.db.all_tenants().await?.iter().copied().collect();
    for some in tenants.chunks(1_000) {
        let mut tx = state.db.tenants(some.to_vec()).await?;
        let busy = maintenance_store::with_work(&mut tx, now.date(), year_of(now)).await?;
        tx.commit().await?;
        for organization in busy {
            let maintained = if open.contains(&organization) {
                maintain(state, organization, now).await
            } else {
                end_and_forget(state, organization, now).await
            };
            one_by_one.note(organization, maintained);
        }
    }
    one_by_one.result()
}

async fn maintain(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    expire(state, organization, now).await?;
    remind(state, organization, now).await?;
    forget(state, organization, now).await?;
    request_forms(state, organization, now).await
}

/// A closed organization sends nothing. Once it's erased, none of its forms stays in force, and each is kept for as
/// long as if its affiliate had been erased.
async fn end_and_forget(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    for affiliate in maintenance_store::left_behind(&mut tx, AT_ONCE).await? {
        erase::affiliate(&mut tx, affiliate, now).await?;
    }
    tx.commit().await?;
    forget(state, organization, now).await
}

fn year_of(now: Timestamp) -> i32 {
    now.date().year()
}

async fn expire(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    for id in maintenance_store::expired(&mut tx, now.date(), AT_ONCE).await? {
        let Some(row) = store::read(&mut tx, id).await? else { continue };
        store::hold(&mut tx, row.affiliate).await?;
        keep::end(&mut tx, &row, (Status::Expired, None, None), now).await?;
        if let Some(last) = row.expires_on
            && maintenance_store::remind(&mut tx, row.affiliate, ("expired", &id.uuid().to_string()), now).await?
        {
            email::expired(&mut tx, state, &row, last).await?;
        }
        let entry = Entry::new("tax_form.expired", id).before(json!({"status": "Valid"}));
        let entry = entry.after(json!({"status": "Expired"}));
        audit::record(&mut tx, &Actor::system(), now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Of several reminders due at the same time, for example for a form that was accepted late, only the most urgent one
/// is sent.
fn reminder(today: Date, last: Date) -> Option<(i64, &'static str)> {
    let left = (last - today).whole_days();
    let (_, name) = REMINDERS.into_iter().find(|(days, _)| (0..=*days).contains(&left))?;
    Some((left, name))
}

async fn remind(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    let today = now.date();
    let mut tx = state.db.tenant(organization).await?;
    let soon = today.checked_add(time::Duration::days(60)).unwrap_or(Date::MAX);
    for id in maintenance_store::expiring(&mut tx, today, soon, AT_ONCE).await? {
        let Some(row) = store::read(&mut tx, id).await? else { continue };
        let Some(last) = row.expires_on else { continue };
        let Some((left, name)) = reminder(today, last) else { continue };
        if maintenance_store::remind(&mut tx, row.affiliate, (name, &id.uuid().to_string()), now).await? {
            email::expires(&mut tx, state, &row, (left, last)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

/// Deletes forms whose retention period is over. One that a payment relied on which was recorded later is kept on.
async fn forget(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let rows: Vec<Row> = maintenance_store::kept_enough(&mut tx, now.date(), AT_ONCE).await?;
    for row in rows {
        if let Some(kept) = keep::reasons(&mut tx, &row, now).await? {
            store::set_keep_until(&mut tx, row.id, kept.until).await?;
            continue;
        }
        keep::forget(&mut tx, &row, now).await?;
        let entry = Entry::new("tax_form.deleted", row.id).after(json!({"kind": row.kind.as_str()}));
        audit::record(&mut tx, &Actor::system(), now, entry).await?;
    }
    tx.commit().await?;
    Ok(())
}

/// Asks affiliates who were paid two thirds of the year's threshold and have no form on file. Other currencies are
/// converted as in the year's table.
async fn request_forms(state: &AppState, organization: OrganizationId, now: Timestamp) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    let year = year_store::year_of(&mut tx, now).await?;
    let set = year_store::thresholds(&mut tx).await?;
    let from = threshold::ask_from(threshold::of_year(year, &set));
    let span = year_store::span(&mut tx, year).await?;
    let sums = year_store::sums(&mut tx, &span, Whose::Unasked).await?;
    let mut paid = year::in_dollars(&mut tx, sums).await?;
    paid.retain(|_, sum| sum.gross >= from);
    let ids: Vec<_> = paid.keys().copied().take(MANY_AT_ONCE).collect();
    let form_statuses = gate::statuses(&mut tx, &ids, now).await?;
    for one in maintenance_store::people(&mut tx, &ids).await? {
        let Some(sum) = paid.get(&one.affiliate) else { continue };
        if !matches!(
            form_statuses.of(one.affiliate),
            TaxFormStatus::Missing | TaxFormStatus::Rejected | TaxFormStatus::Expired
        ) {
            continue;
        }
        let about = ("threshold", year.to_string());
        if maintenance_store::remind(&mut tx, one.affiliate, (about.0, &about.1), now).await? {
            let to = email::To { affiliate: one.affiliate, name: &one.name, email: &one.email };
            email::needed(&mut tx, state, to, (year, sum.gross)).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn one_reminder_at_a_time() {
        let last = date!(2029 - 12 - 31);
        let on = |today| reminder(today, last);
        assert_eq!(on(date!(2029 - 11 - 01)), Some((60, "expires_60")));
        assert_eq!(on(date!(2029 - 10 - 31)), None);
        assert_eq!(on(date!(2029 - 12 - 01)), Some((30, "expires_30")));
        assert_eq!(on(date!(2029 - 12 - 24)), Some((7, "expires_7")));
        assert_eq!(on(date!(2029 - 12 - 31)), Some((0, "expires_7")));
        assert_eq!(on(date!(2030 - 01 - 01)), None);
    }
}
