//! A program's rules of credit, each version with the date from which it counts: a sale is judged by the rules of its
//! own day, whenever it is told or looked at again.

use std::collections::HashMap;

use shared::{config::AttributionModel, id::ProgramId, timestamp::Timestamp};

use crate::spelled::spelled;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub effective_at: Timestamp,
    pub model: AttributionModel,
    pub window_days: u16,
    pub binding: CustomerBinding,
    pub checks: Checks,
}

spelled! {
    /// What a buyer keeps from the first credited sale on: affiliate and plan version; the affiliate, with the plan in
    /// force at each sale; or nothing, so that each sale is credited anew.
    CustomerBinding { AffiliateAndPlan, Affiliate, None }
}

/// What puts a conversion into review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// The buyer has the affiliate's e-mail address.
    pub self_referral: bool,
    /// The first sale of a buyer whose address another buyer had before.
    pub duplicate_customer: bool,
    /// More conversions of one affiliate in one clock hour than this.
    pub velocity_per_hour: Option<u32>,
    /// A sale sooner after its click than this.
    pub min_click_to_sale_seconds: Option<u32>,
}

impl Default for Checks {
    /// Addresses are compared; how fast sales come is for each brand to say.
    fn default() -> Self {
        Self { self_referral: true, duplicate_customer: true, velocity_per_hour: None, min_click_to_sale_seconds: None }
    }
}

/// The policies of all programs concerned.
#[derive(Debug, Clone, Default)]
pub struct Policies(HashMap<ProgramId, Vec<Policy>>);

impl Policies {
    pub fn add(&mut self, program: ProgramId, policy: Policy) {
        let versions = self.0.entry(program).or_default();
        let place = versions.partition_point(|known| known.effective_at <= policy.effective_at);
        versions.insert(place, policy);
    }

    pub fn any(&self, holds: impl Fn(&Policy) -> bool) -> bool {
        self.0.values().flatten().any(holds)
    }

    /// In force at that moment; before the first one, the first one.
    pub fn at(&self, program: ProgramId, moment: Timestamp) -> Option<&Policy> {
        let versions = self.0.get(&program)?;
        let next = versions.partition_point(|policy| policy.effective_at <= moment);
        versions.get(next.saturating_sub(1))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn policy(days: i64) -> Policy {
        Policy {
            effective_at: Timestamp::EPOCH.plus_days(days),
            model: AttributionModel::LastTouch,
            window_days: u16::try_from(days).unwrap(),
            binding: CustomerBinding::AffiliateAndPlan,
            checks: Checks::default(),
        }
    }

    #[test]
    fn each_day_has_the_policy_in_force_then_in_whatever_order_they_are_read() {
        let program = ProgramId::from_bytes([1; 16]);
        for order in [[10, 20, 30], [30, 20, 10], [20, 30, 10]] {
            let mut policies = Policies::default();
            for days in order {
                policies.add(program, policy(days));
            }
            let at =
                |days: i64| policies.at(program, Timestamp::EPOCH.plus_days(days)).map(|policy| policy.window_days);
            // Before the first one, the first one.
            assert_eq!([at(1), at(10), at(19), at(20), at(99)], [Some(10), Some(10), Some(10), Some(20), Some(30)]);
            assert_eq!(policies.at(ProgramId::from_bytes([2; 16]), Timestamp::EPOCH), None);
            assert!(policies.any(|policy| policy.window_days == 20) && !policies.any(|policy| policy.window_days == 7));
        }
    }
}
