//! Which emails a change of a subscription or an invoice causes. Each is queued once, in the transaction of the change.

use shared::{id::OrganizationId, timestamp::Timestamp};

use super::{
    answer::{Invoice, Subscription},
    email::{self, Notice},
    store::{self, Account},
};
use crate::organization::plan::{Subscription as Owned, SubscriptionStatus};
use kit::{db::TenantTx, error::Result, mail, state::AppState};

/// The plan before and after a reading.
#[derive(Debug, Clone, Copy)]
pub(super) struct PlanChange {
    pub before: Owned,
    pub after: Owned,
    /// Whether the plan is the subscription's.
    pub is_granted: bool,
}

/// A reading, compared with the one before.
#[derive(Debug, Clone, Copy)]
pub(super) struct Change<'a> {
    pub before: &'a Account,
    /// The subscription that counts.
    pub current: Option<&'a Subscription>,
    pub plan: PlanChange,
    pub is_trial_ending: bool,
}

/// The page that all of these emails lead to: it opens the customer portal.
pub(super) fn page(state: &AppState, organization: OrganizationId) -> String {
    format!("{}/dashboard/settings/billing?organization={organization}", state.config.public_url)
}

pub(super) async fn of_change(tx: &mut TenantTx, state: &AppState, change: &Change<'_>) -> Result<()> {
    for (key, notice) in notices(change) {
        post(tx, state, &key, notice).await?;
    }
    Ok(())
}

/// The emails, each with what makes it the same one.
fn notices(change: &Change<'_>) -> Vec<(String, Notice)> {
    let Change { before, current, plan, is_trial_ending } = *change;
    let PlanChange { before: was, after: is, is_granted } = plan;
    let id = current.map(|one| one.id.as_str()).or(before.subscription.as_deref()).unwrap_or_default();
    let mut found = Vec::new();
    let is_new = before.subscription.as_deref() != Some(id);
    match is.subscription_status {
        SubscriptionStatus::Trialing(end) if is_granted && is_new => {
            found.push((format!("trial_started {id}"), Notice::TrialStarted { tier: is.tier, end }));
        }
        SubscriptionStatus::Trialing(end) if is_granted && is_trial_ending => {
            found.push((format!("trial_ending {id} {}", end.seconds()), Notice::TrialEnding { tier: is.tier, end }));
        }
        _ => {}
    }
    if was != is && is_announced(was, is, is_new) {
        let notice = Notice::PlanChanged { before: was.current(), after: is.tier };
        found.push((format!("plan_changed {id} {}", before.revision), notice));
    }
    let cancel_at = current.and_then(Subscription::ends_at);
    let ended = was != is && is.subscription_status == SubscriptionStatus::Cancelled;
    if let Some(end) = cancel_at.filter(|_| !ended && before.cancel_at != cancel_at) {
        found.push((format!("cancelled {id} {}", end.seconds()), Notice::Cancelled { end: Some(end) }));
    }
    // What was cancelled before was announced then.
    if ended && before.cancel_at.is_none() {
        found.push(match was.subscription_status {
            SubscriptionStatus::Trialing(_) => (format!("trial_expired {id}"), Notice::TrialExpired),
            _ => (format!("ended {id} {}", before.revision), Notice::Cancelled { end: None }),
        });
    }
    found
}

/// Whether an email says which plan it is now: after another one was chosen, and after the first without a trial.
fn is_announced(was: Owned, is: Owned, is_new: bool) -> bool {
    match is.subscription_status {
        SubscriptionStatus::Active | SubscriptionStatus::PastDue => was.tier != is.tier || is_new,
        SubscriptionStatus::Trialing(_) => was.tier != is.tier && !is_new,
        SubscriptionStatus::Cancelled => false,
    }
}

/// The emails about an invoice, by what it is now: a failure that was paid meanwhile is none.
pub(super) async fn of_invoice(tx: &mut TenantTx, state: &AppState, invoice: &Invoice, failed: bool) -> Result<()> {
    let currency = invoice.currency.to_uppercase();
    let notice = if failed && invoice.is_open() && invoice.amount_due > 0 {
        let (key, retried_at) =
            (format!("payment_failed {} {}", invoice.id, invoice.attempt_count), invoice.retried_at());
        (key, Notice::PaymentFailed { amount: invoice.amount_due, currency, retried_at })
    } else if !failed && invoice.is_paid() && invoice.amount_paid > 0 {
        let (number, url) = (invoice.number.clone(), invoice.hosted_invoice_url.clone());
        let url = url.filter(|url| url.starts_with("https://"));
        (format!("receipt {}", invoice.id), Notice::Receipt { amount: invoice.amount_paid, currency, number, url })
    } else {
        return Ok(());
    };
    post(tx, state, &notice.0, notice.1).await
}

/// An email during a trial without a card. There is one of each kind: an organization has one such trial.
pub(super) async fn during_own_trial(tx: &mut TenantTx, state: &AppState, notice: Notice) -> Result<()> {
    post(tx, state, notice.kind().as_str(), notice).await
}

/// The email after a trial that began without a card.
pub(super) async fn of_own_trial(tx: &mut TenantTx, state: &AppState, ended_at: Timestamp) -> Result<()> {
    post(tx, state, &format!("trial_expired {}", ended_at.seconds()), Notice::TrialExpired).await
}

async fn post(tx: &mut TenantTx, state: &AppState, key: &str, notice: Notice) -> Result<()> {
    if !store::insert_notice(tx, key, state.clock.now()).await? {
        return Ok(());
    }
    let Some(buyer) = store::buyer(tx).await? else { return Ok(()) };
    let content = email::content(&buyer.name, &notice, page(state, tx.organization()));
    for address in store::contacts(tx).await? {
        mail::post(tx.conn(), state, content.to(&address, notice.kind())?).await?;
    }
    Ok(())
}

#[cfg(test)]
#[path = "notice_tests.rs"]
mod tests;
