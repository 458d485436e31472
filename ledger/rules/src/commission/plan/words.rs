//! Describes a component in one line of plain words, for pages and receipts. `engine::commission::offer` does so in
//! everyday words, for people who think about joining.

use std::fmt::Write as _;

use shared::money::Money;

use super::{By, Cap, Component, Condition, Duration, Mode, On, Pays, StepPays, Tiers};
use crate::commission::{compute::percent, period::Period};

/// `5% of each renewal, for 12 months, at most USD 100.00 per customer`.
pub fn in_words(component: &Component) -> String {
    let Component { pays, when, duration, cap, .. } = component;
    let mut line = paid(pays, when.on, *duration);
    conditions(&mut line, when);
    if let Duration::Months(months) = duration {
        let s = if *months == 1 { "" } else { "s" };
        push(&mut line, format_args!(", for {months} month{s}"));
    }
    if let Some(cap) = cap {
        caps(&mut line, cap);
    }
    line
}

/// Writing to a `String` never fails.
fn push(line: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = line.write_fmt(words);
}

fn paid(pays: &Pays, on: On, duration: Duration) -> String {
    let sale = match on {
        On::Any => "sale",
        On::New => "new sale",
        On::Recurring => "renewal",
    };
    let each = match (duration, on) {
        (Duration::Once, On::Any) => "a customer's first sale".to_owned(),
        (Duration::Once, _) => format!("a customer's first sale, if it's a {sale}"),
        _ => format!("each {sale}"),
    };
    match pays {
        Pays::Percentage { rate_ppm } => format!("{}% of {each}", percent(*rate_ppm)),
        Pays::Flat(amount) => format!("{amount} for {each}"),
        Pays::FirstConversion(amount) => match on {
            On::Any => format!("{amount} for a customer's first sale"),
            _ => format!("{amount} for a customer's first sale, if it's a {sale}"),
        },
        Pays::PerLead(amount) => format!("{amount} for a customer's first lead"),
        Pays::PerClick(amount) => format!("{amount} for each unique visitor per day"),
        Pays::Tiers(tiers) => tiered(tiers, &each),
    }
}

/// `10% of each sale, 15% from the month's 11th sale`.
fn tiered(tiers: &Tiers, each: &str) -> String {
    let mut line = String::new();
    for (index, step) in tiers.steps.iter().enumerate() {
        let pays = match step.pays {
            StepPays::Rate { rate_ppm } => format!("{}%", percent(rate_ppm)),
            StepPays::Flat(amount) => amount.to_string(),
        };
        if index == 0 {
            let of = if matches!(step.pays, StepPays::Rate { .. }) { "of" } else { "for" };
            push(&mut line, format_args!("{pays} {of} {each}"));
        } else {
            push(&mut line, format_args!(", {pays} {}", threshold(tiers, step.from)));
        }
    }
    line
}

fn threshold(tiers: &Tiers, from: u64) -> String {
    let of = match tiers.period {
        Period::Month => "the month's",
        Period::Quarter => "the quarter's",
        Period::Year => "the year's",
        Period::Ever => "the affiliate's",
    };
    match (tiers.by, tiers.mode) {
        (By::Sales, Mode::Marginal) => format!("from {of} {} sale", ordinal(from)),
        (By::Sales, Mode::Whole) => format!("on all sales once {of} {} sale is reached", ordinal(from)),
        (By::Revenue(currency), mode) => {
            let revenue = Money::new(i64::try_from(from).unwrap_or(i64::MAX), currency);
            match mode {
                Mode::Marginal => format!("above {of} first {revenue}"),
                Mode::Whole => format!("on all sales once {of} revenue reaches {revenue}"),
            }
        }
    }
}

pub fn ordinal(number: u64) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

fn conditions(line: &mut String, when: &Condition) {
    let Condition { segments, affiliates, products, countries, currencies, on: _, metadata } = when;
    if !products.is_empty() {
        push(line, format_args!(", of {}", any_of(products)));
    }
    if !countries.is_empty() {
        push(line, format_args!(", to buyers in {}", any_of(countries)));
    }
    if !currencies.is_empty() {
        let codes: Vec<&str> = currencies.iter().map(|currency| currency.code()).collect();
        push(line, format_args!(", paid in {}", any_of(&codes)));
    }
    for (key, values) in metadata {
        push(line, format_args!(", where {key} is {}", any_of(values)));
    }
    if !segments.is_empty() {
        push(line, format_args!(", by affiliates in {}", any_of(segments)));
    }
    match affiliates.len() {
        0 => {}
        1 => line.push_str(", by one affiliate"),
        several => push(line, format_args!(", by {several} affiliates")),
    }
}

/// `a, b or c`.
pub fn any_of<T: AsRef<str>>(list: &[T]) -> String {
    let texts: Vec<&str> = list.iter().map(AsRef::as_ref).collect();
    match texts.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} or {last}", rest.join(", ")),
        Some((last, _)) => (*last).to_owned(),
        None => String::new(),
    }
}

fn caps(line: &mut String, cap: &Cap) {
    let limit = |minor: i64| Money::new(minor, cap.currency);
    if let Some(minor) = cap.per_conversion {
        push(line, format_args!(", at most {} per sale", limit(minor)));
    }
    if let Some(minor) = cap.per_customer {
        push(line, format_args!(", at most {} per customer", limit(minor)));
    }
    if let Some(affiliate) = cap.per_affiliate {
        push(line, format_args!(", at most {} per affiliate", limit(affiliate.amount_cents)));
        match affiliate.period {
            Period::Ever => line.push_str(" in total"),
            period => push(line, format_args!(" per {}", period.as_str())),
        }
    }
}
