//! Decides whether a component applies to a sale, and to how much of it. Nothing here depends on refunds or on other
//! sales.

use super::Sale;
use crate::{
    commission::{
        period::plus_months,
        plan::{Component, Condition, Duration, On, Pays},
    },
    conversion::Kind,
};

/// Returns the part of the sale's amount that the component applies to; for a lead, all of it, which may be zero.
/// Returns `None` if the component doesn't apply: a sale of zero (a 100% coupon) earns nothing, not even fixed
/// amounts.
pub(super) fn base(component: &Component, sale: &Sale<'_>) -> Option<i64> {
    let requested = match (&component.pays, sale.kind) {
        (Pays::PerClick(_), _) => false,
        (Pays::PerLead(_), Kind::Lead) => sale.sequence == 1,
        (Pays::PerLead(_), _) | (_, Kind::Lead) => false,
        (Pays::FirstConversion(_), _) => sale.sequence == 1,
        (Pays::Percentage { .. } | Pays::Flat(_) | Pays::Tiers(_), _) => true,
    };
    if !requested || !lasts(component.duration, sale) || !holds(&component.when, sale) {
        return None;
    }
    let part = part(&component.when.products, sale)?;
    (part > 0 || sale.kind == Kind::Lead).then_some(part)
}

/// The part of a sale that counts for tiers with this condition, whatever its own plan says.
pub(super) fn counted(when: &Condition, sale: &Sale<'_>) -> Option<i64> {
    if sale.kind == Kind::Lead || !holds(when, sale) {
        return None;
    }
    part(&when.products, sale).filter(|part| *part > 0)
}

fn lasts(duration: Duration, sale: &Sale<'_>) -> bool {
    match duration {
        Duration::Once => sale.sequence == 1,
        Duration::Months(months) => sale.occurred_at < plus_months(sale.bound_at, u32::from(months)),
        Duration::Lifetime => true,
    }
}

/// Checks all conditions except the products, which [`part`] handles.
fn holds(when: &Condition, sale: &Sale<'_>) -> bool {
    let Condition { segments, affiliates, products: _, countries, currencies, on, metadata } = when;
    one_of(segments, sale.segment)
        && one_of(countries, sale.details.country.as_deref())
        && (affiliates.is_empty() || affiliates.contains(&sale.affiliate))
        && (currencies.is_empty() || currencies.contains(&sale.amount.currency))
        && metadata.iter().all(|(key, texts)| sale.details.metadata.get(key).is_some_and(|text| texts.contains(text)))
        && match on {
            On::Any => true,
            On::New => sale.kind == Kind::Sale,
            On::Recurring => sale.kind == Kind::Recurring,
        }
}

fn one_of(list: &[String], text: Option<&str>) -> bool {
    list.is_empty() || text.is_some_and(|text| list.iter().any(|entry| entry == text))
}

/// How much of the amount these products make up; an empty list means all of it. `None` if none of them is in the sale.
fn part(products: &[String], sale: &Sale<'_>) -> Option<i64> {
    let whole = sale.amount.minor.max(0);
    let items = &sale.details.items;
    if products.is_empty() {
        Some(whole)
    } else if items.is_empty() {
        one_of(products, sale.product_id).then_some(whole)
    } else {
        let mut matching = items.iter().filter(|item| products.contains(&item.product_id)).peekable();
        matching.peek()?;
        let sum: i128 = matching.map(|item| i128::from(item.amount)).sum();
        i64::try_from(sum.clamp(0, i128::from(whole))).ok()
    }
}
