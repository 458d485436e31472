//! Presets of common plans to start from. Pure.

use shared::money::Money;

use rules::commission::{
    period::Period,
    plan::{By, Component, Condition, Duration, Mode, On, Pays, RATE_PPM_MAX, Step, StepPays, Tiers},
};

/// A preset as a form offers it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Preset {
    pub(super) key: &'static str,
    pub(super) title: &'static str,
    pub(super) words: &'static str,
    /// Which of the form's two numbers it uses.
    pub(super) rate: bool,
    pub(super) amount: bool,
}

const fn preset(key: &'static str, title: &'static str, words: &'static str, rate: bool, amount: bool) -> Preset {
    Preset { key, title, words, rate, amount }
}

pub(super) const PRESETS: [Preset; 6] = [
    preset(
        "share",
        "Recurring percentage",
        "A percentage of every sale and renewal, for as long as the customer pays",
        true,
        false,
    ),
    preset(
        "year",
        "First-year percentage",
        "A percentage of each payment in a customer’s first 12 months",
        true,
        false,
    ),
    preset("first", "Fixed amount per customer", "A bounty for each new customer’s first sale", false, true),
    preset(
        "hybrid",
        "Bounty + recurring percentage",
        "A fixed amount for the first sale, then a percentage of every renewal",
        true,
        true,
    ),
    preset("tiers", "Volume tiers", "A percentage that rises with the 11th and the 51st sale in a month", true, false),
    preset("lead", "Fixed amount per lead", "For each new lead, whether or not they buy", false, true),
];

pub(super) fn find(key: &str) -> Option<Preset> {
    PRESETS.into_iter().find(|preset| preset.key == key)
}

/// The plan of a preset. Values that the preset doesn't use are ignored.
pub(super) fn components(preset: Preset, rate_ppm: u32, amount: Money) -> Vec<Component> {
    let share = Pays::Percentage { rate_ppm };
    match preset.key {
        "year" => vec![Component { duration: Duration::Months(12), ..share.into() }],
        "first" => vec![Pays::FirstConversion(amount).into()],
        "hybrid" => {
            let renewals = Condition { on: On::Recurring, ..Condition::default() };
            vec![Pays::FirstConversion(amount).into(), Component { when: renewals, ..share.into() }]
        }
        "tiers" => {
            let step = |from, more: u32| Step {
                from,
                pays: StepPays::Rate { rate_ppm: rate_ppm.saturating_add(more).min(RATE_PPM_MAX) },
            };
            let steps = vec![step(1, 0), step(11, 50_000), step(51, 100_000)];
            vec![Pays::Tiers(Tiers { by: By::Sales, period: Period::Month, mode: Mode::Marginal, steps }).into()]
        }
        "lead" => vec![Pays::PerLead(amount).into()],
        _ => vec![share.into()],
    }
}

#[cfg(test)]
mod tests {
    use shared::money::Currency;

    use super::*;
    use engine::commission::offer::in_short;
    use kit::text::Texts;
    use rules::commission::plan::validate;

    #[test]
    fn each_is_a_plan_that_stands() {
        let amount = Money::new(5_000, Currency::USD);
        let reported: Vec<String> = PRESETS
            .into_iter()
            .map(|preset| {
                let components = components(preset, 250_000, amount);
                assert_eq!(validate(&components), Ok(()), "{}", preset.key);
                in_short(Texts::default(), &components)
            })
            .collect();
        assert_eq!(
            reported,
            [
                "25% of every payment",
                "25% of every payment in a customer’s first 12 months",
                "$50 for a customer’s first sale",
                "$50 for a customer’s first sale, plus 25% of every renewal",
                "25% of every payment, 30% from the 11th sale in a month, 35% from the 51st sale in a month",
                "$50 for every new lead",
            ]
        );
        assert!(find("share").is_some() && find("gift").is_none());
        let steep = components(find("tiers").unwrap(), RATE_PPM_MAX, amount);
        assert_eq!(validate(&steep), Ok(()));
    }
}
