//! At the limits of 64 bits: an error or an amount, never a panic and never a wrap.

use proptest::prelude::*;

use super::*;
use crate::commission::plan::{AffiliateCap, By, Cap, Condition, Duration, Mode, Step, StepPays, Tiers};

#[test]
fn the_largest_amount() {
    let version = plan(
        r#"[{"type":"percentage","ratePercent":"100"},
            {"type":"tiers","by":"revenue","period":"ever","mode":"marginal","currency":"USD",
             "steps":[{"from":0,"ratePercent":"99"},{"from":1000,"ratePercent":"100"}]}]"#,
    );
    let deal = Deal::new(&version, 1, "2026-03-01", usd(i64::MAX));
    assert_eq!(left(std::slice::from_ref(&deal)), [[(0, i64::MAX), (1, i64::MAX - 10)]]);
    // Revenue beyond 64 bits is still counted correctly.
    let all: Vec<Deal> = (1..4).map(|number| Deal { number, ..deal.clone() }).collect();
    assert_eq!(left(&all)[2], [(0, i64::MAX), (1, i64::MAX)]);
}

#[test]
fn beyond_the_largest_amount() {
    // No plan above 100% is ever stored; if one is priced nevertheless, that is an error.
    let components = vec![Pays::Percentage { rate_ppm: 1_000_001 }.into()];
    let version = PlanVersion { components: Some(components), ..plan(r#"[{"type":"percentage","ratePpm":1}]"#) };
    let deal = Deal::new(&version, 1, "2026-03-01", usd(i64::MAX));
    assert_eq!(price(&[deal.sale()], |_| true), Err(MoneyError::Overflow));
}

fn edge() -> impl Strategy<Value = i64> {
    prop_oneof![any::<i64>(), -3i64..1_000, prop::sample::select(vec![i64::MIN, i64::MIN + 1, i64::MAX - 1, i64::MAX]),]
}

fn period() -> impl Strategy<Value = Period> {
    prop::sample::select(vec![Period::Month, Period::Quarter, Period::Year, Period::Ever])
}

/// Components that validation would refuse.
fn wild() -> impl Strategy<Value = Component> {
    let step = (any::<u64>(), any::<u32>(), edge(), any::<bool>()).prop_map(|(from, rate_ppm, minor, flat)| Step {
        from,
        pays: if flat { StepPays::Flat(usd(minor)) } else { StepPays::Rate { rate_ppm } },
    });
    let tiers = (any::<bool>(), period(), any::<bool>(), prop::collection::vec(step, 0..4)).prop_map(
        |(sales, period, whole, steps)| Tiers {
            by: if sales { By::Sales } else { By::Revenue(Currency::USD) },
            period,
            mode: if whole { Mode::Whole } else { Mode::Marginal },
            steps,
        },
    );
    let pays = prop_oneof![
        any::<u32>().prop_map(|rate_ppm| Pays::Percentage { rate_ppm }),
        edge().prop_map(|minor| Pays::Flat(usd(minor))),
        edge().prop_map(|minor| Pays::PerLead(usd(minor))),
        tiers.prop_map(Pays::Tiers),
    ];
    let cap = (any::<Option<u32>>(), edge(), edge(), edge(), period()).prop_map(
        |(set, per_conversion, per_customer, amount_cents, period)| {
            set.map(|_| Cap {
                currency: Currency::USD,
                per_conversion: Some(per_conversion),
                per_customer: Some(per_customer),
                per_affiliate: Some(AffiliateCap { amount_cents, period }),
            })
        },
    );
    let duration = prop_oneof![Just(Duration::Lifetime), any::<u16>().prop_map(Duration::Months)];
    (pays, cap, duration).prop_map(|(pays, cap, duration)| Component {
        pays,
        when: Condition::default(),
        duration,
        cap,
        name: None,
        id: None,
    })
}

proptest! {
    #[test]
    fn nothing_panics(
        components in prop::collection::vec(wild(), 1..5),
        sales in prop::collection::vec((edge(), edge(), any::<u32>(), 0u8..3, 0i64..=253_402_300_799_999), 0..6),
    ) {
        let version = PlanVersion { components: Some(components), ..plan(r#"[{"type":"percentage","ratePpm":1}]"#) };
        let deals: Vec<Deal> = (1..).zip(sales).map(|(number, (amount, refunded, sequence, kind, millis))| Deal {
            kind: [Kind::Sale, Kind::Recurring, Kind::Lead][usize::from(kind)],
            sequence,
            refunded,
            occurred_at: Timestamp::from_millis(millis).unwrap(),
            ..Deal::new(&version, number, "2026-03-01", usd(amount))
        }).collect();
        let sales: Vec<Sale<'_>> = deals.iter().map(Deal::sale).collect();
        if let Ok(priced) = price(&sales, |_| true) {
            for earned in priced.into_iter().flatten() {
                let Priced::Earned(earned) = earned else { panic!("complete") };
                prop_assert!(earned.earned.minor > 0 && (0..=earned.earned.minor).contains(&earned.left.minor));
            }
        }
        for component in version.components.iter().flatten() {
            let _ = crate::commission::plan::in_words(component);
        }
    }
}
