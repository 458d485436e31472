//! Describes a plan in everyday words: `25% of every payment, up to $500 per month on USD payments`.
//!
//! Receipts need the exact terms of [`super::in_words`]; people who think about joining need to understand them
//! immediately.

use std::fmt::Write as _;

use shared::money::{Currency, Money};

use super::{
    By, Cap, Component, Condition, Duration, Mode, On, Pays, StepPays, Tiers,
    words::{any_of, ordinal},
};
use crate::{
    commission::{compute::percent, period::Period},
    format,
};

/// In the short form, further components are counted, not described.
const SHORT: usize = 2;

/// One sentence for each component, without a full stop.
pub fn offer(components: &[Component]) -> Vec<String> {
    components.iter().map(sentence).collect()
}

/// Describes all components in one line: `$50 for a customer's first sale, plus 25% of every payment`. From the
/// third component on they are only counted.
pub fn in_short(components: &[Component]) -> String {
    let mut line = offer(components.get(..SHORT).unwrap_or(components)).join(", plus ");
    match components.len().saturating_sub(SHORT) {
        0 => {}
        1 => line.push_str(", and 1 more"),
        more => push(&mut line, format_args!(", and {more} more")),
    }
    line
}

fn sentence(component: &Component) -> String {
    let Component { pays, when, duration, cap, .. } = component;
    let mut line = promised(pays, when.on, *duration);
    conditions(&mut line, when);
    if let Some(cap) = cap {
        limits(&mut line, cap);
        if may_earn_beside(component, cap.currency) {
            push(&mut line, format_args!(" on {} payments", cap.currency.code()));
        }
    }
    line
}

/// Writing to a `String` never fails.
fn push(line: &mut String, words: std::fmt::Arguments<'_>) {
    let _ = line.write_fmt(words);
}

/// `$50`, `$49.50`, `¥5,000`.
fn money(minor: i64, currency: Currency) -> String {
    format::without_zeros(format::money(minor, currency.code()))
}

fn amount(of: Money) -> String {
    money(of.minor, of.currency)
}

fn promised(pays: &Pays, on: On, duration: Duration) -> String {
    match pays {
        Pays::Percentage { rate_ppm } => format!("{}% of {}", percent(*rate_ppm), share_of(on, duration)),
        Pays::Flat(each) => format!("{}{}", amount(*each), for_each(on, duration)),
        Pays::FirstConversion(bounty) => format!("{}{}", amount(*bounty), for_each(on, Duration::Once)),
        Pays::PerLead(each) => format!("{} for every new lead{}", amount(*each), span(duration)),
        Pays::PerClick(each) => format!("{} for every unique visitor per day", amount(*each)),
        Pays::Tiers(tiers) => tiered(tiers, on, duration),
    }
}

/// What a rate applies to.
fn share_of(on: On, duration: Duration) -> String {
    let what = match (duration, on) {
        (Duration::Once, On::Any | On::New) => return "a customer's first payment".to_owned(),
        (Duration::Once, On::Recurring) => return "a customer's first payment, if it's a renewal".to_owned(),
        (_, On::Any) => "every payment",
        (_, On::New) => "every new sale",
        (_, On::Recurring) => "every renewal",
    };
    format!("{what}{}", span(duration))
}

/// What an amount is paid for.
fn for_each(on: On, duration: Duration) -> String {
    let what = match (duration, on) {
        (Duration::Once, On::Any | On::New) => return " for a customer's first sale".to_owned(),
        (Duration::Once, On::Recurring) => return " for a customer's first sale, if it's a renewal".to_owned(),
        (_, On::Any) => "sale",
        (_, On::New) => "new sale",
        (_, On::Recurring) => "renewal",
    };
    format!(" for every {what}{}", span(duration))
}

fn span(duration: Duration) -> String {
    match duration {
        Duration::Once | Duration::Lifetime => String::new(),
        Duration::Months(1) => " in a customer's first month".to_owned(),
        Duration::Months(12) => " in a customer's first 12 months".to_owned(),
        Duration::Months(months) if months % 12 == 0 => format!(" in a customer's first {} years", months / 12),
        Duration::Months(months) => format!(" in a customer's first {months} months"),
    }
}

/// `10% of every payment, 15% from the 11th sale in a month`.
fn tiered(tiers: &Tiers, on: On, duration: Duration) -> String {
    let mut line = String::new();
    for (index, step) in tiers.steps.iter().enumerate() {
        let (pays, of) = match step.pays {
            StepPays::Rate { rate_ppm } => {
                (format!("{}%", percent(rate_ppm)), format!(" of {}", share_of(on, duration)))
            }
            StepPays::Flat(each) => (amount(each), for_each(on, duration)),
        };
        if index == 0 {
            push(&mut line, format_args!("{pays}{of}"));
        } else {
            line.push_str(&reached(tiers, step.from, &pays));
        }
    }
    line
}

