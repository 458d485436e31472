//! Validates a plan before a version is stored, so that pricing never meets an invalid one.
//!
//! Two rules protect the affiliates: steps never pay less than the step before, and an affiliate's cap has the period
//! of its tiers. Without them a refund could raise another sale's commission.

use std::fmt;

use shared::money::Money;

use super::{
    By, Cap, Component, Condition, Duration, Mode, On, Pays, RATE_PPM_MAX, Step, StepPays, Tiers, identity::is_id,
};

/// The invalid field, as a path into the JSON, and what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{field} {message}")]
pub struct Invalid {
    pub field: String,
    pub message: String,
}

const COMPONENTS_MAX: usize = 20;
const STEPS_MAX: usize = 20;
const AMOUNT_MAX: i64 = 1_000_000_000_000;
const MONTHS_MAX: u16 = 1_200;
const LIST_MAX: usize = 100;
const KEYS_MAX: usize = 20;
const TEXT_MAX: usize = 200;

type Checked = Result<(), Invalid>;

/// Validates a version's components.
///
/// # Errors
/// The first invalid field.
pub fn validate(components: &[Component]) -> Result<(), Invalid> {
    if components.is_empty() {
        return refuse("components", "must not be empty. To pay nothing, use a percentage of 0");
    }
    ensure(components.len() <= COMPONENTS_MAX, "components", "must have at most 20 entries")?;
    for (index, component) in components.iter().enumerate() {
        let within = |invalid: Invalid| invalid.under(&format!("components[{index}]"));
        check(component).map_err(within)?;
        let mut earlier = components.iter().take(index);
        let is_taken = component.id.is_some() && earlier.any(|other| other.id == component.id);
        ensure(!is_taken, "id", "must be unique among the components").map_err(within)?;
    }
    Ok(())
}

impl Invalid {
    fn under(mut self, parent: &str) -> Self {
        self.field = format!("{parent}.{}", self.field);
        self
    }
}

fn refuse(field: impl Into<String>, message: impl fmt::Display) -> Checked {
    Err(Invalid { field: field.into(), message: message.to_string() })
}

fn ensure(holds: bool, field: impl Into<String>, message: &str) -> Checked {
    if holds { Ok(()) } else { refuse(field, message) }
}

fn check(component: &Component) -> Checked {
    let Component { pays, when, duration, cap, name, id } = component;
    if let Some(name) = name {
        text(name, "name")?;
    }
    if let Some(id) = id {
        ensure(is_id(id), "id", "must be 1 to 40 lowercase letters, digits and underscores")?;
    }
    condition(when).map_err(|invalid| invalid.under("when"))?;
    if let Duration::Months(months) = duration {
        ensure((1..=MONTHS_MAX).contains(months), "duration.months", "must be 1 to 1200")?;
    }
    match pays {
        Pays::Percentage { rate_ppm } => rate(*rate_ppm, "ratePpm")?,
        Pays::Flat(money) | Pays::FirstConversion(money) => amount(money.minor, "amountCents")?,
        Pays::PerLead(money) => {
            amount(money.minor, "amountCents")?;
            ensure(when.on == On::Any, "when.on", "must be any, because a lead is neither new nor recurring")?;
        }
        Pays::PerClick(money) => {
            amount(money.minor, "amountCents")?;
            per_click(component)?;
        }
        Pays::Tiers(tiers) => steps(tiers)?,
    }
    cap.as_ref().map_or(Ok(()), |cap| check_cap(cap, pays).map_err(|invalid| invalid.under("cap")))
}

fn rate(ppm: u32, field: &str) -> Checked {
    ensure(ppm <= RATE_PPM_MAX, field, "must be at most 100% (1000000 parts per million)")
}

fn amount(minor: i64, field: &str) -> Checked {
    ensure((1..=AMOUNT_MAX).contains(&minor), field, "must be 1 to 1000000000000 minor units")
}

/// A click has an affiliate and a country, but no buyer and no money.
fn per_click(component: &Component) -> Checked {
    let when = &component.when;
    let none = "can't be a condition for clicks";
    ensure(when.products.is_empty(), "when.products", none)?;
    ensure(when.currencies.is_empty(), "when.currencies", none)?;
    ensure(when.metadata.is_empty(), "when.metadata", none)?;
    ensure(when.on == On::Any, "when.on", none)?;
    ensure(component.duration == Duration::Lifetime, "duration", "must be lifetime, because a click has no buyer")?;
    ensure(component.cap.is_none(), "cap", "can't limit clicks")
}

fn condition(when: &Condition) -> Checked {
    texts(&when.segments, "segments")?;
    texts(&when.products, "products")?;
    ensure(when.affiliates.len() <= LIST_MAX, "affiliates", "must have at most 100 entries")?;
    ensure(when.currencies.len() <= LIST_MAX, "currencies", "must have at most 100 entries")?;
    ensure(when.countries.len() <= 300, "countries", "must have at most 300 entries")?;
    for (index, country) in when.countries.iter().enumerate() {
        let two_capitals = country.len() == 2 && country.bytes().all(|byte| byte.is_ascii_uppercase());
        ensure(two_capitals, format!("countries[{index}]"), "must be an uppercase country code such as US")?;
    }
    ensure(when.metadata.len() <= KEYS_MAX, "metadata", "must have at most 20 keys")?;
    for (key, values) in &when.metadata {
        let field = format!("metadata.{key}");
        text(key, &field)?;
        ensure(!values.is_empty(), field.as_str(), "must have at least one entry")?;
        texts(values, &field)?;
    }
    Ok(())
}

