//! Invariants for any plan and any sales: order doesn't matter, refunds only take, caps hold, tiers rise.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::{
    some::{deals, tiers, version},
    *,
};
use crate::commission::plan::{By, Mode, Step, StepPays, Tiers};

type Key = (u64, i32);

/// What each component earns on each sale, by the sale's number.
fn earned(deals: &[Deal]) -> BTreeMap<Key, Earned> {
    let all = deals.iter().zip(priced(deals));
    all.flat_map(|(deal, all)| all.into_iter().map(|earned| ((deal.number, earned.component), earned))).collect()
}

fn left_of(all: &BTreeMap<Key, Earned>, key: Key) -> i64 {
    all.get(&key).map_or(0, |earned| earned.left.minor)
}

/// What one sale earns by its components.
fn of(deal: &Deal, all: &BTreeMap<Key, Earned>) -> Vec<Earned> {
    all.range((deal.number, i32::MIN)..=(deal.number, i32::MAX)).map(|(_, earned)| earned.clone()).collect()
}

/// Sales of one affiliate in one month under tiers alone.
fn tiered(tiers: Tiers, amounts: &[i64]) -> Vec<Deal> {
    let version = version(1, vec![Pays::Tiers(tiers).into()]);
    (1..).zip(amounts).map(|(number, amount)| Deal::new(&version, number, "2026-03-01", usd(*amount))).collect()
}