fn reached(tiers: &Tiers, from: u64, pays: &str) -> String {
    let within = match tiers.period {
        Period::Month => "in a month",
        Period::Quarter => "in a quarter",
        Period::Year => "in a year",
        Period::Ever => "in total",
    };
    match (tiers.by, tiers.mode) {
        (By::Sales, Mode::Marginal) => format!(", {pays} from the {} sale {within}", ordinal(from)),
        (By::Sales, Mode::Whole) => format!(", {pays} on all sales once there are {from} {within}"),
        (By::Revenue(currency), mode) => {
            let sold = money(i64::try_from(from).unwrap_or(i64::MAX), currency);
            match mode {
                Mode::Marginal => format!(", {pays} of revenue above {sold} {within}"),
                Mode::Whole => format!(", {pays} on all sales once revenue reaches {sold} {within}"),
            }
        }
    }
}

fn conditions(line: &mut String, when: &Condition) {
    let Condition { segments, affiliates, products, countries, currencies, on: _, metadata } = when;
    if !products.is_empty() {
        push(line, format_args!(", for {}", any_of(products)));
    }
    if !countries.is_empty() {
        push(line, format_args!(", for customers in {}", any_of(countries)));
    }
    if !currencies.is_empty() {
        let codes: Vec<&str> = currencies.iter().map(Currency::code).collect();
        push(line, format_args!(", if paid in {}", any_of(&codes)));
    }
    for (key, values) in metadata {
        push(line, format_args!(", if {key} is {}", any_of(values)));
    }
    if !segments.is_empty() {
        push(line, format_args!(", for affiliates in {}", any_of(segments)));
    }
    match affiliates.len() {
        0 => {}
        1 => line.push_str(", for one selected affiliate"),
        several => push(line, format_args!(", for {several} selected affiliates")),
    }
}

/// `, up to $100 per sale and $500 per month`.
fn limits(line: &mut String, cap: &Cap) {
    let mut limits = Vec::new();
    if let Some(minor) = cap.per_conversion {
        limits.push(format!("{} per sale", money(minor, cap.currency)));
    }
    if let Some(minor) = cap.per_customer {
        limits.push(format!("{} per customer", money(minor, cap.currency)));
    }
    if let Some(affiliate) = cap.per_affiliate {
        let within = match affiliate.period {
            Period::Month => "per month",
            Period::Quarter => "per quarter",
            Period::Year => "per year",
            Period::Ever => "in total",
        };
        limits.push(format!("{} {within}", money(affiliate.amount_cents, cap.currency)));
    }
    if let Some((last, rest)) = limits.split_last() {
        let before = if rest.is_empty() { String::new() } else { format!("{} and ", rest.join(", ")) };
        push(line, format_args!(", up to {before}{last}"));
    }
}

