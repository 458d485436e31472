//! Stores what Stripe reports about an account, and notifies the people concerned.

use payout_core::stripe::account::{Account, AccountStatus, Need, When};
use serde_json::json;
use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    account_key,
    destination::{self, NewDestination},
    destination_store, email, method_store,
    store::{self, Row},
};
use engine::book;
use identity::{
    access::actor::Actor,
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;
/// How long an unfinished account is checked hourly; after that it is checked once a day.
const LIVELY_DAYS: i64 = 7;
/// The minimum time between emails about the same account.
const EMAIL_EVERY_MS: i64 = 14 * DAY_MS;

/// Stores what Stripe reports, records a change in the audit log, and notifies the affiliate of what is overdue.
pub(super) async fn observed(
    state: &AppState,
    organization: OrganizationId,
    row: &Row,
    account: &Account,
) -> Result<Row> {
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let bank_key = account_key::of_bank(&mut tx, state, account.bank()).await?;
    let is_new_bank = bank_key.is_some() && bank_key != row.bank_key;
    // Whose accounts are the same decides about shares of sales: the book comes before everyone's rows.
    if is_new_bank {
        book::store::lock(&mut tx).await?;
    }
    let person = store::person(&mut tx, row.affiliate).await?;
    // Another refresh may have been faster, and the account may have been left in the meantime.
    let before = store::lock(&mut tx, row.id).await?.ok_or_else(Error::not_found)?;
    if before.is_closed() {
        return Ok(before);
    }
    let next = next_look(account.status(), before.created_at, now, rand::random());
    store::observe(&mut tx, row.id, (account, bank_key.as_deref()), (now, next)).await?;
    let after = store::one(&mut tx, row.id).await?.ok_or_else(Error::not_found)?;
    if before.account_status != after.account_status {
        let content = |row: &Row| {
            json!({"affiliateId": row.affiliate, "status": row.status(), "stripeAccount": row.stripe_account,
                   "disabledReason": row.disabled_reason})
        };
        let entry = Entry::new("payout_account.changed", row.id).before(content(&before)).after(content(&after));
        audit::record(&mut tx, &Actor::system(), now, entry).await?;
    }
    if let (Some(person), Some(new)) = (&person, elsewhere(&mut tx, &before, &after).await?) {
        destination::moved(&mut tx, state, person, (None, &new)).await?;
        email::changed(&mut tx, state, person, &new).await?;
    }
    if is_new_bank && method_store::read(&mut tx, row.affiliate).await?.is_none() {
        account_key::record(&mut tx, state, row.affiliate, None).await?;
    }
    let overdue: Vec<Need> = account.needs().into_iter().filter(|need| need.when == When::Overdue).collect();
    if let Some(person) = person.filter(|_| is_email_due(&before, &after, !overdue.is_empty(), now)) {
        email::action(&mut tx, state, &person, &overdue).await?;
        store::mark_notified(&mut tx, row.id, now).await?;
    }
    tx.commit().await?;
    Ok(after)
}

/// Where Stripe pays from now on, if that differs from before: another bank account behind the same account,
/// or an account that replaces an earlier one. `None` while they are paid by another method than Stripe.
async fn elsewhere(tx: &mut TenantTx, before: &Row, after: &Row) -> Result<Option<NewDestination>> {
    let is_other_bank = before.bank.is_some() && before.bank != after.bank;
    let is_first_time = before.ready_at.is_none() && after.ready_at.is_some();
    let is_other_account = is_first_time && destination_store::had_another(tx, after).await?;
    if !is_other_bank && !is_other_account {
        return Ok(None);
    }
    if method_store::read(tx, after.affiliate).await?.is_some() {
        return Ok(None);
    }
    Ok(Some(if is_other_bank {
        NewDestination::OtherBank(after.bank_hint.clone().unwrap_or_default())
    } else {
        NewDestination::OtherStripeAccount
    }))
}

/// Returns whether to email the affiliate: something is overdue, or they could be paid and no longer can; and there was
/// no recent email.
fn is_email_due(before: &Row, after: &Row, overdue: bool, now: Timestamp) -> bool {
    let fell = before.is_ready() && after.account_status == Some(AccountStatus::Restricted);
    let stands_still = after.details_submitted && after.account_status == Some(AccountStatus::Restricted) && overdue;
    let long_ago = after.notified_at.is_none_or(|content| now.millis() - content.millis() > EMAIL_EVERY_MS);
    (fell || stands_still) && long_ago
}

/// Returns when to check again: hourly while something is going on, later daily. Checks are spread, so that not all run
/// at once; `chance` decides by how much.
fn next_look(account_status: AccountStatus, created_at: Timestamp, now: Timestamp, chance: u16) -> Option<Timestamp> {
    let lively = now.millis() - created_at.millis() < LIVELY_DAYS * DAY_MS;
    let after = match account_status {
        AccountStatus::Closed => return None,
        AccountStatus::Onboarding | AccountStatus::Checking if lively => HOUR_MS,
        AccountStatus::Checking => HOUR_MS,
        AccountStatus::Restricted => 6 * HOUR_MS,
        AccountStatus::Onboarding | AccountStatus::Ready => DAY_MS,
    };
    // Between nine tenths and eleven tenths of it.
    let spread = after / 5 * i64::from(chance) / i64::from(u16::MAX);
    Some(now.plus_millis(after - after / 10 + spread))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_spread_and_become_rare() {
        let at = |hours: i64| Timestamp::from_seconds(1_790_000_000 + hours * 3_600).unwrap();
        let minutes = |account_status, created, chance| {
            next_look(account_status, created, at(0), chance).map(|next| (next.millis() - at(0).millis()) / 60_000)
        };
        assert_eq!(minutes(AccountStatus::Onboarding, at(0), 0), Some(54));
        assert_eq!(minutes(AccountStatus::Onboarding, at(0), u16::MAX), Some(66));
        assert_eq!(minutes(AccountStatus::Onboarding, at(-24 * 8), 0), Some(24 * 54));
        assert_eq!(minutes(AccountStatus::Checking, at(-24 * 8), 0), Some(54));
        assert_eq!(minutes(AccountStatus::Ready, at(0), 0), Some(24 * 54));
        assert_eq!(minutes(AccountStatus::Closed, at(0), 0), None);
    }
}
