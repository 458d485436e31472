//! Describes a plan in everyday words, in the reader's language: `25% of every payment, up to $500 per month on USD
//! payments`.
//!
//! Receipts need the exact terms of [`rules::commission::plan::in_words`]; people who think about joining need to
//! understand them immediately.

use shared::money::{Currency, Money};

use kit::text::{Text, Texts};
use rules::commission::{
    compute::percent,
    plan::{By, Cap, Component, Condition, Duration, Mode, On, Pays, StepPays, Tiers},
};

/// In the short form, further components are counted, not described.
const SHORT: usize = 2;

/// One sentence for each component, without a full stop.
pub fn offer(t: Texts, components: &[Component]) -> Vec<String> {
    components.iter().map(|component| sentence(t, component)).collect()
}

/// Describes all components in one line: `$50 for a customer’s first sale, plus 25% of every payment`. From the
/// third component on they are only counted.
pub fn in_short(t: Texts, components: &[Component]) -> String {
    let described = offer(t, components.get(..SHORT).unwrap_or(components)).into_iter();
    let line = described.reduce(|line, other| extended(t, "common-offer-plus", line).with("other", other).to_string());
    match (line, components.len().saturating_sub(SHORT)) {
        (Some(line), more) if more > 0 => extended(t, "common-offer-more", line).with("count", more).to_string(),
        (line, _) => line.unwrap_or_default(),
    }
}

/// A message that continues what is promised so far.
fn extended(t: Texts, key: &'static str, line: String) -> Text {
    t.say(key).with("offer", line)
}

fn sentence(t: Texts, component: &Component) -> String {
    let Component { pays, when, duration, cap, .. } = component;
    let line = conditions(t, promised(t, pays, when.on, *duration), when);
    let Some(cap) = cap else { return line };
    let line = limits(t, line, cap);
    if may_earn_beside(component, cap.currency) {
        return extended(t, "common-offer-on-currency", line).with("currency", cap.currency.code()).to_string();
    }
    line
}

fn rate(t: Texts, rate_ppm: u32) -> String {
    t.percentage(&percent(rate_ppm))
}

/// `$50`, `$49.50`, `¥5,000`.
fn money(t: Texts, minor: i64, currency: Currency) -> String {
    t.short_money(minor, currency.code())
}

fn amount(t: Texts, of: Money) -> String {
    money(t, of.minor, of.currency)
}

fn promised(t: Texts, pays: &Pays, on: On, duration: Duration) -> String {
    match pays {
        Pays::Percentage { rate_ppm } => share(t, rate(t, *rate_ppm), on, duration),
        Pays::Flat(each) => for_each(t, amount(t, *each), on, duration),
        Pays::FirstConversion(bounty) => for_each(t, amount(t, *bounty), on, Duration::Once),
        Pays::PerLead(each) => {
            within(t, t.say("common-offer-lead").with("amount", amount(t, *each)).to_string(), duration)
        }
        Pays::PerClick(each) => t.say("common-offer-click").with("amount", amount(t, *each)).to_string(),
        Pays::Tiers(tiers) => tiered(t, tiers, on, duration),
    }
}

/// What a message calls the sales that count.
const fn sales(on: On, duration: Duration) -> &'static str {
    match (duration, on) {
        (Duration::Once, On::Any | On::New) => "first",
        (Duration::Once, On::Recurring) => "first-renewal",
        (_, On::Any) => "any",
        (_, On::New) => "new",
        (_, On::Recurring) => "renewal",
    }
}

/// `25% of every payment`.
fn share(t: Texts, rate: String, on: On, duration: Duration) -> String {
    let text = t.say("common-offer-share").with("rate", rate).with("sales", sales(on, duration));
    within(t, text.to_string(), duration)
}

/// `$50 for every sale`.
fn for_each(t: Texts, amount: String, on: On, duration: Duration) -> String {
    let text = t.say("common-offer-amount").with("amount", amount).with("sales", sales(on, duration));
    within(t, text.to_string(), duration)
}

