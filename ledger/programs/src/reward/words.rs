//! Rewards in words, for emails and the portal in the reader's language. Pure.

use kit::text::Texts;
use rules::{commission::compute::percent, reward::Metric};

use super::{Gift, Goal};

/// What one claim gives: `amount` is the claim's, where money is given.
pub fn given(t: Texts, gift: &Gift, amount: i64) -> String {
    match gift {
        Gift::Bonus { currency, .. } => t.money(amount, currency.code()),
        Gift::Segment(name) => t.say("common-reward-segment").with("segment", name).to_string(),
        Gift::Rate { rate_ppm, months } => t
            .say("common-reward-rate")
            .with("rate", t.percentage(&percent(*rate_ppm)))
            .with("months", i64::from(*months))
            .to_string(),
        Gift::InKind(text) => text.clone(),
    }
}

/// What a reward offers: the amounts of its places, or what everyone gets.
pub fn offered(t: Texts, gift: &Gift) -> String {
    match gift {
        Gift::Bonus { amounts, currency, .. } => {
            let amounts: Vec<String> = amounts.iter().map(|amount| t.money(*amount, currency.code())).collect();
            amounts.join(" · ")
        }
        other => given(t, other, 0),
    }
}

/// A value of a metric: "12 sales", "$1,200.00 in revenue".
pub fn value(t: Texts, goal: &Goal, value: i64) -> String {
    let money = || goal.currency.map(|currency| t.money(value, currency.code())).unwrap_or_default();
    match goal.metric {
        Metric::Sales => t.say("common-reward-sales").with("count", value).to_string(),
        Metric::Leads => t.say("common-reward-leads").with("count", value).to_string(),
        Metric::Revenue => t.say("common-reward-revenue").with("amount", money()).to_string(),
        Metric::Commission => t.say("common-reward-commission").with("amount", money()).to_string(),
    }
}
