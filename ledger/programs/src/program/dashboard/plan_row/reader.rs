//! Reads the component of a row. Fields that its type has no use for are ignored, whatever they hold. Pure.

use std::collections::BTreeMap;

use shared::money::Currency;

use super::super::form::{amount, currency, listed};
use super::{MONTH, Row};
use kit::form::Problems;
use rules::commission::{
    period::Period,
    plan::{
        AffiliateCap, By, Cap, Component, Condition, Duration, Mode, On, Pays, Step, StepPays, Tiers, read_percent,
    },
};

/// Reads one row; `at` is its position in the form.
pub(in super::super) struct Reader<'a> {
    pub(in super::super) row: &'a Row,
    pub(in super::super) at: usize,
    pub(in super::super) problems: &'a mut Problems,
}

impl Reader<'_> {
    /// The component; `None` if a mistake makes it meaningless.
    pub(in super::super) fn read(mut self) -> Option<Component> {
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
            // The form has no duration for these types: a click is one, and so is a customer's first sale.
            _ if matches!(row.kind.as_str(), "per_click" | "first_conversion") => Some(Duration::Lifetime),
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
            _ if matches!(row.kind.as_str(), "per_lead" | "per_click" | "first_conversion") => On::Any,
            "new" => On::New,
            "recurring" => On::Recurring,
            _ => On::Any,
        };
        // A click knows no product, no payment and no details of a sale.
        let of_sale = |text: &str| if row.kind == "per_click" { Vec::new() } else { listed(text) };
        let currencies = of_sale(&row.currencies).iter().map(|text| currency(text)).collect::<Result<_, _>>();
        let affiliates = listed(&row.affiliates).iter().map(|text| text.parse()).collect::<Result<_, _>>();
        let affiliates = affiliates.map_err(|_| "Enter affiliates by name, email address, link name or ID.");
        let currencies = self.note("currencies", currencies);
        let affiliates = self.note("affiliates", affiliates);
        let metadata = self.metadata();
        Some(Condition {
            segments: listed(&row.segments),
            affiliates: affiliates?,
            products: of_sale(&row.products),
            countries: listed(&row.countries).iter().map(|text| text.to_ascii_uppercase()).collect(),
            currencies: currencies?,
            on,
            metadata: metadata?,
        })
    }

    /// Parses one key per line: `term = yearly | monthly`.
    fn metadata(&mut self) -> Option<BTreeMap<String, Vec<String>>> {
        let mut found = BTreeMap::new();
        if self.row.kind == "per_click" {
            return Some(found);
        }
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
