//! Converts one component of a plan to form fields and back. Pure.
//!
//! The component's type, the first field, decides which other fields count; the rest keep their submitted values.

mod reader;

pub(super) use self::reader::Reader;
use super::form::major;
use kit::form::Fields;
use rules::commission::{
    compute::percent,
    plan::{By, Cap, Component, Condition, Duration, Mode, On, Pays, Step, StepPays, Tiers},
};

/// A component as text fields of a form.
#[derive(Debug, Clone, Default)]
pub(super) struct Row {
    pub(super) kind: String,
    pub(super) rate: String,
    pub(super) amount: String,
    pub(super) currency: String,
    pub(super) on: String,
    pub(super) duration: String,
    pub(super) months: String,
    pub(super) by: String,
    pub(super) period: String,
    pub(super) mode: String,
    pub(super) unit: String,
    pub(super) steps: Vec<(String, String)>,
    pub(super) products: String,
    pub(super) countries: String,
    pub(super) currencies: String,
    pub(super) segments: String,
    pub(super) affiliates: String,
    pub(super) metadata: String,
    pub(super) cap_currency: String,
    pub(super) cap_sale: String,
    pub(super) cap_customer: String,
    pub(super) cap_affiliate: String,
    pub(super) cap_period: String,
    pub(super) name: String,
    /// Hidden: the component's id.
    pub(super) id: String,
}

pub(super) const STEPS_MAX: usize = 20;
/// The default period of tiers and caps.
const MONTH: &str = "month";

impl Row {
    pub(super) fn of_fields(fields: &Fields, at: usize) -> Self {
        let text = |name: &str| fields.text(&format!("c{at}-{name}")).to_owned();
        // Picked in boxes, typed into a field, or both.
        let list = |name: &str| {
            let given = fields.all(&format!("c{at}-{name}"));
            let given = given.iter().map(|text| text.trim().trim_end_matches(',')).filter(|text| !text.is_empty());
            given.collect::<Vec<_>>().join(", ")
        };
        let count = text("steps").parse::<usize>().unwrap_or_default().min(STEPS_MAX);
        let steps = (0..count).map(|step| (text(&format!("s{step}-from")), text(&format!("s{step}-pays"))));
        Self {
            kind: text("type"),
            rate: text("rate"),
            amount: text("amount"),
            currency: text("currency"),
            on: text("on"),
            duration: text("duration"),
            months: text("months"),
            by: text("by"),
            period: text("period"),
            mode: text("mode"),
            unit: text("unit"),
            steps: steps.collect(),
            products: list("products"),
            countries: list("countries"),
            currencies: text("currencies"),
            segments: list("segments"),
            affiliates: list("affiliates"),
            metadata: text("metadata"),
            cap_currency: text("capCurrency"),
            cap_sale: text("capSale"),
            cap_customer: text("capCustomer"),
            cap_affiliate: text("capAffiliate"),
            cap_period: text("capPeriod"),
            name: text("name"),
            id: text("id"),
        }
    }

    /// Default values for the fields that another type would show.
    fn usual() -> Self {
        Self {
            currency: "USD".to_owned(),
            cap_currency: "USD".to_owned(),
            on: "any".to_owned(),
            duration: "lifetime".to_owned(),
            months: "12".to_owned(),
            by: "sales".to_owned(),
            period: MONTH.to_owned(),
            mode: "marginal".to_owned(),
            unit: "rate".to_owned(),
            cap_period: MONTH.to_owned(),
            steps: vec![("1".to_owned(), "10".to_owned()), ("11".to_owned(), "15".to_owned())],
            ..Self::default()
        }
    }

    pub(super) fn of(component: &Component) -> Self {
        let Component { pays, when, duration, cap, name, id } = component;
        let mut row = Self::usual();
        row.write_pays(pays);
        row.write_condition(when);
        match duration {
            Duration::Lifetime => {}
            Duration::Once => row.duration = "once".to_owned(),
            Duration::Months(months) => (row.duration, row.months) = ("months".to_owned(), months.to_string()),
        }
        if let Some(cap) = cap {
            row.write_cap(cap);
        }
        (row.name, row.id) = (name.clone().unwrap_or_default(), id.clone().unwrap_or_default());
        row
    }