fn within(t: Texts, line: String, duration: Duration) -> String {
    let text = match duration {
        Duration::Once | Duration::Lifetime => return line,
        Duration::Months(months) if months > 12 && months % 12 == 0 => {
            extended(t, "common-offer-years", line).with("years", u32::from(months / 12))
        }
        Duration::Months(months) => extended(t, "common-offer-months", line).with("months", u32::from(months)),
    };
    text.to_string()
}

/// `10% of every payment, 15% from the 11th sale in a month`.
fn tiered(t: Texts, tiers: &Tiers, on: On, duration: Duration) -> String {
    tiers.steps.iter().enumerate().fold(String::new(), |line, (index, step)| match (index, step.pays) {
        (0, StepPays::Rate { rate_ppm }) => share(t, rate(t, rate_ppm), on, duration),
        (0, StepPays::Flat(each)) => for_each(t, amount(t, each), on, duration),
        (_, StepPays::Rate { rate_ppm }) => reached(t, line, tiers, step.from, rate(t, rate_ppm)),
        (_, StepPays::Flat(each)) => reached(t, line, tiers, step.from, amount(t, each)),
    })
}

fn reached(t: Texts, line: String, tiers: &Tiers, from: u64, pays: String) -> String {
    let key = match (tiers.by, tiers.mode) {
        (By::Sales, Mode::Marginal) => "common-offer-from-sale",
        (By::Sales, Mode::Whole) => "common-offer-all-from-sales",
        (By::Revenue(_), Mode::Marginal) => "common-offer-from-revenue",
        (By::Revenue(_), Mode::Whole) => "common-offer-all-from-revenue",
    };
    let text = extended(t, key, line).with("pays", pays).with("period", tiers.period.as_str());
    match tiers.by {
        By::Sales => text.with("number", from).to_string(),
        By::Revenue(currency) => {
            text.with("revenue", money(t, i64::try_from(from).unwrap_or(i64::MAX), currency)).to_string()
        }
    }
}

fn conditions(t: Texts, line: String, when: &Condition) -> String {
    let Condition { segments, affiliates, products, countries, currencies, on: _, metadata } = when;
    let codes: Vec<String> = currencies.iter().map(|currency| currency.code().to_owned()).collect();
    let mut line = line;
    for (key, list) in [
        ("common-offer-products", products),
        ("common-offer-countries", countries),
        ("common-offer-currencies", &codes),
    ] {
        if !list.is_empty() {
            line = extended(t, key, line).with("list", any_of(t, list)).to_string();
        }
    }
    for (name, values) in metadata {
        line =
            extended(t, "common-offer-metadata", line).with("name", name).with("list", any_of(t, values)).to_string();
    }
    if !segments.is_empty() {
        line = extended(t, "common-offer-segments", line).with("list", any_of(t, segments)).to_string();
    }
    if !affiliates.is_empty() {
        line = extended(t, "common-offer-affiliates", line).with("count", affiliates.len()).to_string();
    }
    line
}

/// `a, b or c`.
fn any_of(t: Texts, list: &[String]) -> String {
    joined(t, "common-list-or", list)
}

fn joined(t: Texts, key: &'static str, list: &[String]) -> String {
    match list {
        [] => String::new(),
        [only] => only.clone(),
        [rest @ .., last] => t.say(key).with("list", rest.join(", ")).with("last", last).to_string(),
    }
}

