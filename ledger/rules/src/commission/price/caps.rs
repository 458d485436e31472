//! Limits shared by several sales, and how much of each is used up.
//!
//! A limit is used up by what was earned before refunds, with tiers computed as if there were none: a refund frees no
//! room, so it can't raise what another sale earns.

use std::collections::HashMap;

use shared::{
    id::{AffiliateId, PlanVersionId},
    money::Money,
    timestamp::Timestamp,
};

use super::{BuyerKey, Sale};
use crate::commission::{period::Period, plan::Cap};

#[derive(Debug, Default)]
pub(super) struct Used {
    customers: HashMap<(BuyerKey, PlanVersionId, i32), i64>,
    affiliates: HashMap<(AffiliateId, PlanVersionId, i32, Timestamp), i64>,
}

/// What a sale earns while limits are applied.
#[derive(Debug, Clone, Copy)]
pub(super) struct Earning {
    pub money: Money,
    /// The amount without any refunds, which uses up the limits. Never below `money`.
    pub unrefunded: i64,
}

impl Earning {
    pub(super) fn new(money: Money, unrefunded: Option<Money>) -> Self {
        Self { money, unrefunded: unrefunded.map_or(money.minor, |whole| whole.minor.max(money.minor)) }
    }

    fn at_most(&mut self, room: i64, words: impl FnOnce(Money) -> String, steps: &mut Vec<String>) {
        let room = room.max(0);
        self.unrefunded = self.unrefunded.min(room);
        if self.money.minor > room {
            self.money.minor = room;
            steps.push(words(self.money));
        }
    }

    fn share(&mut self, used: &mut i64, limit: i64, whose: &str, steps: &mut Vec<String>) {
        let (before, room) = (*used, limit.saturating_sub(*used));
        let money = |minor| Money::new(minor, self.money.currency);
        let (limit, taken) = (money(limit), money(before));
        self.at_most(room, |left| format!("capped at {limit} {whose}, {taken} already used: {left}"), steps);
        *used = before.saturating_add(self.unrefunded);
    }
}

impl Used {
    /// Applies the sale's own limit, then its customer's. Sales must come in order of date.
    pub(super) fn limit(
        &mut self,
        cap: &Cap,
        sale: &Sale<'_>,
        component: i32,
        earning: &mut Earning,
        steps: &mut Vec<String>,
    ) {
        if let Some(limit) = cap.per_conversion {
            let most = Money::new(limit, cap.currency);
            earning.at_most(limit, |_| format!("capped at {most} per sale"), steps);
        }
        if let Some(limit) = cap.per_customer {
            let used = self.customers.entry((sale.buyer, sale.version.id, component)).or_default();
            earning.share(used, limit, "per customer", steps);
        }
    }

    /// Applies the affiliate's limit in a period. Sales must come in order of date.
    pub(super) fn limit_affiliate(
        &mut self,
        cap: &Cap,
        sale: &Sale<'_>,
        component: i32,
        earning: &mut Earning,
        steps: &mut Vec<String>,
    ) {
        let Some(limit) = cap.per_affiliate else { return };
        let (from, _) = limit.period.around(sale.occurred_at);
        let used = self.affiliates.entry((sale.affiliate, sale.version.id, component, from)).or_default();
        let whose = match limit.period {
            Period::Month => "per affiliate per month",
            Period::Quarter => "per affiliate per quarter",
            Period::Year => "per affiliate per year",
            Period::Ever => "per affiliate",
        };
        earning.share(used, limit.amount_cents, whose, steps);
    }
}
