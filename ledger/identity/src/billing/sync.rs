//! Reads an organization's subscription from Stripe and stores what it is, with everything that follows from it: the
//! plan, the audit log and the emails, in one transaction.
//!
//! Whatever causes it, and in whatever order: what is stored was read after everything that was stored before. Each
//! account has a revision, and a reading that another one has overtaken is repeated.

use serde_json::json;
use shared::id::OrganizationId;

use super::{
    answer::{Subscription, Subscriptions},
    fault::{self, StripeResult},
    notice::{self, Change},
    request,
    status::{self, Plan},
    store::{self, Account, Reading},
};
use crate::{
    access::actor::Actor,
    audit::{self, Entry},
    organization,
};
use kit::{
    config::billing::BillingSettings,
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
    stripe,
};

/// How often a reading is repeated because another one was stored meanwhile.
const READINGS_MAX: usize = 5;

/// What Stripe said.
struct Found {
    current: Option<Subscription>,
    had_trial: bool,
}

/// Does nothing for an organization without a customer at Stripe.
///
/// # Errors
/// 422 `stripe_refused`, 503 `stripe_unavailable`.
pub(super) async fn sync(state: &AppState, settings: &BillingSettings, organization: OrganizationId) -> Result<()> {
    for _ in 0..READINGS_MAX {
        let mut tx = state.db.tenant(organization).await?;
        let before = store::account(&mut tx).await?;
        tx.commit().await?;
        let Some(before) = before else { return Ok(()) };
        let Some(customer) = before.customer.as_deref() else { return Ok(()) };
        let found = read(state, settings, customer).await.map_err(fault::error_of)?;
        let mut tx = state.db.tenant(organization).await?;
        if save(&mut tx, state, settings, &before, &found).await? {
            tx.commit().await?;
            return Ok(());
        }
        tx.rollback().await?;
    }
    Err(Error::unavailable("a subscription that changes all the time"))
}

async fn read(state: &AppState, settings: &BillingSettings, customer: &str) -> StripeResult<Found> {
    let answer = stripe::call(state, &settings.stripe_key, &request::subscriptions(customer)).await?;
    let all = match answer.read::<Subscriptions>() {
        Ok(list) => list.data,
        // A deleted customer's subscriptions have ended.
        Err(error) if fault::is_missing(&error) => Vec::new(),
        Err(error) => return Err(error),
    };
    let had_trial = all.iter().any(|one| one.trial_ends_at().is_some());
    Ok(Found { current: status::current(all), had_trial })
}

/// Returns false if another reading was stored first.
async fn save(
    tx: &mut TenantTx,
    state: &AppState,
    settings: &BillingSettings,
    before: &Account,
    found: &Found,
) -> Result<bool> {
    let now = state.clock.now();
    let current = found.current.as_ref();
    let plan = status::plan(current, &settings.prices, before.subscription.is_some());
    let reading = Reading {
        subscription: current.map(|one| one.id.as_str()).or(before.subscription.as_deref()),
        status: current.map(|one| one.status.as_str()).or(before.subscription.as_ref().map(|_| "canceled")),
        price: current.and_then(Subscription::price),
        unknown_price: plan == Plan::Unknown,
        trial_ends_at: current.and_then(Subscription::trial_ends_at),
        period_ends_at: current.and_then(Subscription::period_ends_at),
        cancel_at: current.and_then(Subscription::ends_at),
        had_trial: found.had_trial,
        check_at: status::check_at(current, before.checkout_at, now),
    };
    if !store::set_reading(tx, before.revision, &reading, now).await? {
        return Ok(false);
    }
    let changed = set_plan(tx, state, plan).await?;
    if plan == Plan::Unknown && !before.unknown_price {
        report(tx, state, current).await?;
    }
    let change = Change {
        before,
        current,
        plan: changed,
        is_trial_ending: current.is_some_and(|one| status::is_trial_ending(one, now)),
    };
    notice::of_change(tx, state, &change).await?;
    Ok(true)
}

/// Applies the plan; returns it before and after.
async fn set_plan(tx: &mut TenantTx, state: &AppState, plan: Plan) -> Result<notice::PlanChange> {
    use organization::plan::{Subscription as Owned, SubscriptionStatus};
    let before = organization::store::subscription(tx).await?.ok_or_else(Error::not_found)?;
    let after = match plan {
        Plan::Is(tier, subscription_status) => Owned { tier, subscription_status },
        Plan::Ends => Owned { subscription_status: SubscriptionStatus::Cancelled, ..before },
        Plan::Untouched | Plan::Unknown => before,
    };
    if before != after {
        let trial_ends_at = match after.subscription_status {
            SubscriptionStatus::Trialing(end) => Some(end),
            SubscriptionStatus::Active | SubscriptionStatus::PastDue | SubscriptionStatus::Cancelled => None,
        };
        store::set_plan(tx, after.tier, after.status(), trial_ends_at).await?;
        let entry = Entry::new("subscription.changed", tx.organization())
            .before(json!({"tier": before.tier.as_str(), "status": before.status()}))
            .after(json!({"tier": after.tier.as_str(), "status": after.status()}));
        audit::record(tx, &Actor::system(), state.clock.now(), entry).await?;
    }
    Ok(notice::PlanChange { before, after, is_granted: matches!(plan, Plan::Is(..)) })
}

/// Reports a subscription that this installation can't read, for the operator: once, until it can.
async fn report(tx: &mut TenantTx, state: &AppState, subscription: Option<&Subscription>) -> Result<()> {
    let Some(subscription) = subscription else { return Ok(()) };
    let (organization, price) = (tx.organization(), subscription.price().unwrap_or_default());
    tracing::error!(
        event = "billing.price_unknown",
        %organization, subscription = subscription.id, price, status = subscription.status,
        "a subscription has a price or status that isn't known here: its plan stays as it was"
    );
    metrics::counter!("rekomi_billing_unknown_total").increment(1);
    let entry = Entry::new("subscription.not_recognized", organization)
        .after(json!({"subscription": subscription.id, "price": price, "status": subscription.status}));
    audit::record(tx, &Actor::system(), state.clock.now(), entry).await
}
