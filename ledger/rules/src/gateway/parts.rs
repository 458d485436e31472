//! Splits one payment's commissionable amount among its products.
//!
//! Gateways report lines before credits, partial payments and rounding. So the lines are only weights: the amount
//! itself is split, and the parts always add up to the whole.

use crate::fact::Item;

/// A line's product, if it has one, and its own amount without tax.
pub(super) type Line<'a> = (Option<&'a str>, i64);

/// Returns the first product that was paid for, and the items if there are several. A product that was only credited,
/// as the old plan in an upgrade is, has no part. Lines without a product share one item without a name.
pub(super) fn of<'a>(amount: i64, lines: impl IntoIterator<Item = Line<'a>>) -> (Option<String>, Vec<Item>) {
    let mut sums: Vec<(&str, i128)> = Vec::new();
    for (product, weight) in lines {
        let product = product.unwrap_or_default();
        match sums.iter_mut().find(|(known, _)| *known == product) {
            Some((_, sum)) => *sum += i128::from(weight),
            None => sums.push((product, i128::from(weight))),
        }
    }
    let first = named(&sums);
    sums.retain(|(_, weight)| *weight > 0);
    let product = named(&sums).or(first).map(str::to_owned);
    let items = if sums.len() > 1 { split(amount, &sums) } else { Vec::new() };
    (product, items)
}

fn named<'a>(sums: &[(&'a str, i128)]) -> Option<&'a str> {
    sums.iter().map(|(name, _)| *name).find(|name| !name.is_empty())
}

/// Splits by largest remainder, earlier products first.
fn split(amount: i64, weights: &[(&str, i128)]) -> Vec<Item> {
    // Far above any line, and small enough for 128 bits.
    const WEIGHT_MAX: i128 = 1 << 60;
    let weight = |index: usize| weights[index].1.min(WEIGHT_MAX);
    let total: i128 = (0..weights.len()).map(weight).sum();
    let whole = i128::from(amount);
    let mut parts: Vec<i128> = (0..weights.len()).map(|index| whole * weight(index) / total).collect();
    let mut order: Vec<usize> = (0..weights.len()).collect();
    order.sort_by_key(|index| std::cmp::Reverse(whole * weight(*index) % total));
    let left = usize::try_from(whole - parts.iter().sum::<i128>()).unwrap_or_default();
    order.iter().take(left).for_each(|index| parts[*index] += 1);
    weights
        .iter()
        .zip(parts)
        .map(|((product, _), part)| Item {
            product_id: (*product).to_owned(),
            amount: i64::try_from(part).unwrap_or_default(),
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn run(amount: i64, lines: &[Line<'_>]) -> (Option<String>, Vec<(String, i64)>) {
        let (product, items) = of(amount, lines.iter().copied());
        (product, items.into_iter().map(|item| (item.product_id, item.amount)).collect())
    }

    #[test]
    fn one_product_needs_no_items() {
        assert_eq!(run(9_000, &[]), (None, vec![]));
        assert_eq!(run(9_000, &[(Some("a"), 9_000)]), (Some("a".into()), vec![]));
        assert_eq!(run(9_000, &[(Some("a"), 4_000), (Some("a"), 5_000)]), (Some("a".into()), vec![]));
        assert_eq!(run(9_000, &[(None, 9_000)]), (None, vec![]));
        assert_eq!(run(0, &[(Some("a"), 0), (Some("b"), 0)]), (Some("a".into()), vec![]));
    }

    #[test]
    fn several_products_share_the_amount() {
        let lines = [(Some("a"), 6_000), (None, 1_500), (Some("b"), 3_000)];
        let expected = vec![("a".into(), 3_000), (String::new(), 750), ("b".into(), 1_500)];
        assert_eq!(run(5_250, &lines), (Some("a".into()), expected));
        let thirds = [(Some("a"), 1), (Some("b"), 1), (Some("c"), 1)];
        assert_eq!(run(100, &thirds).1, [("a".into(), 34), ("b".into(), 33), ("c".into(), 33)]);
    }

    #[test]
    fn an_upgrade_pays_for_the_new_plan() {
        assert_eq!(run(5_000, &[(Some("old"), -4_900), (Some("new"), 9_900)]), (Some("new".into()), vec![]));
    }

    proptest! {
        #[test]
        fn the_parts_make_the_whole(amount in 0..i64::MAX, weights in prop::collection::vec((0_u8..4, any::<i64>()), 0..9)) {
            let names = [None, Some("a"), Some("b"), Some("c")];
            let lines: Vec<Line<'_>> = weights.iter().map(|(name, weight)| (names[usize::from(*name)], *weight)).collect();
            let (_, items) = of(amount, lines);
            prop_assert!(items.is_empty() || items.iter().map(|item| i128::from(item.amount)).sum::<i128>() == i128::from(amount));
            prop_assert!(items.len() != 1 && items.iter().all(|item| item.amount >= 0));
        }
    }
}