/// `, up to $100 per sale and $500 per month`.
fn limits(t: Texts, line: String, cap: &Cap) -> String {
    let limit = |key, minor| t.say(key).with("amount", money(t, minor, cap.currency));
    let mut limits = Vec::new();
    limits.extend(cap.per_conversion.map(|minor| limit("common-offer-per-sale", minor).to_string()));
    limits.extend(cap.per_customer.map(|minor| limit("common-offer-per-customer", minor).to_string()));
    limits.extend(cap.per_affiliate.map(|affiliate| {
        limit("common-offer-per-period", affiliate.amount_cents).with("period", affiliate.period.as_str()).to_string()
    }));
    if limits.is_empty() {
        return line;
    }
    extended(t, "common-offer-limits", line).with("limits", joined(t, "common-list-and", &limits)).to_string()
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
    use kit::text::Language;
    use rules::commission::plan::validate;

    fn plan(json: &str) -> Vec<Component> {
        let components: Vec<Component> = serde_json::from_str(&format!("[{json}]")).unwrap();
        assert_eq!(validate(&components), Ok(()), "{json}");
        components
    }

    fn report(json: &str) -> String {
        offer(Texts::default(), &plan(&format!("{{{json}}}"))).remove(0)
    }

    #[test]
    fn rates() {
        for (rest, words) in [
            ("", "25% of every payment"),
            (r#","duration":{"months":12}"#, "25% of every payment in a customer’s first 12 months"),
            (r#","duration":{"months":1}"#, "25% of every payment in a customer’s first month"),
            (r#","duration":{"months":36}"#, "25% of every payment in a customer’s first 3 years"),
            (r#","duration":"once""#, "25% of a customer’s first payment"),
            (r#","when":{"on":"new"}"#, "25% of every new sale"),
            (r#","when":{"on":"recurring"}"#, "25% of every renewal"),
            (r#","when":{"on":"new"},"duration":"once""#, "25% of a customer’s first payment"),
            (r#","when":{"on":"recurring"},"duration":"once""#, "25% of a customer’s first payment, if it’s a renewal"),
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
                "$50 for every new sale in a customer’s first 6 months",
            ),
            (
                r#""type":"flat","amountCents":5000,"currency":"JPY","duration":"once""#,
                "¥5,000 for a customer’s first sale",
            ),
            (r#""type":"first_conversion","amountCents":1500,"currency":"USD""#, "$15 for a customer’s first sale"),
            (
                r#""type":"first_conversion","amountCents":1500,"currency":"USD","when":{"on":"recurring"}"#,
                "$15 for a customer’s first sale, if it’s a renewal",
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
        let both = "25% of every payment in a customer’s first 12 months, up to $500 per month on USD payments, plus \
                    $50 for a customer’s first sale";
        assert_eq!(in_short(Texts::default(), &plan(&format!("{share},{bounty}"))), both);
        assert_eq!(
            in_short(Texts::default(), &plan(&format!("{share},{bounty},{clicks}"))),
            format!("{both}, and 1 more")
        );
        assert_eq!(
            in_short(Texts::default(), &plan(&format!("{share},{bounty},{clicks},{clicks}"))),
            format!("{both}, and 2 more")
        );
        assert_eq!(in_short(Texts::default(), &plan(bounty)), "$50 for a customer’s first sale");
    }

    #[test]
    fn each_language_has_its_own_sentence() {
        let share = r#"{"type":"percentage","ratePercent":"12.5","duration":{"months":12},"cap":{"currency":"USD","perConversion":10000,"perAffiliate":{"amountCents":50000,"period":"month"}}}"#;
        let steps = r#"{"type":"tiers","by":"sales","period":"month","mode":"marginal","steps":[{"from":1,"ratePpm":100000},{"from":11,"ratePpm":150000}]}"#;
        let components = plan(&format!("{share},{steps}"));
        assert_eq!(
            offer(Texts::new(Language::De), &components),
            [
                "12,5\u{a0}% jeder Zahlung in den ersten 12 Monaten eines Kunden, höchstens 100\u{a0}$ pro Verkauf und \
                 500\u{a0}$ pro Monat bei Zahlungen in USD",
                "10\u{a0}% jeder Zahlung, 15\u{a0}% ab dem 11. Verkauf in einem Monat",
            ]
        );
        assert_eq!(
            offer(Texts::new(Language::Es), &components),
            [
                "12,5\u{a0}% de cada pago durante los primeros 12 meses de un cliente, hasta 100\u{a0}$ por venta y \
                 500\u{a0}$ al mes en pagos en USD",
                "10\u{a0}% de cada pago, 15\u{a0}% a partir de la venta número 11 en un mes",
            ]
        );
    }
}
