//! Counts an affiliate's progress in a period, up to a sale and at the period's end, which tiers depend on.
//!
//! Each tally is computed once for a component and a pool, in one pass over the pool's sales.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, ConversionId, PlanVersionId, ProgramId},
    money::MoneyError,
    timestamp::Timestamp,
};

use super::{Pool, Sale, apply};
use crate::commission::{
    compute::half_up,
    plan::{By, Condition, Tiers},
};

#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Count {
    pub sales: u64,
    /// In the tiers' currency.
    pub revenue: i128,
}

/// Up to a sale, and over the whole period.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Progress {
    pub before: Count,
    pub total: Count,
}

/// How refunds affect a tally.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Refunds {
    /// A sale counts with its amount after refunds; fully refunded it doesn't count.
    Count,
    /// Refunds are ignored.
    Ignored,
}

/// The tiers of one component of a version.
#[derive(Debug, Clone, Copy)]
pub(super) struct Tiered<'a> {
    pub version: PlanVersionId,
    pub component: i32,
    pub tiers: &'a Tiers,
    pub when: &'a Condition,
}

#[derive(Debug, Default)]
pub(super) struct Tallies<'s, 'a> {
    /// Each affiliate's sales in order of date.
    sales: HashMap<(ProgramId, AffiliateId), Vec<&'s Sale<'a>>>,
    made: HashMap<(Pool, PlanVersionId, i32, Refunds), Tally>,
}

#[derive(Debug, Default)]
struct Tally {
    /// Before each sale of the pool.
    before: Vec<Count>,
    total: Count,
}

/// The order in which sales count. The id only makes it total.
pub(super) fn order<'a>(sale: &Sale<'a>) -> (Timestamp, &'a str, ConversionId) {
    (sale.occurred_at, sale.external_id, sale.conversion)
}

impl<'s, 'a> Tallies<'s, 'a> {
    /// Takes the sales in order of date.
    pub(super) fn of(sales: impl Iterator<Item = &'s Sale<'a>>) -> Self {
        let mut tallies = Self::default();
        for sale in sales {
            tallies.sales.entry((sale.program, sale.affiliate)).or_default().push(sale);
        }
        tallies
    }

    pub(super) fn progress(
        &mut self,
        of: Tiered<'_>,
        pool: Pool,
        sale: &Sale<'_>,
        refunds: Refunds,
    ) -> Result<Progress, MoneyError> {
        let all = self.sales.get(&(pool.program, pool.affiliate)).map_or(&[][..], Vec::as_slice);
        let first = all.partition_point(|other| other.occurred_at < pool.from);
        let end = all.partition_point(|other| other.occurred_at < pool.to);
        let key = (pool, of.version, of.component, refunds);
        let tally = match self.made.entry(key) {
            std::collections::hash_map::Entry::Occupied(made) => made.into_mut(),
            std::collections::hash_map::Entry::Vacant(vacant) => {
                vacant.insert(Tally::of(of, all.get(first..end).unwrap_or_default(), refunds)?)
            }
        };
        let place = all.partition_point(|other| order(other) < order(sale));
        let before = place.checked_sub(first).and_then(|place| tally.before.get(place));
        Ok(Progress { before: before.copied().unwrap_or(tally.total), total: tally.total })
    }
}

impl Tally {
    fn of(of: Tiered<'_>, pool: &[&Sale<'_>], refunds: Refunds) -> Result<Self, MoneyError> {
        let mut tally = Self { before: Vec::with_capacity(pool.len()), total: Count::default() };
        for sale in pool {
            tally.before.push(tally.total);
            let Some(part) = apply::counted(of.when, sale) else { continue };
            let kept = match refunds {
                Refunds::Count => kept(sale),
                Refunds::Ignored => sale.amount.minor,
            };
            if kept == 0 {
                continue;
            }
            tally.total.sales += 1;
            if of.tiers.by == By::Revenue(sale.amount.currency) {
                let share = half_up(i128::from(part) * i128::from(kept), i128::from(sale.amount.minor))?;
                tally.total.revenue += i128::from(share);
            }
        }
        Ok(tally)
    }
}

/// Minor units of the sale that weren't refunded.
fn kept(sale: &Sale<'_>) -> i64 {
    sale.amount.minor - sale.refunded.clamp(0, sale.amount.minor)
}