/// Whether the component may earn something in another currency, to which the cap doesn't apply.
fn may_earn_beside(component: &Component, currency: Currency) -> bool {
    let share = match &component.pays {
        Pays::Percentage { .. } => true,
        Pays::Tiers(tiers) => tiers.steps.iter().any(|step| matches!(step.pays, StepPays::Rate { .. })),
        Pays::Flat(_) | Pays::FirstConversion(_) | Pays::PerLead(_) | Pays::PerClick(_) => false,
    };
    let paid_in = &component.when.currencies;
    share && (paid_in.is_empty() || paid_in.iter().any(|one| *one != currency))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commission::plan::validate;

    fn plan(json: &str) -> Vec<Component> {
        let components: Vec<Component> = serde_json::from_str(&format!("[{json}]")).unwrap();
        assert_eq!(validate(&components), Ok(()), "{json}");
        components
    }

    fn report(json: &str) -> String {
        offer(&plan(&format!("{{{json}}}"))).remove(0)
    }

    #[test]
    fn rates() {
        for (rest, words) in [
            ("", "25% of every payment"),
            (r#","duration":{"months":12}"#, "25% of every payment in a customer's first 12 months"),
            (r#","duration":{"months":1}"#, "25% of every payment in a customer's first month"),
            (r#","duration":{"months":36}"#, "25% of every payment in a customer's first 3 years"),
            (r#","duration":"once""#, "25% of a customer's first payment"),
            (r#","when":{"on":"new"}"#, "25% of every new sale"),
            (r#","when":{"on":"recurring"}"#, "25% of every renewal"),
            (r#","when":{"on":"new"},"duration":"once""#, "25% of a customer's first payment"),
            (r#","when":{"on":"recurring"},"duration":"once""#, "25% of a customer's first payment, if it's a renewal"),
        ] {
            assert_eq!(report(&format!(r#""type":"percentage","ratePpm":250000{rest}"#)), words);
        }
        assert_eq!(report(r#""type":"percentage","ratePercent":"12.5""#), "12.5% of every payment");
    }

    #[test]
    fn amounts() {
        for (json, words) in [
            (r#""type":"flat","amountCents":5000,"currency":"USD""#, "$50 for every sale"),
            (
                r#""type":"flat","amountCents":4950,"currency":"EUR","when":{"on":"recurring"}"#,
                "€49.50 for every renewal",
            ),
            (
                r#""type":"flat","amountCents":5000,"currency":"USD","when":{"on":"new"},"duration":{"months":6}"#,
                "$50 for every new sale in a customer's first 6 months",
            ),
            (
                r#""type":"flat","amountCents":5000,"currency":"JPY","duration":"once""#,
                "¥5,000 for a customer's first sale",
            ),
            (r#""type":"first_conversion","amountCents":1500,"currency":"USD""#, "$15 for a customer's first sale"),
            (
                r#""type":"first_conversion","amountCents":1500,"currency":"USD","when":{"on":"recurring"}"#,
                "$15 for a customer's first sale, if it's a renewal",
            ),
            (r#""type":"per_lead","amountCents":200,"currency":"USD""#, "$2 for every new lead"),
            (r#""type":"per_click","amountCents":10,"currency":"USD""#, "$0.10 for every unique visitor per day"),
        ] {
            assert_eq!(report(json), words, "{json}");
        }
    }

    #[test]
    fn steps() {
        let rates = |by: &str, period: &str, mode: &str, from: [u64; 3]| {
            let [first, second, third] = from;
            let currency = if by == "revenue" { r#","currency":"USD""# } else { "" };
            report(&format!(
                r#""type":"tiers","by":"{by}","period":"{period}","mode":"{mode}"{currency},"steps":[{{"from":{first},"ratePpm":100000}},{{"from":{second},"ratePpm":150000}},{{"from":{third},"ratePpm":200000}}]"#
            ))
        };
        assert_eq!(
            rates("sales", "month", "marginal", [1, 11, 52]),
            "10% of every payment, 15% from the 11th sale in a month, 20% from the 52nd sale in a month"
        );
        assert_eq!(
            rates("sales", "quarter", "whole", [1, 10, 50]),
            "10% of every payment, 15% on all sales once there are 10 in a quarter, 20% on all sales once there are 50 in \
             a quarter"
        );
        assert_eq!(
            rates("revenue", "year", "marginal", [0, 100_000, 500_000]),
            "10% of every payment, 15% of revenue above $1,000 in a year, 20% of revenue above $5,000 in a year"
        );
        assert_eq!(
            rates("revenue", "ever", "whole", [0, 100_000, 500_000]),
            "10% of every payment, 15% on all sales once revenue reaches $1,000 in total, 20% on all sales once revenue \
             reaches $5,000 in total"
        );
        assert_eq!(
            report(
                r#""type":"tiers","by":"sales","period":"ever","mode":"marginal","currency":"USD","steps":[{"from":1,"amountCents":1000},{"from":11,"amountCents":1500}]"#
            ),
            "$10 for every sale, $15 from the 11th sale in total"
        );
    }

    #[test]
    fn conditions_and_limits() {
        for (rest, words) in [
            (r#""when":{"products":["Pro"]}"#, ", for Pro"),
            (
                r#""when":{"products":["Solo","Pro","Team"],"countries":["US","DE"]}"#,
                ", for Solo, Pro or Team, for customers in US or DE",
            ),
            (r#""when":{"currencies":["EUR"],"metadata":{"term":["yearly"]}}"#, ", if paid in EUR, if term is yearly"),
            (r#""when":{"segments":["gold"]}"#, ", for affiliates in gold"),
            (r#""when":{"affiliates":["aff_01h455vb4pex5vsknk084sn02q"]}"#, ", for one selected affiliate"),
            (r#""cap":{"currency":"USD","perConversion":10000}"#, ", up to $100 per sale on USD payments"),
            (
                r#""when":{"currencies":["USD"]},"cap":{"currency":"USD","perConversion":10000}"#,
                ", if paid in USD, up to $100 per sale",
            ),
            (
                r#""cap":{"currency":"USD","perConversion":10000,"perCustomer":20000,"perAffiliate":{"amountCents":50000,"period":"month"}}"#,
                ", up to $100 per sale, $200 per customer and $500 per month on USD payments",
            ),
            (
                r#""cap":{"currency":"JPY","perAffiliate":{"amountCents":50000,"period":"ever"}}"#,
                ", up to ¥50,000 in total on JPY payments",
            ),
        ] {
            let report = report(&format!(r#""type":"percentage","ratePpm":200000,{rest}"#));
            assert_eq!(report, format!("20% of every payment{words}"));
        }
    }

    #[test]
    fn a_hybrid_reads_as_one_sentence() {
        let bounty = r#"{"type":"first_conversion","amountCents":5000,"currency":"USD"}"#;
        let share = r#"{"type":"percentage","ratePpm":250000,"duration":{"months":12},"cap":{"currency":"USD","perAffiliate":{"amountCents":50000,"period":"month"}}}"#;
        let clicks = r#"{"type":"per_click","amountCents":10,"currency":"USD"}"#;
        let both = "25% of every payment in a customer's first 12 months, up to $500 per month on USD payments, plus \
                    $50 for a customer's first sale";
        assert_eq!(in_short(&plan(&format!("{share},{bounty}"))), both);
        assert_eq!(in_short(&plan(&format!("{share},{bounty},{clicks}"))), format!("{both}, and 1 more"));
        assert_eq!(in_short(&plan(&format!("{share},{bounty},{clicks},{clicks}"))), format!("{both}, and 2 more"));
        assert_eq!(in_short(&plan(bounty)), "$50 for a customer's first sale");
    }
}
