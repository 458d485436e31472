//! Stories: what a few buyers do with two partners' links, as operations that proptest can shrink, and as events.

use std::collections::BTreeSet;

use proptest::prelude::*;
use shared::{
    event::{Conversion, Event},
    timestamp::Timestamp,
};
use world::brand::{Brand, But, Partner};

/// Buyers, partners and sales are few, so that they meet.
pub(crate) const BUYERS: u8 = 3;
pub(crate) const PARTNERS: usize = 2;
const SALES: u8 = 12;

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Op {
    /// A sale, perhaps with evidence.
    Sale {
        sale: u8,
        buyer: Option<u8>,
        cents: i64,
        hour: u32,
        evidence: Evidence,
    },
    /// A lead: it may bring evidence, and where it is credited it speaks for later sales.
    Lead {
        lead: u8,
        buyer: u8,
        hour: u32,
        evidence: Evidence,
    },
    /// Of a sale that may not exist.
    Refund {
        refund: u8,
        sale: u8,
        cents: i64,
        hour: u32,
    },
    Click {
        partner: usize,
        hour: u32,
    },
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Evidence {
    None,
    /// A click so many hours before.
    Click {
        partner: usize,
        hours: u32,
    },
    Slug {
        partner: usize,
    },
    /// Of the first partner; beats a click.
    Coupon,
}

/// Amounts at the edges of rounding more often than elsewhere.
fn cents() -> impl Strategy<Value = i64> {
    prop_oneof![Just(0_i64), Just(1), Just(2), Just(3), Just(9_999), 1_i64..100_000]
}

fn evidence() -> impl Strategy<Value = Evidence> {
    prop_oneof![
        2 => Just(Evidence::None),
        // 60 days are 1,440 hours: some lie outside of the window.
        4 => (0..PARTNERS, 0_u32..1_600).prop_map(|(partner, hours)| Evidence::Click { partner, hours }),
        2 => (0..PARTNERS).prop_map(|partner| Evidence::Slug { partner }),
        1 => Just(Evidence::Coupon),
    ]
}

fn op() -> impl Strategy<Value = Op> {
    prop_oneof![
        6 => (0..SALES, prop::option::weighted(0.8, 0..BUYERS), cents(), 0_u32..2_000, evidence())
            .prop_map(|(sale, buyer, cents, hour, evidence)| Op::Sale { sale, buyer, cents, hour, evidence }),
        2 => (0_u8..4, 0..BUYERS, 0_u32..2_000, evidence())
            .prop_map(|(lead, buyer, hour, evidence)| Op::Lead { lead, buyer, hour, evidence }),
        3 => (0_u8..20, 0..SALES, cents(), 0_u32..2_000)
            .prop_map(|(refund, sale, cents, hour)| Op::Refund { refund, sale, cents, hour }),
        1 => (0..PARTNERS, 0_u32..2_000).prop_map(|(partner, hour)| Op::Click { partner, hour }),
    ]
}

/// A set of facts: each id tells one thing only, as a sound brand's do.
pub(crate) fn story() -> impl Strategy<Value = Vec<Op>> {
    prop::collection::vec(op(), 1..25).prop_map(|ops| {
        let mut seen = BTreeSet::new();
        ops.into_iter()
            .filter(|op| match op {
                Op::Sale { sale, .. } => seen.insert((0, *sale)),
                Op::Lead { lead, .. } => seen.insert((1, *lead)),
                Op::Refund { refund, .. } => seen.insert((2, *refund)),
                Op::Click { .. } => true,
            })
            .collect()
    })
}

/// The names that a story's things have at the brand.
pub(crate) fn sale_name(sale: u8) -> String {
    format!("sale-{sale:02}")
}

/// One event per operation.
pub(crate) fn report(brand: &Brand, partners: &[Partner], start: Timestamp, ops: &[Op]) -> Vec<Event> {
    let at = |hour: u32| start.plus_millis(i64::from(hour) * 3_600_000);
    let buyer_name = |buyer: u8| format!("buyer-{buyer}");
    ops.iter()
        .map(|op| match op {
            Op::Click { partner, hour } => brand.click_at(&partners[*partner], at(*hour)),
            Op::Refund { refund, sale, cents, hour } => {
                let event = brand.refund(&format!("refund-{refund}"), &sale_name(*sale), *cents);
                event.but(|report| report.occurred_at = Some(at(*hour)))
            }
            Op::Lead { lead, buyer, hour, evidence } => brand.lead(&format!("lead-{lead}")).but(|report| {
                report.customer_id = Some(buyer_name(*buyer));
                report.occurred_at = Some(at(*hour));
                show(brand, partners, evidence, at(*hour), report);
            }),
            Op::Sale { sale, buyer, cents, hour, evidence } => brand.sale(&sale_name(*sale), *cents).but(|report| {
                report.customer_id = buyer.map(buyer_name);
                report.occurred_at = Some(at(*hour));
                show(brand, partners, evidence, at(*hour), report);
            }),
        })
        .collect()
}

/// Puts evidence into what is told.
fn show(brand: &Brand, partners: &[Partner], evidence: &Evidence, at: Timestamp, report: &mut Conversion) {
    match evidence {
        Evidence::None => {}
        Evidence::Click { partner, hours } => {
            let clicked = at.plus_millis(-i64::from(*hours) * 3_600_000);
            report.click_token = Some(brand.token(&partners[*partner], clicked));
        }
        Evidence::Slug { partner } => report.affiliate_slug = Some(partners[*partner].slug.clone()),
        Evidence::Coupon => report.coupon_code = Some("MODEL".to_owned()),
    }
}
