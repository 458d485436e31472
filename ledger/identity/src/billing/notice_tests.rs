//! Tests of which emails a change causes.

use serde_json::{Value, json};
use uuid::Uuid;

use super::*;
use crate::organization::plan::Tier;

const END: i64 = 1_790_000_000;

fn end() -> Timestamp {
    Timestamp::from_seconds(END).unwrap()
}

fn account(subscription: Option<&str>, cancel_at: Option<Timestamp>) -> Account {
    Account {
        customer_key: Uuid::nil(),
        customer: Some("cus_1".to_owned()),
        subscription: subscription.map(str::to_owned),
        status: None,
        unknown_price: false,
        trial_ends_at: None,
        period_ends_at: None,
        cancel_at,
        trial_used_at: None,
        checkout_at: None,
        revision: 7,
    }
}

fn subscription(more: &Value) -> Subscription {
    let mut all = json!({"id": "sub_1", "status": "active", "created": 1, "items": {"data": []}});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn plan(tier: Tier, subscription_status: SubscriptionStatus) -> Owned {
    Owned { tier, subscription_status }
}

fn keys(before: &Account, more: &Value, was: Owned, is: Owned, is_trial_ending: bool) -> Vec<String> {
    let current = subscription(more);
    let plan =
        PlanChange { before: was, after: is, is_granted: is.subscription_status != SubscriptionStatus::Cancelled };
    let change = Change { before, current: Some(&current), plan, is_trial_ending };
    notices(&change).into_iter().map(|(key, _)| key).collect()
}

#[test]
fn a_trial_begins_is_about_to_end_and_ends() {
    let none = plan(Tier::Starter, SubscriptionStatus::Cancelled);
    let trial = plan(Tier::Growth, SubscriptionStatus::Trialing(end()));
    let (new, known) = (account(None, None), account(Some("sub_1"), None));
    assert_eq!(keys(&new, &json!({}), none, trial, false), ["trial_started sub_1"]);
    assert_eq!(keys(&known, &json!({}), trial, trial, false), [""; 0]);
    assert_eq!(keys(&known, &json!({}), trial, trial, true), [format!("trial_ending sub_1 {END}")]);
    assert_eq!(keys(&known, &json!({}), trial, plan(Tier::Growth, SubscriptionStatus::Active), false), [""; 0]);
    let ended = plan(Tier::Growth, SubscriptionStatus::Cancelled);
    assert_eq!(keys(&known, &json!({}), trial, ended, false), ["trial_expired sub_1"]);
}

#[test]
fn another_plan_is_announced_and_the_first_without_a_trial() {
    let known = account(Some("sub_1"), None);
    let active = |tier| plan(tier, SubscriptionStatus::Active);
    let changed = keys(&known, &json!({}), active(Tier::Starter), active(Tier::Pro), false);
    assert_eq!(changed, ["plan_changed sub_1 7"]);
    let none = plan(Tier::Starter, SubscriptionStatus::Cancelled);
    assert_eq!(keys(&account(None, None), &json!({}), none, active(Tier::Starter), false), ["plan_changed sub_1 7"]);
    let late = plan(Tier::Pro, SubscriptionStatus::PastDue);
    assert_eq!(keys(&known, &json!({}), active(Tier::Pro), late, false), [""; 0], "a failed payment has its own email");
}

#[test]
fn an_end_is_announced_once() {
    let active = plan(Tier::Pro, SubscriptionStatus::Active);
    let ended = plan(Tier::Pro, SubscriptionStatus::Cancelled);
    let (open, cancelled) = (account(Some("sub_1"), None), account(Some("sub_1"), Some(end())));
    let at_end = json!({"cancel_at_period_end": true, "current_period_end": END});
    assert_eq!(keys(&open, &at_end, active, active, false), [format!("cancelled sub_1 {END}")]);
    assert_eq!(keys(&cancelled, &at_end, active, active, false), [""; 0]);
    assert_eq!(keys(&cancelled, &at_end, active, ended, false), [""; 0], "it was announced when it was cancelled");
    assert_eq!(keys(&open, &json!({}), active, ended, false), ["ended sub_1 7"]);
}