proptest! {
    #[test]
    fn order_is_nothing(deals in deals(), seed in any::<u64>()) {
        let mut shuffled = deals.clone();
        shuffled.sort_by_key(|deal| (deal.number ^ seed).wrapping_mul(0x9E37_79B9_7F4A_7C15));
        prop_assert_eq!(earned(&shuffled), earned(&deals));
    }

    #[test]
    fn left_is_at_most_what_was_earned(deals in deals()) {
        for ((number, _), earned) in earned(&deals) {
            let deal = deals.iter().find(|deal| deal.number == number).unwrap();
            prop_assert!(earned.earned.minor > 0 && (0..=earned.earned.minor).contains(&earned.left.minor));
            prop_assert_eq!(earned.left.currency, earned.earned.currency);
            if deal.refunded == 0 {
                prop_assert_eq!(earned.left, earned.earned);
            } else if deal.refunded >= deal.amount.minor {
                prop_assert_eq!(earned.left.minor, 0);
            }
        }
    }

    /// However much more is refunded, no one's commission on any sale rises, and the refunded sale ends at exactly 0.
    #[test]
    fn a_refund_raises_nothing(mut deals in deals(), which in any::<prop::sample::Index>(), parts in prop::collection::vec(1i64..2_000, 1..5)) {
        let which = which.index(deals.len());
        let mut before = earned(&deals);
        let whole = deals[which].amount.minor;
        for part in parts.into_iter().chain([whole]) {
            deals[which].refunded = (deals[which].refunded + part).min(whole);
            let after = earned(&deals);
            for (key, now) in &after {
                prop_assert!(now.left.minor <= left_of(&before, *key), "{key:?}: {now:?} was {:?}", before.get(key));
            }
            before = after;
        }
        let number = deals[which].number;
        let own = before.iter().filter(|((of, _), _)| *of == number && whole > 0);
        prop_assert_eq!(own.map(|(_, earned)| earned.left.minor).sum::<i64>(), 0);
    }

    #[test]
    fn caps_hold(deals in deals()) {
        let mut used: BTreeMap<_, i64> = BTreeMap::new();
        for (deal, all) in deals.iter().zip(priced(&deals)) {
            for earned in all {
                let components = deal.version.components.as_ref().unwrap();
                let component = &components[usize::try_from(earned.component).unwrap()];
                let Some(cap) = component.cap.filter(|cap| cap.currency == earned.earned.currency) else { continue };
                let minor = earned.earned.minor;
                prop_assert!(cap.per_conversion.is_none_or(|limit| minor <= limit));
                let key = (deal.version.id, earned.component);
                if let Some(limit) = cap.per_customer {
                    let used = used.entry((key, Some(deal.buyer), 0, Timestamp::EPOCH)).or_default();
                    *used += minor;
                    prop_assert!(*used <= limit);
                }
                if let Some(limit) = cap.per_affiliate {
                    let (from, _) = limit.period.around(deal.occurred_at);
                    let used = used.entry((key, None, deal.affiliate, from)).or_default();
                    *used += minor;
                    prop_assert!(*used <= limit.amount_cents);
                }
            }
        }
    }

    /// One more sale never lowers what tiers pay for the others.
    #[test]
    fn more_sales_pay_no_less(tiers in tiers(), amounts in prop::collection::vec(1i64..5_000, 2..10), without in any::<prop::sample::Index>()) {
        let more = tiered(tiers, &amounts);
        let mut less = more.clone();
        less.remove(without.index(more.len()));
        let (more, less) = (earned(&more), earned(&less));
        for (key, earned) in less {
            prop_assert!(earned.left.minor <= left_of(&more, key));
        }
    }

    /// The step of the whole period pays at least what each sale's own step does.
    #[test]
    fn whole_pays_no_less_than_marginal(tiers in tiers(), amounts in prop::collection::vec(1i64..5_000, 1..10)) {
        let (flat, rate) = (|step: &Step| matches!(step.pays, StepPays::Flat(_)), StepPays::Rate { rate_ppm: 100_000 });
        let mut tiers = tiers;
        if matches!(tiers.by, By::Revenue(_)) {
            // Fixed amounts can't be paid for a part of a sale.
            tiers.steps.iter_mut().filter(|step| flat(step)).for_each(|step| step.pays = rate);
        }
        let marginal = sums(&tiered(Tiers { mode: Mode::Marginal, ..tiers.clone() }, &amounts));
        let whole = sums(&tiered(Tiers { mode: Mode::Whole, ..tiers }, &amounts));
        for (marginal, whole) in marginal.iter().zip(&whole) {
            prop_assert!(marginal <= whole);
        }
    }

    /// Incomplete pools are left alone, and everything else is priced as usual.
    #[test]
    fn incomplete_pools_change_nothing_else(deals in deals()) {
        let sales: Vec<Sale<'_>> = deals.iter().map(Deal::sale).collect();
        let all = price(&sales, |_| true).unwrap();
        for (sale, (all, some)) in sales.iter().zip(all.iter().zip(price(&sales, |_| false).unwrap())) {
            let kept = |priced: &Priced| matches!(priced, Priced::Kept { .. });
            prop_assert!(!pools(sale).is_empty() || !some.iter().any(kept));
            for priced in some.iter().filter(|priced| !kept(priced)) {
                prop_assert!(all.contains(priced));
            }
        }
    }

    /// Where each price looks back, later sales and their refunds change none of those before them.
    #[test]
    fn later_sales_change_no_price_that_looks_back(deals in deals(), days in 0i64..70) {
        let until = day("2026-01-20").plus_days(days);
        let before: Vec<Deal> = deals.iter().filter(|deal| deal.occurred_at < until).cloned().collect();
        let (all, some) = (earned(&deals), earned(&before));
        for deal in &before {
            let looks_back = |pool: &Pool| looks_back(deals.iter().map(|deal| &deal.version), pool);
            if pools(&deal.sale()).iter().all(looks_back) {
                prop_assert_eq!(of(deal, &all), of(deal, &some));
            }
        }
    }

    /// Without a cap per affiliate, it doesn't matter to a sale which plans those of other buyers have.
    #[test]
    fn plans_of_others_matter_only_to_caps(deals in deals()) {
        let all = earned(&deals);
        for deal in &deals {
            let mut others = deals.clone();
            for other in others.iter_mut().filter(|other| other.buyer != deal.buyer && !caps_affiliates(&other.version)) {
                other.version.components = None;
            }
            prop_assert_eq!(of(deal, &all), of(deal, &earned(&others)));
        }
    }
}
