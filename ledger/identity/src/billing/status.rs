//! What a subscription at Stripe means for an organization's plan, and when to look at it again. Pure.

use kit::config::billing::Prices;
use shared::timestamp::Timestamp;

use super::{answer::Subscription, request::Trial};
use crate::organization::plan::{SubscriptionStatus, TRIAL_DAYS, Tier};

const DAY_SECONDS: i64 = 86_400;
/// The daily check is at 09:00 UTC.
const CHECK_SECONDS: i64 = 9 * 3_600;
/// An owner is reminded this long before a trial ends, as Stripe's own event about it comes
/// (<https://docs.stripe.com/api/events/types>, `customer.subscription.trial_will_end`).
pub const TRIAL_NOTICE_DAYS: i64 = 3;
/// Stripe accepts the end of a trial that is at least 48 hours away; the rest is for a checkout that takes its time.
const TRIAL_REST_DAYS: i64 = 3;

/// What becomes of the plan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Plan {
    /// It is the subscription's.
    Is(Tier, SubscriptionStatus),
    /// It ends.
    Ends,
    /// It stays as it is: there was never a subscription.
    Untouched,
    /// It stays as it is, because this installation doesn't know the subscription's price or status: nothing unknown
    /// ever grants something, and nothing that was paid for is taken away.
    Unknown,
}

/// Chooses the subscription that counts: a live one before an ended one, then the newest. One whose first payment is
/// still open doesn't count yet.
pub fn current(all: Vec<Subscription>) -> Option<Subscription> {
    let counting = all.into_iter().filter(|one| !matches!(one.status.as_str(), "incomplete" | "incomplete_expired"));
    counting.max_by_key(|one| (rank(&one.status), one.created))
}

fn rank(status: &str) -> u8 {
    match status {
        "trialing" | "active" => 3,
        "past_due" => 2,
        "canceled" => 0,
        _ => 1,
    }
}

/// Whether a subscription with this status goes on: it can be managed, and a second one would be charged twice.
pub fn is_live(status: &str) -> bool {
    rank(status) > 0
}

/// `had_one`: whether there was a subscription before.
pub fn plan(subscription: Option<&Subscription>, prices: &Prices, had_one: bool) -> Plan {
    let Some(subscription) = subscription else { return if had_one { Plan::Ends } else { Plan::Untouched } };
    let status = match subscription.status.as_str() {
        "trialing" => subscription.trial_ends_at().map(SubscriptionStatus::Trialing),
        "active" => Some(SubscriptionStatus::Active),
        "past_due" => Some(SubscriptionStatus::PastDue),
        "canceled" | "unpaid" | "paused" => return Plan::Ends,
        _ => None,
    };
    match (subscription.price().and_then(|price| tier(prices, price)), status) {
        (Some(tier), Some(status)) => Plan::Is(tier, status),
        _ => Plan::Unknown,
    }
}

/// The plan that a price sells.
pub fn tier(prices: &Prices, price: &str) -> Option<Tier> {
    let sold = [(&prices.starter, Tier::Starter), (&prices.growth, Tier::Growth), (&prices.pro, Tier::Pro)];
    sold.into_iter().find(|(known, _)| known.iter().any(|one| one == price)).map(|(_, tier)| tier)
}

/// The price at which a plan is sold; Enterprise isn't sold here.
pub fn price(prices: &Prices, tier: Tier) -> Option<&str> {
    let known = match tier {
        Tier::Starter => &prices.starter,
        Tier::Growth => &prices.growth,
        Tier::Pro => &prices.pro,
        Tier::Enterprise => return None,
    };
    known.first().map(String::as_str)
}

/// What decides whether an organization may have a trial.
#[derive(Debug, Clone, Copy)]
pub struct TrialHistory {
    pub created_at: Timestamp,
    /// The end of the trial that began with the organization, or when it was created if it began without one.
    pub trial_ends_at: Timestamp,
    /// Whether that trial goes on.
    pub is_trialing: bool,
    /// Whether that trial went on while plans were billed.
    pub was_billed: bool,
    /// Whether a subscription had a trial.
    pub used: bool,
}

/// The trial that a checkout offers: an organization has one in all, and the rest of one that began without a card is
/// kept. One that was over before plans were billed doesn't count.
pub fn trial(history: TrialHistory, now: Timestamp) -> Trial {
    if history.used {
        Trial::None
    } else if history.trial_ends_at <= history.created_at {
        Trial::Days(TRIAL_DAYS)
    } else if history.is_trialing && history.trial_ends_at >= now.plus_days(TRIAL_REST_DAYS) {
        Trial::Until(history.trial_ends_at)
    } else if history.trial_ends_at <= now && !history.was_billed {
        Trial::Days(TRIAL_DAYS)
    } else {
        Trial::None
    }
}

/// Whether the reminder about the end of a trial is due.
pub fn is_trial_ending(subscription: &Subscription, now: Timestamp) -> bool {
    let ends_soon = |end: Timestamp| end <= now.plus_days(TRIAL_NOTICE_DAYS);
    subscription.status == "trialing" && subscription.trial_ends_at().is_some_and(ends_soon)
}

/// When to read the subscription again if no event comes: at the first 09:00 UTC after it should have changed, or after
/// the last checkout, begun at `checkout_at`, has expired.
pub fn check_at(
    subscription: Option<&Subscription>,
    checkout_at: Option<Timestamp>,
    now: Timestamp,
) -> Option<Timestamp> {
    let Some(subscription) = subscription.filter(|one| is_live(&one.status)) else {
        return checkout_at.map(|at| next_check(at.plus_days(1))).filter(|at| *at > now);
    };
    let trial_notice = subscription.trial_ends_at().map(|end| end.plus_days(-TRIAL_NOTICE_DAYS));
    let changes = [
        trial_notice.filter(|_| subscription.status == "trialing"),
        subscription.trial_ends_at(),
        subscription.period_ends_at(),
        subscription.ends_at(),
    ];
    let next = changes.into_iter().flatten().filter(|at| *at > now).min();
    // What is overdue, or in a state that doesn't last, is read every day.
    let settled = matches!(subscription.status.as_str(), "trialing" | "active");
    Some(next_check(next.filter(|_| settled).unwrap_or(now)))
}

/// The first 09:00 UTC after a time.
pub fn next_check(after: Timestamp) -> Timestamp {
    let since_midnight = after.millis().rem_euclid(DAY_SECONDS * 1_000);
    let today = after.plus_millis(CHECK_SECONDS * 1_000 - since_midnight);
    if today > after { today } else { today.plus_days(1) }
}

#[cfg(test)]
#[path = "status_tests.rs"]
mod tests;
