//! Converts one component of a plan to form fields and back. Pure.
//!
//! The component's type, the first field, decides which other fields count; the rest keep their submitted values.

use std::collections::BTreeMap;

use shared::money::Currency;

use super::form::{amount, currency, listed, major};
use kit::form::{Fields, Problems};
use rules::commission::{
    compute::percent,
    period::Period,
    plan::{
        AffiliateCap, By, Cap, Component, Condition, Duration, Mode, On, Pays, Step, StepPays, Tiers, read_percent,
    },
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
            products: text("products"),
            countries: text("countries"),
            currencies: text("currencies"),
            segments: text("segments"),
            affiliates: text("affiliates"),
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

/// Reads one row; `at` is its position in the form.
pub(super) struct Reader<'a> {
    pub(super) row: &'a Row,
    pub(super) at: usize,
    pub(super) problems: &'a mut Problems,
}

impl Reader<'_> {
    /// The component; `None` if a mistake makes it meaningless.
    pub(super) fn read(mut self) -> Option<Component> {
        let pays = self.pays();
        let when = self.condition();
        let duration = self.duration();
        let cap = self.cap();
        let given = |text: &String| Some(text.clone()).filter(|text| !text.is_empty());
        let (name, id) = (given(&self.row.name), given(&self.row.id));
        Some(Component { pays: pays?, when: when?, duration: duration?, cap: cap?, name, id })
    }

    fn wrong<T>(&mut self, field: &str, message: &str) -> Option<T> {
        self.problems.add(&format!("c{}-{field}", self.at), message);
        None
    }

    fn note<T>(&mut self, field: &str, read: Result<T, &'static str>) -> Option<T> {
        match read {
            Ok(value) => Some(value),
            Err(message) => self.wrong(field, message),
        }
    }

    fn pays(&mut self) -> Option<Pays> {
        let row = self.row;
        if row.kind == "percentage" {
            return self.rate("rate", &row.rate).map(|rate_ppm| Pays::Percentage { rate_ppm });
        }
        if row.kind == "tiers" {
            return self.tiers().map(Pays::Tiers);
        }
        let currency = self.note("currency", currency(&row.currency))?;
        let money = self.note("amount", amount(&row.amount, currency))?;
        match row.kind.as_str() {
            "flat" => Some(Pays::Flat(money)),
            "first_conversion" => Some(Pays::FirstConversion(money)),
            "per_lead" => Some(Pays::PerLead(money)),
            "per_click" => Some(Pays::PerClick(money)),
            _ => self.wrong("type", "Choose a commission type."),
        }
    }

    fn rate(&mut self, field: &str, text: &str) -> Option<u32> {
        let bare = text.trim_end_matches('%').trim();
        self.note(field, read_percent(bare).ok_or("Enter a percentage such as 12.5."))
    }

    fn tiers(&mut self) -> Option<Tiers> {
        let row = self.row;
        let period = self.period("period", &row.period)?;
        let mode = if row.mode == "whole" { Mode::Whole } else { Mode::Marginal };
        let (by_revenue, in_amounts) = (row.by == "revenue", row.unit == "amount");
        let currency =
            if by_revenue || in_amounts { self.note("currency", currency(&row.currency))? } else { Currency::USD };
        let mut steps = Vec::new();
        for (index, (from, pays)) in row.steps.iter().enumerate() {
            let place = format!("s{index}-from");
            let from = if by_revenue {
                self.note(&place, amount(from, currency)).map(|money| money.minor.unsigned_abs())
            } else {
                self.note(&place, from.parse().map_err(|_| "Enter a number of sales such as 11."))
            };
            let place = format!("s{index}-pays");
            let pays = if in_amounts {
                self.note(&place, amount(pays, currency)).map(StepPays::Flat)
            } else {
                self.rate(&place, pays).map(|rate_ppm| StepPays::Rate { rate_ppm })
            };
            steps.push((from, pays));
        }
        let steps =
            steps.into_iter().map(|(from, pays)| Some(Step { from: from?, pays: pays? })).collect::<Option<_>>()?;
        Some(Tiers { by: if by_revenue { By::Revenue(currency) } else { By::Sales }, period, mode, steps })
    }

    fn period(&mut self, field: &str, text: &str) -> Option<Period> {
        match text {
            MONTH => Some(Period::Month),
            "quarter" => Some(Period::Quarter),
            "year" => Some(Period::Year),
            "ever" => Some(Period::Ever),
            _ => self.wrong(field, "Choose a period."),
        }
    }

    fn duration(&mut self) -> Option<Duration> {
        let row = self.row;
        match row.duration.as_str() {
            // The form has no duration for clicks.
            _ if row.kind == "per_click" => Some(Duration::Lifetime),
            "once" => Some(Duration::Once),
            "months" => self
                .note("months", row.months.parse().map_err(|_| "Enter a number of months such as 12."))
                .map(Duration::Months),
            _ => Some(Duration::Lifetime),
        }
    }

    fn condition(&mut self) -> Option<Condition> {
        let row = self.row;
        let on = match row.on.as_str() {
            // The form has no such condition for these types.
            _ if matches!(row.kind.as_str(), "per_lead" | "per_click") => On::Any,
            "new" => On::New,
            "recurring" => On::Recurring,
            _ => On::Any,
        };
        let currencies = listed(&row.currencies).iter().map(|text| currency(text)).collect::<Result<_, _>>();
        let affiliates = listed(&row.affiliates).iter().map(|text| text.parse()).collect::<Result<_, _>>();
        let affiliates = affiliates.map_err(|_| "Enter affiliate IDs, which start with aff_.");
        let currencies = self.note("currencies", currencies);
        let affiliates = self.note("affiliates", affiliates);
        let metadata = self.metadata();
        Some(Condition {
            segments: listed(&row.segments),
            affiliates: affiliates?,
            products: listed(&row.products),
            countries: listed(&row.countries).iter().map(|text| text.to_ascii_uppercase()).collect(),
            currencies: currencies?,
            on,
            metadata: metadata?,
        })
    }

    /// Parses one key per line: `term = yearly | monthly`.
    fn metadata(&mut self) -> Option<BTreeMap<String, Vec<String>>> {
        let mut found = BTreeMap::new();
        for line in self.row.metadata.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (key, values) = line.split_once('=').unwrap_or((line, ""));
            let values: Vec<String> =
                values.split('|').map(str::trim).filter(|value| !value.is_empty()).map(str::to_owned).collect();
            if values.is_empty() {
                return self.wrong("metadata", "Enter lines such as: term = yearly | monthly");
            }
            found.insert(key.trim().to_owned(), values);
        }
        Some(found)
    }

    /// The outer `None` is a mistake, the inner one means no limit.
    fn cap(&mut self) -> Option<Option<Cap>> {
        let row = self.row;
        if row.kind == "per_click"
            || (row.cap_sale.is_empty() && row.cap_customer.is_empty() && row.cap_affiliate.is_empty())
        {
            return Some(None);
        }
        let currency = self.note("capCurrency", currency(&row.cap_currency))?;
        let mut limit = |field: &str, text: &str| {
            if text.is_empty() {
                Some(None)
            } else {
                self.note(field, amount(text, currency)).map(|money| Some(money.minor))
            }
        };
        let (sale, customer) = (limit("capSale", &row.cap_sale), limit("capCustomer", &row.cap_customer));
        let affiliate = limit("capAffiliate", &row.cap_affiliate);
        let period = self.period("capPeriod", &row.cap_period);
        let per_affiliate = match affiliate? {
            Some(amount_cents) => Some(AffiliateCap { amount_cents, period: period? }),
            None => None,
        };
        Some(Some(Cap { currency, per_conversion: sale?, per_customer: customer?, per_affiliate }))
    }
}

#[cfg(test)]
mod tests;
