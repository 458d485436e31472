//! What a plan pays for a number of new customers, for the calculator of a program page. The engine that prices real
//! sales computes it. Pure.

use shared::{
    id::{CustomerId, ProgramId},
    money::{Currency, Money, MoneyError},
    timestamp::Timestamp,
};

use super::{
    example::{Buyer, conversion, has_leads},
    form,
};
use rules::{
    commission::{
        period::plus_months,
        plan::{By, Component, Pays, Scope, StepPays},
        price::BuyerKey,
        simulate::{Draft, Known, Past, simulate},
    },
    conversion::Kind,
};

pub const CUSTOMERS_MAX: u16 = 50;
const YEAR: u16 = 12;
/// In the middle of a month, so that all customers of a month count for one period of a tier.
const SINCE_DAYS: i64 = 14;

/// What new customers earn their affiliate, in each currency that the plan pays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Earnings {
    /// For their first payments, all in one month.
    pub month: Vec<Money>,
    /// For twelve monthly payments of each; `None` if the plan pays nothing for later ones, or if what it pays depends on
    /// all other sales.
    pub year: Option<Vec<Money>>,
}

/// The earnings from 1, 2, … [`CUSTOMERS_MAX`] new customers who pay `price`.
///
/// # Errors
/// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
pub fn by_customers(components: &[Component], price: Money) -> Result<Vec<Earnings>, MoneyError> {
    if !is_the_same_for_each(components) {
        let of = |customers| earned(components, price, customers, 1).map(|month| Earnings { month, year: None });
        return (1..=CUSTOMERS_MAX).map(of).collect();
    }
    let (month, year) = (earned(components, price, 1, 1)?, earned(components, price, 1, YEAR)?);
    let year = (year != month).then_some(year);
    let times = |one: &[Money], customers: u16| {
        let of_all = |money: &Money| Money::new(money.minor.saturating_mul(customers.into()), money.currency);
        one.iter().map(of_all).collect::<Vec<_>>()
    };
    let of = |customers| Earnings {
        month: times(&month, customers),
        year: year.as_deref().map(|year| times(year, customers)),
    };
    Ok((1..=CUSTOMERS_MAX).map(of).collect())
}

/// Whether a customer earns the same however many others there are.
fn is_the_same_for_each(components: &[Component]) -> bool {
    components.iter().all(|component| {
        let is_tiered = matches!(component.pays, Pays::Tiers(_));
        !is_tiered && component.cap.is_none_or(|cap| cap.per_affiliate.is_none())
    })
}

/// The currency of the plan's amounts, if it has any.
pub fn currency(components: &[Component]) -> Option<Currency> {
    components.iter().find_map(|component| match &component.pays {
        Pays::Percentage { .. } | Pays::PerClick(_) => None,
        Pays::Flat(money) | Pays::FirstConversion(money) | Pays::PerLead(money) => Some(money.currency),
        Pays::Tiers(tiers) => match (tiers.by, tiers.steps.first().map(|step| step.pays)) {
            (By::Revenue(currency), _) => Some(currency),
            (By::Sales, Some(StepPays::Flat(money))) => Some(money.currency),
            (By::Sales, _) => None,
        },
    })
}

/// Reads a price as people write it.
///
/// # Errors
/// A message for people.
pub fn read_price(text: &str, currency: Currency) -> Result<Money, &'static str> {
    form::amount(text, currency)
}

/// Writes a price for a field.
pub fn price_for_field(price: Money) -> String {
    form::major(price.minor, price.currency)
}

