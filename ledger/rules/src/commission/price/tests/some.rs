//! Generates valid plans, and sales under them, for the property tests.

use proptest::prelude::*;

use super::*;
use crate::commission::plan::{AffiliateCap, By, Cap, Condition, Duration, Mode, On, Step, StepPays, Tiers};

fn rate() -> impl Strategy<Value = u32> {
    prop_oneof![0u32..=1_000_000, prop::sample::select(vec![100_000, 200_000, 250_000, 333_333])]
}

pub(super) fn tiers() -> impl Strategy<Value = Tiers> {
    let steps = prop::collection::vec((1u64..6, 1u64..8_000, rate()), 1..4);
    (any::<bool>(), any::<bool>(), any::<bool>(), steps).prop_map(|(sales, whole, flat, steps)| {
        let mode = if whole { Mode::Whole } else { Mode::Marginal };
        let mut rates: Vec<u32> = steps.iter().map(|step| step.2).collect();
        rates.sort_unstable();
        let mut from = u64::from(sales);
        let steps = steps.into_iter().zip(rates).map(|((few, many, _), rate_ppm)| {
            let pays = match flat && (sales || whole) {
                true => StepPays::Flat(usd(i64::from(rate_ppm / 500) + 1)),
                false => StepPays::Rate { rate_ppm },
            };
            let step = Step { from, pays };
            from += if sales { few } else { many };
            step
        });
        let steps = steps.collect();
        Tiers { by: if sales { By::Sales } else { By::Revenue(Currency::USD) }, period: Period::Month, mode, steps }
    })
}

fn component() -> impl Strategy<Value = Component> {
    let pays = prop_oneof![
        2 => rate().prop_map(|rate_ppm| Pays::Percentage { rate_ppm }),
        1 => (1i64..3_000).prop_map(|minor| Pays::Flat(usd(minor))),
        1 => (1i64..3_000).prop_map(|minor| Pays::FirstConversion(usd(minor))),
        1 => (1i64..3_000).prop_map(|minor| Pays::PerLead(usd(minor))),
        4 => tiers().prop_map(Pays::Tiers),
    ];
    let limit = || prop::option::of(1i64..4_000);
    let on = prop::sample::select(vec![On::Any, On::Any, On::New, On::Recurring]);
    let duration = prop::sample::select(vec![Duration::Lifetime, Duration::Once, Duration::Months(1)]);
    (pays, limit(), limit(), limit(), on, duration).prop_map(|(pays, sale, customer, affiliate, on, duration)| {
        let tiered = matches!(pays, Pays::Tiers(_));
        let cap = Cap {
            currency: Currency::USD,
            per_conversion: sale,
            per_customer: customer.filter(|_| !tiered),
            per_affiliate: affiliate.map(|amount_cents| AffiliateCap { amount_cents, period: Period::Month }),
        };
        let empty = cap.per_conversion.is_none() && cap.per_customer.is_none() && cap.per_affiliate.is_none();
        let on = if matches!(pays, Pays::PerLead(_)) { On::Any } else { on };
        let when = Condition { on, ..Condition::default() };
        Component { pays, when, duration, cap: Some(cap).filter(|_| !empty), name: None, id: None }
    })
}

pub(super) fn version(id: u8, components: Vec<Component>) -> PlanVersion {
    assert_eq!(validate(&components), Ok(()));
    PlanVersion {
        components: Some(components),
        ..scoped(id, Scope::Program, Timestamp::EPOCH, r#"[{"type":"percentage","ratePpm":1}]"#)
    }
}

/// Two plans, two affiliates, three buyers, about ten weeks.
pub(super) fn deals() -> impl Strategy<Value = Vec<Deal>> {
    let plans = (prop::collection::vec(component(), 1..4), prop::collection::vec(component(), 1..3));
    let kinds = prop::sample::select(vec![Kind::Sale, Kind::Sale, Kind::Recurring, Kind::Recurring, Kind::Lead]);
    let currency = prop::sample::select(vec!["USD", "USD", "USD", "USD", "EUR"]);
    let refund = prop_oneof![3 => Just(0i64), 1 => 0i64..=100, 1 => Just(100)];
    let deal = (0u8..3, 0u8..2, any::<bool>(), kinds, 0i64..70, 0i64..5_000, refund, currency);
    (plans, prop::collection::vec(deal, 1..14)).prop_map(|((first, second), all)| {
        let (first, second) = (version(1, first), version(2, second));
        let deal = |(number, (buyer, affiliate, other, kind, days, amount, percent, currency)): (u64, _)| {
            let version = if other { &second } else { &first };
            let deal = Deal::new(version, number, "2026-01-20", Money::new(amount, str::parse(currency).unwrap()));
            let (occurred_at, refunded) = (deal.occurred_at.plus_days(days), amount * percent / 100);
            Deal { buyer, affiliate, kind, occurred_at, refunded, ..deal }
        };
        let mut deals: Vec<Deal> = (1..).zip(all).map(deal).collect();
        number(&mut deals);
        deals
    })
}

/// Numbers each buyer's sales by date, and their leads; refunds don't affect the numbers.
fn number(deals: &mut [Deal]) {
    let keys: Vec<_> =
        deals.iter().map(|deal| (deal.buyer, deal.kind == Kind::Lead, deal.occurred_at, deal.number)).collect();
    for (deal, key) in deals.iter_mut().zip(&keys) {
        let before = keys.iter().filter(|other| (other.0, other.1) == (key.0, key.1) && *other < key).count();
        deal.sequence = u32::try_from(before).unwrap() + 1;
    }
}
