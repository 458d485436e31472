//! Tests of what a subscription means.

use serde_json::{Value, json};

use super::*;

const NOW: i64 = 1_790_000_000;

fn at(seconds: i64) -> Timestamp {
    Timestamp::from_seconds(seconds).unwrap()
}

fn prices() -> Prices {
    let list = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect();
    Prices {
        starter: list(&["price_starter"]),
        growth: list(&["price_growth", "price_growth_yearly"]),
        pro: list(&["price_pro"]),
    }
}

fn subscription(status: &str, price: &str, created: i64, more: &Value) -> Subscription {
    let mut all = json!({"id": format!("sub_{created}"), "status": status, "created": created,
                         "items": {"data": [{"price": {"id": price}}]}});
    all.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    serde_json::from_value(all).unwrap()
}

fn plain(status: &str) -> Subscription {
    subscription(status, "price_growth_yearly", 1, &json!({"trial_end": NOW + 14 * DAY_SECONDS}))
}

#[test]
fn each_status_of_stripe_has_a_meaning() {
    let meaning = |status: &str| plan(Some(&plain(status)), &prices(), true);
    let trial = SubscriptionStatus::Trialing(at(NOW + 14 * DAY_SECONDS));
    assert_eq!(meaning("trialing"), Plan::Is(Tier::Growth, trial));
    assert_eq!(meaning("active"), Plan::Is(Tier::Growth, SubscriptionStatus::Active));
    assert_eq!(meaning("past_due"), Plan::Is(Tier::Growth, SubscriptionStatus::PastDue));
    for ended in ["canceled", "unpaid", "paused"] {
        assert_eq!(meaning(ended), Plan::Ends, "{ended}");
    }
    assert_eq!(meaning("hibernating"), Plan::Unknown);
    assert_eq!((plan(None, &prices(), true), plan(None, &prices(), false)), (Plan::Ends, Plan::Untouched));
}

#[test]
fn an_unknown_price_grants_nothing_but_an_end_is_an_end() {
    let of = |status: &str| plan(Some(&subscription(status, "price_other", 1, &json!({}))), &prices(), true);
    assert_eq!((of("active"), of("canceled")), (Plan::Unknown, Plan::Ends));
}

#[test]
fn the_live_subscription_counts_then_the_newest() {
    let of = |all: &[(&str, i64)]| {
        let all = all.iter().map(|(status, created)| subscription(status, "price_pro", *created, &json!({})));
        current(all.collect()).map(|one| one.created)
    };
    assert_eq!(of(&[("active", 1), ("canceled", 2)]), Some(1));
    assert_eq!(of(&[("past_due", 1), ("trialing", 2), ("unpaid", 3)]), Some(2));
    assert_eq!(of(&[("canceled", 1), ("incomplete", 2)]), Some(1), "a first payment that is open ends no history");
    assert_eq!(of(&[("incomplete_expired", 2)]), None);
    assert_eq!(of(&[("active", 1), ("active", 2)]), of(&[("active", 2), ("active", 1)]));
}

#[test]
fn an_organization_has_one_trial() {
    let now = at(NOW);
    let history =
        TrialHistory { created_at: now, trial_ends_at: now, is_trialing: false, was_billed: false, used: false };
    assert_eq!(trial(history, now), Trial::Days(14));
    assert_eq!(trial(TrialHistory { used: true, ..history }, now), Trial::None);
    let begun = TrialHistory { trial_ends_at: now.plus_days(14), is_trialing: true, was_billed: true, ..history };
    assert_eq!(trial(begun, now.plus_days(4)), Trial::Until(now.plus_days(14)));
    assert_eq!(trial(begun, now.plus_days(12)), Trial::None, "Stripe takes no end within 48 hours");
    assert_eq!(trial(TrialHistory { is_trialing: false, ..begun }, now.plus_days(1)), Trial::None);
    assert_eq!(trial(TrialHistory { is_trialing: false, ..begun }, now.plus_days(15)), Trial::None);
}

#[test]
fn a_trial_from_before_plans_were_billed_counts_only_while_it_goes_on() {
    let now = at(NOW);
    let history = TrialHistory {
        created_at: now,
        trial_ends_at: now.plus_days(14),
        is_trialing: true,
        was_billed: false,
        used: false,
    };
    assert_eq!(trial(history, now.plus_days(4)), Trial::Until(now.plus_days(14)));
    assert_eq!(trial(history, now.plus_days(12)), Trial::None);
    for is_trialing in [true, false] {
        assert_eq!(trial(TrialHistory { is_trialing, ..history }, now.plus_days(14)), Trial::Days(14));
    }
    assert_eq!(trial(TrialHistory { used: true, ..history }, now.plus_days(14)), Trial::None);
}

#[test]
fn it_is_read_again_at_nine_after_a_change_was_due() {
    let midnight = at(NOW - NOW % DAY_SECONDS);
    let hours = |hours: i64| midnight.plus_millis(hours * 3_600_000);
    assert_eq!((next_check(hours(8)), next_check(hours(9))), (hours(9), hours(33)));
    let now = hours(12);
    let check = |status: &str, more: &Value| check_at(Some(&subscription(status, "price_pro", 1, more)), None, now);
    let period = json!({"current_period_end": hours(24 * 20).seconds()});
    assert_eq!(check("active", &period), Some(hours(24 * 20 + 9)));
    assert_eq!(check("past_due", &period), Some(hours(33)), "every day");
    assert_eq!(check("active", &json!({"current_period_end": hours(1).seconds()})), Some(hours(33)), "overdue");
    let trial = json!({"trial_end": hours(24 * 14).seconds(), "current_period_end": hours(24 * 14).seconds()});
    assert_eq!(check("trialing", &trial), Some(hours(24 * 11 + 9)), "for the reminder");
    assert_eq!((check("canceled", &period), check_at(None, None, now)), (None, None));
    assert_eq!(check_at(None, Some(hours(8)), now), Some(hours(33)), "a checkout can be completed for a day");
    assert_eq!(check_at(None, Some(hours(-48)), now), None);
}

#[test]
fn the_reminder_comes_in_the_last_three_days() {
    let trialing = plain("trialing");
    assert!(!is_trial_ending(&trialing, at(NOW + 10 * DAY_SECONDS)));
    assert!(is_trial_ending(&trialing, at(NOW + 11 * DAY_SECONDS)));
    assert!(!is_trial_ending(&plain("active"), at(NOW + 11 * DAY_SECONDS)));
}