    fn write_pays(&mut self, pays: &Pays) {
        let (kind, money) = match pays {
            Pays::Percentage { rate_ppm } => {
                self.rate = percent(*rate_ppm);
                ("percentage", None)
            }
            Pays::Flat(money) => ("flat", Some(money)),
            Pays::FirstConversion(money) => ("first_conversion", Some(money)),
            Pays::PerLead(money) => ("per_lead", Some(money)),
            Pays::PerClick(money) => ("per_click", Some(money)),
            Pays::Tiers(tiers) => {
                self.write_tiers(tiers);
                ("tiers", None)
            }
        };
        kind.clone_into(&mut self.kind);
        if let Some(money) = money {
            money.currency.code().clone_into(&mut self.currency);
            self.amount = major(money.minor, money.currency);
        }
    }

    fn write_tiers(&mut self, tiers: &Tiers) {
        if let By::Revenue(currency) = tiers.by {
            "revenue".clone_into(&mut self.by);
            currency.code().clone_into(&mut self.currency);
        }
        tiers.period.as_str().clone_into(&mut self.period);
        if tiers.mode == Mode::Whole {
            "whole".clone_into(&mut self.mode);
        }
        let step = |step: &Step| {
            let from = match tiers.by {
                By::Sales => step.from.to_string(),
                By::Revenue(currency) => major(i64::try_from(step.from).unwrap_or(i64::MAX), currency),
            };
            match step.pays {
                StepPays::Rate { rate_ppm } => (from, percent(rate_ppm)),
                StepPays::Flat(money) => (from, major(money.minor, money.currency)),
            }
        };
        self.steps = tiers.steps.iter().map(step).collect();
        if let Some(StepPays::Flat(money)) = tiers.steps.first().map(|step| step.pays) {
            "amount".clone_into(&mut self.unit);
            money.currency.code().clone_into(&mut self.currency);
        }
    }

    fn write_condition(&mut self, when: &Condition) {
        let Condition { segments, affiliates, products, countries, currencies, on, metadata } = when;
        let on = match on {
            On::Any => "any",
            On::New => "new",
            On::Recurring => "recurring",
        };
        on.clone_into(&mut self.on);
        self.segments = segments.join(", ");
        self.products = products.join(", ");
        self.countries = countries.join(", ");
        self.affiliates = affiliates.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ");
        self.currencies = currencies.iter().map(|one| one.code().to_owned()).collect::<Vec<_>>().join(", ");
        let lines = metadata.iter().map(|(key, values)| format!("{key} = {}", values.join(" | ")));
        self.metadata = lines.collect::<Vec<_>>().join("\n");
    }

    fn write_cap(&mut self, cap: &Cap) {
        let text = |minor: Option<i64>| minor.map(|minor| major(minor, cap.currency)).unwrap_or_default();
        cap.currency.code().clone_into(&mut self.cap_currency);
        self.cap_sale = text(cap.per_conversion);
        self.cap_customer = text(cap.per_customer);
        if let Some(affiliate) = cap.per_affiliate {
            self.cap_affiliate = text(Some(affiliate.amount_cents));
            affiliate.period.as_str().clone_into(&mut self.cap_period);
        }
    }

    /// A new row to add after others.
    pub(super) fn another() -> Self {
        Self { kind: "percentage".to_owned(), ..Self::usual() }
    }

    /// Whether the row has conditions, caps or a name, so that the advanced part is worth showing.
    pub(super) fn has_more(&self) -> bool {
        let texts = [
            &self.products,
            &self.countries,
            &self.currencies,
            &self.segments,
            &self.affiliates,
            &self.metadata,
            &self.cap_sale,
            &self.cap_customer,
            &self.cap_affiliate,
            &self.name,
        ];
        texts.iter().any(|text| !text.is_empty())
    }
}

#[cfg(test)]
mod tests;