fn texts(list: &[String], field: &str) -> Checked {
    ensure(list.len() <= LIST_MAX, field, "must have at most 100 entries")?;
    list.iter().enumerate().try_for_each(|(index, entry)| text(entry, &format!("{field}[{index}]")))
}

fn text(text: &str, field: &str) -> Checked {
    let length = text.chars().count();
    ensure((1..=TEXT_MAX).contains(&length), field, "must be 1 to 200 characters")?;
    ensure(!text.chars().any(char::is_control), field, "must not contain control characters")?;
    ensure(text.trim() == text, field, "must not start or end with a space")
}

fn steps(tiers: &Tiers) -> Checked {
    let count = tiers.steps.len();
    ensure((1..=STEPS_MAX).contains(&count), "steps", "must have 1 to 20 entries")?;
    let start = match tiers.by {
        By::Sales => 1,
        By::Revenue(_) => 0,
    };
    let mut before: Option<&Step> = None;
    for (index, step) in tiers.steps.iter().enumerate() {
        let at = format!("steps[{index}]");
        check_step(step, before, start, tiers).map_err(|invalid| invalid.under(&at))?;
        before = Some(step);
    }
    Ok(())
}

fn check_step(step: &Step, before: Option<&Step>, start: u64, tiers: &Tiers) -> Checked {
    match before {
        None if step.from != start => return refuse("from", format_args!("must be {start} in the first step")),
        Some(before) if step.from <= before.from => return refuse("from", "must be higher than in the previous step"),
        _ => ensure(step.from <= AMOUNT_MAX.unsigned_abs(), "from", "must be at most 1000000000000")?,
    }
    match step.pays {
        StepPays::Rate { rate_ppm } => rate(rate_ppm, "ratePpm")?,
        StepPays::Flat(_) if tiers.mode == Mode::Marginal && matches!(tiers.by, By::Revenue(_)) => {
            return refuse("amountCents", "can't be paid for part of a sale. Use rates, the mode whole, or sales");
        }
        StepPays::Flat(money) => {
            amount(money.minor, "amountCents")?;
            ensure(tiers.currency() == Some(money.currency), "amountCents", "must be in the tiers' currency")?;
        }
    }
    let rising = "must not be below the step before, or a refund would raise another sale's commission";
    match (before.map(|before| before.pays), step.pays) {
        (None, _) => Ok(()),
        (Some(StepPays::Rate { rate_ppm: before }), StepPays::Rate { rate_ppm }) => {
            ensure(rate_ppm >= before, "ratePpm", rising)
        }
        (Some(StepPays::Flat(before)), StepPays::Flat(money)) => {
            ensure(money.minor >= before.minor, "amountCents", rising)
        }
        (Some(StepPays::Rate { .. }), StepPays::Flat(_)) => {
            refuse("amountCents", "must be a rate like the other steps")
        }
        (Some(StepPays::Flat(_)), StepPays::Rate { .. }) => refuse("ratePpm", "must be an amount like the other steps"),
    }
}

fn check_cap(cap: &Cap, pays: &Pays) -> Checked {
    if cap.per_conversion.is_none() && cap.per_customer.is_none() && cap.per_affiliate.is_none() {
        return refuse("perConversion", "or perCustomer or perAffiliate is required");
    }
    cap.per_conversion.map_or(Ok(()), |minor| amount(minor, "perConversion"))?;
    cap.per_customer.map_or(Ok(()), |minor| amount(minor, "perCustomer"))?;
    cap.per_affiliate.map_or(Ok(()), |cap| amount(cap.amount_cents, "perAffiliate.amountCents"))?;
    match pays {
        Pays::Tiers(tiers) => cap_of_tiers(cap, tiers),
        Pays::Flat(money) | Pays::FirstConversion(money) | Pays::PerLead(money) => currency_of_cap(cap, *money),
        Pays::Percentage { .. } | Pays::PerClick(_) => Ok(()),
    }
}

/// A cap in another currency would never apply.
fn currency_of_cap(cap: &Cap, money: Money) -> Checked {
    ensure(cap.currency == money.currency, "currency", "must be the currency of the amount")
}

fn cap_of_tiers(cap: &Cap, tiers: &Tiers) -> Checked {
    ensure(
        cap.per_customer.is_none(),
        "perCustomer",
        "can't limit tiers, because its use would change with the rates of other periods. Use perConversion or \
         perAffiliate",
    )?;
    let same = cap.per_affiliate.is_none_or(|cap| cap.period == tiers.period);
    ensure(same, "perAffiliate.period", "must be the same as the tiers' period")?;
    match tiers.steps.first().map(|step| step.pays) {
        Some(StepPays::Flat(money)) => currency_of_cap(cap, money),
        _ => Ok(()),
    }
}
