//! Converts a component from and to JSON: one flat object, whose `type` decides which other fields it has.
//!
//! Written out manually, since serde can't both flatten an enum and refuse unknown fields; and a plan with a misspelled
//! field must never pay something other than its author intended.

use serde::{Deserialize, Serialize};
use shared::money::{Currency, Money};

use super::{By, Cap, Component, Condition, Duration, Mode, Pays, Step, StepPays, Tiers};
use crate::commission::period::Period;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Type {
    Percentage,
    Flat,
    Tiers,
    FirstConversion,
    PerLead,
    PerClick,
}

impl Type {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Percentage => "percentage",
            Self::Flat => "flat",
            Self::Tiers => "tiers",
            Self::FirstConversion => "first_conversion",
            Self::PerLead => "per_lead",
            Self::PerClick => "per_click",
        }
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
enum WireBy {
    Sales,
    Revenue,
}

/// Every field of any type.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Wire {
    r#type: Type,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_ppm: Option<u32>,
    /// Only parsed, never written.
    #[serde(skip_serializing)]
    rate_percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_cents: Option<i64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    currency: Option<Currency>,
    #[serde(skip_serializing_if = "Option::is_none")]
    by: Option<WireBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    period: Option<Period>,
    #[serde(skip_serializing_if = "Option::is_none")]
    mode: Option<Mode>,
    #[serde(skip_serializing_if = "Option::is_none")]
    steps: Option<Vec<WireStep>>,
    #[serde(default, skip_serializing_if = "Condition::is_empty")]
    when: Condition,
    #[serde(default, skip_serializing_if = "Duration::is_lifetime")]
    duration: Duration,
    #[serde(skip_serializing_if = "Option::is_none")]
    cap: Option<Cap>,
    #[serde(skip_serializing_if = "Option::is_none")]
    name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
}

#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct WireStep {
    from: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    rate_ppm: Option<u32>,
    #[serde(skip_serializing)]
    rate_percent: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    amount_cents: Option<i64>,
}

/// A field that doesn't fit the type, as a path within the component, and the error. serde passes both on in this text:
/// `api::body` splits it again.
#[derive(Debug, thiserror::Error)]
#[error("invalid field `{field}`: {message}")]
pub struct Misfit {
    field: String,
    message: String,
}

fn misfit(field: impl Into<String>, message: impl Into<String>) -> Misfit {
    Misfit { field: field.into(), message: message.into() }
}

impl TryFrom<Wire> for Component {
    type Error = Misfit;

    fn try_from(mut wire: Wire) -> Result<Self, Misfit> {
        let pays = wire.pays()?;
        wire.nothing_left()?;
        Ok(Self { pays, when: wire.when, duration: wire.duration, cap: wire.cap, name: wire.name, id: wire.id })
    }
}

impl Wire {
    /// The rates that were given in percent, as paths of those in parts per million.
    pub fn percents(&self) -> Vec<String> {
        let steps = self.steps.iter().flatten().enumerate();
        let steps = steps.filter(|(_, step)| step.rate_percent.is_some()).map(|(at, _)| format!("steps[{at}].ratePpm"));
        self.rate_percent.iter().map(|_| "ratePpm".to_owned()).chain(steps).collect()
    }

