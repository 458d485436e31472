//! The calculator of a program page: what new customers earn an affiliate, in the visitor's language. Its figures come
//! from the plan's own engine; a script only chooses among them. Pure.

use shared::money::{Currency, Money};

use kit::{
    error::{Error, Result},
    text::Texts,
};
use programs::program::dashboard::earnings::{self, CUSTOMERS_MAX, Earnings};
use rules::commission::plan::Component;

/// Where the slider begins.
pub const START: u16 = 10;
/// The rows of the table that stands in for the slider where no script runs.
const ROWS: [u16; 3] = [5, 20, 50];

/// Between two figures in an attribute: no amount contains it.
const PARTED: &str = "|";

#[derive(Debug)]
pub struct Calculator {
    /// The price of the example.
    pub price: String,
    figures: Vec<Figure>,
}

/// What a number of new customers earn.
#[derive(Debug, Clone)]
pub struct Figure {
    pub customers: u16,
    pub month: String,
    pub year: Option<String>,
}

impl Calculator {
    /// `None` if customers of this price earn nothing.
    ///
    /// # Errors
    /// 500 if a commission exceeds 64 bits.
    pub fn of(components: &[Component], price: Money, t: Texts) -> Result<Option<Self>> {
        let found = earnings::by_customers(components, price).map_err(|error| Error::internal(error))?;
        if found.iter().all(|earnings| earnings.month.is_empty()) {
            return Ok(None);
        }
        let figure = |(customers, earnings): (u16, &Earnings)| Figure {
            customers,
            month: amounts(&earnings.month, price.currency, t),
            year: earnings.year.as_deref().map(|year| amounts(year, price.currency, t)),
        };
        let figures = (1..=CUSTOMERS_MAX).zip(&found).map(figure).collect();
        Ok(Some(Self { price: t.short_money(price.minor, price.currency.code()), figures }))
    }

    pub fn most(&self) -> u16 {
        CUSTOMERS_MAX
    }

    /// The figure that the slider shows first.
    pub fn start(&self) -> Figure {
        self.at(START)
    }

    pub fn rows(&self) -> [Figure; 3] {
        ROWS.map(|customers| self.at(customers))
    }

    fn at(&self, customers: u16) -> Figure {
        let index = usize::from(customers.saturating_sub(1));
        let none = Figure { customers, month: String::new(), year: None };
        self.figures.get(index).cloned().unwrap_or(none)
    }

    /// Whether customers earn more by staying.
    pub fn has_year(&self) -> bool {
        self.figures.iter().any(|figure| figure.year.is_some())
    }

    /// All figures for the script, beginning with that of one customer.
    pub fn months(&self) -> String {
        joined(self.figures.iter().map(|figure| figure.month.clone()))
    }

    pub fn years(&self) -> String {
        joined(self.figures.iter().map(|figure| figure.year.clone().unwrap_or_default()))
    }
}

fn joined(texts: impl Iterator<Item = String>) -> String {
    texts.collect::<Vec<_>>().join(PARTED)
}

fn amounts(of: &[Money], usual: Currency, t: Texts) -> String {
    if of.is_empty() {
        return t.money(0, usual.code());
    }
    of.iter().map(|money| t.money(money.minor, money.currency.code())).collect::<Vec<_>>().join(" + ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use kit::text::Language;

    fn calculator(json: &str, t: Texts) -> Option<Calculator> {
        let components: Vec<Component> = serde_json::from_str(json).unwrap();
        Calculator::of(&components, Money::new(9_900, Currency::USD), t).unwrap()
    }

    #[test]
    fn figures_are_in_the_visitors_language() {
        let share = r#"[{"type":"percentage","ratePercent":"20"}]"#;
        let english = calculator(share, Texts::default()).unwrap();
        assert_eq!((english.price.as_str(), english.start().month.as_str()), ("$99", "$198.00"));
        assert_eq!(english.start().year.as_deref(), Some("$2,376.00"));
        assert_eq!(english.months().split(PARTED).count(), 50);
        assert!(english.has_year() && english.rows()[2].month == "$990.00");
        let german = calculator(share, Texts::new(Language::De)).unwrap();
        assert_eq!(german.start().month, Texts::new(Language::De).money(19_800, "USD"));
    }

    #[test]
    fn what_sales_earn_nothing_of_is_not_calculated() {
        assert!(calculator(r#"[{"type":"per_click","amountCents":10,"currency":"USD"}]"#, Texts::default()).is_none());
        assert!(calculator("[]", Texts::default()).is_none());
        let bounty = r#"[{"type":"first_conversion","amountCents":4000,"currency":"EUR"}]"#;
        let bounty = calculator(bounty, Texts::default()).unwrap();
        assert!(!bounty.has_year() && bounty.start().month.contains("400.00"), "{:?}", bounty.start());
    }
}