/// Prices the payments of customers who all begin in the same month.
fn earned(components: &[Component], price: Money, customers: u16, payments: u16) -> Result<Vec<Money>, MoneyError> {
    let since = Timestamp::EPOCH.plus_days(SINCE_DAYS);
    let buyer = Buyer { amount: price, payments, earlier: 0, product: None, country: None, segment: None, since };
    let mut sales: Vec<Past> = Vec::new();
    for payment in 0..=payments {
        for customer in 0..customers {
            let own = BuyerKey::Customer(CustomerId::from_bytes([u8::try_from(customer).unwrap_or(u8::MAX); 16]));
            let bound_at = since.plus_millis(customer.into());
            let id = conversion(sales.len());
            let sale = match payment {
                0 if has_leads(components) => {
                    let lead = buyer.sale(id, own, (Kind::Lead, 1), (bound_at, bound_at));
                    Past { amount: Money::zero(price.currency), ..lead }
                }
                0 => continue,
                1 => buyer.sale(id, own, (Kind::Sale, 1), (bound_at, bound_at)),
                number => {
                    let at = plus_months(bound_at, u32::from(number) - 1);
                    buyer.sale(id, own, (Kind::Recurring, u32::from(number)), (bound_at, at))
                }
            };
            sales.push(sale);
        }
    }
    let draft = Draft {
        program: ProgramId::from_bytes([1; 16]),
        scope: Scope::Program,
        components: components.to_vec(),
        from: Timestamp::EPOCH,
        to: plus_months(since, 1_200),
    };
    let simulation = simulate(&draft, &sales, &Known::default(), 0)?;
    let totals = simulation.totals.into_iter().filter(|(_, change)| change.simulated != 0);
    Ok(totals.map(|(currency, change)| Money::new(change.simulated, currency)).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn components(json: &str) -> Vec<Component> {
        serde_json::from_str(json).unwrap()
    }

    fn figures(json: &str) -> Vec<Earnings> {
        by_customers(&components(json), Money::new(10_000, Currency::USD)).unwrap()
    }

    fn cents(of: &[Money]) -> i64 {
        of.iter().map(|money| money.minor).sum()
    }

    #[test]
    fn figures_are_those_of_the_engine() {
        let json = r#"[{"type":"first_conversion","amountCents":5000,"currency":"USD"},
                       {"type":"percentage","ratePercent":"12.5","when":{"on":"recurring"},
                        "cap":{"currency":"USD","perCustomer":9000}}]"#;
        let (plan, figures) = (components(json), figures(json));
        assert_eq!(figures.len(), usize::from(CUSTOMERS_MAX));
        for (customers, figure) in (1..).zip(&figures) {
            let price = Money::new(10_000, Currency::USD);
            assert_eq!(figure.month, earned(&plan, price, customers, 1).unwrap(), "{customers}");
            if customers % 20 == 0 {
                assert_eq!(figure.year, Some(earned(&plan, price, customers, YEAR).unwrap()), "{customers}");
            }
        }
        assert_eq!(cents(&figures[9].month), 50_000);
    }

    #[test]
    fn tiers_rise_with_the_number_of_customers() {
        let tiers = figures(
            r#"[{"type":"tiers","by":"sales","period":"month","mode":"marginal",
                 "steps":[{"from":1,"ratePercent":"10"},{"from":11,"ratePercent":"20"}]}]"#,
        );
        assert_eq!((cents(&tiers[9].month), cents(&tiers[10].month)), (10_000, 12_000));
        assert_eq!(tiers[10].year, None);
    }

    #[test]
    fn one_payment_is_no_year_and_nothing_is_nothing() {
        let bounty = figures(r#"[{"type":"first_conversion","amountCents":5000,"currency":"USD"}]"#);
        assert_eq!((cents(&bounty[1].month), &bounty[1].year), (10_000, &None));
        let click = figures(r#"[{"type":"per_click","amountCents":10,"currency":"USD"}]"#);
        assert!(click[49].month.is_empty());
        let lead = figures(r#"[{"type":"per_lead","amountCents":200,"currency":"USD"}]"#);
        assert_eq!(cents(&lead[2].month), 600);
    }

    #[test]
    fn the_currency_is_that_of_the_amounts() {
        let of = |json: &str| currency(&components(json)).map(|currency| currency.code().to_owned());
        assert_eq!(of(r#"[{"type":"percentage","ratePercent":"20"}]"#), None);
        assert_eq!(of(r#"[{"type":"flat","amountCents":500,"currency":"EUR"}]"#).as_deref(), Some("EUR"));
    }
}