    /// Takes the fields of its type.
    fn pays(&mut self) -> Result<Pays, Misfit> {
        Ok(match self.r#type {
            Type::Percentage => Pays::Percentage {
                rate_ppm: rate(self.rate_ppm.take(), self.rate_percent.take(), "")?
                    .ok_or_else(|| misfit("ratePercent", "percentage requires `ratePpm` or `ratePercent`"))?,
            },
            Type::Flat => Pays::Flat(self.amount()?),
            Type::FirstConversion => Pays::FirstConversion(self.amount()?),
            Type::PerLead => Pays::PerLead(self.amount()?),
            Type::PerClick => Pays::PerClick(self.amount()?),
            Type::Tiers => Pays::Tiers(self.tiers()?),
        })
    }

    fn needed<T>(&self, value: Option<T>, field: &str) -> Result<T, Misfit> {
        value.ok_or_else(|| misfit(field, format!("{} requires `{field}`", self.r#type.as_str())))
    }

    fn amount(&mut self) -> Result<Money, Misfit> {
        let (minor, currency) = (self.amount_cents.take(), self.currency.take());
        Ok(Money::new(self.needed(minor, "amountCents")?, self.needed(currency, "currency")?))
    }

    fn tiers(&mut self) -> Result<Tiers, Misfit> {
        let (by, period, mode, steps) = (self.by.take(), self.period.take(), self.mode.take(), self.steps.take());
        let (by, period) = (self.needed(by, "by")?, self.needed(period, "period")?);
        let (mode, steps) = (self.needed(mode, "mode")?, self.needed(steps, "steps")?);
        let currency = self.currency.take();
        if by == WireBy::Sales && currency.is_some() && steps.iter().all(|step| step.amount_cents.is_none()) {
            let message = "tiers by sales with rates don't take `currency`. To count one currency only, use \
                           `when.currencies`.";
            return Err(misfit("currency", message));
        }
        let steps =
            steps.into_iter().enumerate().map(|(at, step)| step.read(at, currency)).collect::<Result<_, _>>()?;
        let by = match by {
            WireBy::Sales => By::Sales,
            WireBy::Revenue => {
                By::Revenue(currency.ok_or_else(|| misfit("currency", "tiers by revenue require `currency`"))?)
            }
        };
        Ok(Tiers { by, period, mode, steps })
    }

    /// Refuses a field that the type doesn't use: the plan would pay something other than intended.
    fn nothing_left(&self) -> Result<(), Misfit> {
        let left = [
            ("ratePpm", self.rate_ppm.is_some()),
            ("ratePercent", self.rate_percent.is_some()),
            ("amountCents", self.amount_cents.is_some()),
            ("currency", self.currency.is_some()),
            ("by", self.by.is_some()),
            ("period", self.period.is_some()),
            ("mode", self.mode.is_some()),
            ("steps", self.steps.is_some()),
        ];
        match left.iter().find(|(_, set)| *set) {
            Some((field, _)) => Err(misfit(*field, format!("{} doesn't take `{field}`", self.r#type.as_str()))),
            None => Ok(()),
        }
    }
}

impl WireStep {
    fn read(self, at: usize, currency: Option<Currency>) -> Result<Step, Misfit> {
        let needs = "a step requires one of `ratePpm`, `ratePercent` and `amountCents`";
        let pays = match (rate(self.rate_ppm, self.rate_percent, &format!("steps[{at}]."))?, self.amount_cents) {
            (Some(rate_ppm), None) => StepPays::Rate { rate_ppm },
            (None, Some(minor)) => {
                let needed = || misfit("currency", "tiers with `amountCents` require `currency`");
                StepPays::Flat(Money::new(minor, currency.ok_or_else(needed)?))
            }
            (None, None) => return Err(misfit(format!("steps[{at}]"), needs)),
            (Some(_), Some(_)) => return Err(misfit(format!("steps[{at}].amountCents"), needs)),
        };
        Ok(Step { from: self.from, pays })
    }
}

/// Reads a rate. `within` is the path of the object that contains it.
fn rate(ppm: Option<u32>, percent: Option<String>, within: &str) -> Result<Option<u32>, Misfit> {
    let wrong = |message: &str| misfit(format!("{within}ratePercent"), message);
    match (ppm, percent) {
        (ppm, None) => Ok(ppm),
        (None, Some(percent)) => {
            let read = read_percent(&percent);
            read.map(Some)
                .ok_or_else(|| wrong("`ratePercent` must be a decimal string with at most 4 decimals, such as 12.5"))
        }
        (Some(_), Some(_)) => Err(wrong("send `ratePpm` or `ratePercent`, not both")),
    }
}

/// Parses `12.5` as 125000 parts per million. `validate` decides whether it is an allowed rate.
pub fn read_percent(text: &str) -> Option<u32> {
    let (whole, places) = text.split_once('.').unwrap_or((text, "0"));
    let digits = |text: &str, most: usize| (1..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit());
    if !digits(whole, 3) || !digits(places, 4) {
        return None;
    }
    format!("{whole}{places:0<4}").parse().ok()
}

impl From<Component> for Wire {
    fn from(component: Component) -> Self {
        let Component { pays, when, duration, cap, name, id } = component;
        let mut wire = Self {
            r#type: Type::Percentage,
            rate_ppm: None,
            rate_percent: None,
            amount_cents: None,
            currency: None,
            by: None,
            period: None,
            mode: None,
            steps: None,
            when,
            duration,
            cap,
            name,
            id,
        };
        match pays {
            Pays::Percentage { rate_ppm } => wire.rate_ppm = Some(rate_ppm),
            Pays::Flat(amount) => wire.write_amount(Type::Flat, amount),
            Pays::FirstConversion(amount) => wire.write_amount(Type::FirstConversion, amount),
            Pays::PerLead(amount) => wire.write_amount(Type::PerLead, amount),
            Pays::PerClick(amount) => wire.write_amount(Type::PerClick, amount),
            Pays::Tiers(tiers) => wire.write_tiers(&tiers),
        }
        wire
    }
}

impl Wire {
    fn write_amount(&mut self, kind: Type, amount: Money) {
        (self.r#type, self.amount_cents, self.currency) = (kind, Some(amount.minor), Some(amount.currency));
    }

    fn write_tiers(&mut self, tiers: &Tiers) {
        self.r#type = Type::Tiers;
        self.period = Some(tiers.period);
        self.mode = Some(tiers.mode);
        self.currency = tiers.currency();
        self.by = Some(match tiers.by {
            By::Sales => WireBy::Sales,
            By::Revenue(_) => WireBy::Revenue,
        });
        let steps = tiers.steps.iter().map(|step| {
            let (rate_ppm, amount_cents) = match step.pays {
                StepPays::Rate { rate_ppm } => (Some(rate_ppm), None),
                StepPays::Flat(amount) => (None, Some(amount.minor)),
            };
            WireStep { from: step.from, rate_ppm, rate_percent: None, amount_cents }
        });
        self.steps = Some(steps.collect());
    }
}

impl Tiers {
    /// The currency of its thresholds, else of its amounts; validation ensures that they agree.
    pub fn currency(&self) -> Option<Currency> {
        match self.by {
            By::Revenue(currency) => Some(currency),
            By::Sales => self.steps.iter().find_map(|step| match step.pays {
                StepPays::Flat(amount) => Some(amount.currency),
                StepPays::Rate { .. } => None,
            }),
        }
    }
}
