//! A program's rules of credit. Each version has the date from which it applies: a sale is judged by the rules of its
//! own day, whenever it is reported or recomputed.

use std::collections::{HashMap, HashSet};

use shared::{
    config::AttributionModel,
    id::{AffiliateId, ProgramId},
    text_enum,
    timestamp::Timestamp,
};

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    pub effective_at: Timestamp,
    pub model: AttributionModel,
    pub window_days: u16,
    pub binding: CustomerBinding,
    pub checks: Checks,
    pub claims: Claims,
}

text_enum! {
    /// How conversions count that only a page reported.
    Worth {
        /// They are kept, and credit no one.
        Off,
        /// They are credited and priced, and wait for a person or for the verified report.
        Review,
        /// They are payable after the hold, as long as they stay within the program's limits.
        Trusted,
    }
}

/// How a program treats its pages' claims, and the limits of a program that trusts them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Claims {
    pub worth: Worth,
    /// The largest amount that is trusted, in minor units of the sale's own currency.
    pub max_amount: i64,
    /// How many claims of the program are trusted per UTC day of arrival.
    pub per_day: u32,
    /// The same, per affiliate in the program.
    pub per_affiliate_day: u32,
}

impl Default for Claims {
    fn default() -> Self {
        Self { worth: Worth::Review, max_amount: 50_000, per_day: 100, per_affiliate_day: 10 }
    }
}

text_enum! {
    /// What a buyer keeps from the first credited sale on: affiliate and plan version; the affiliate, with the plan in
    /// force at each sale; or nothing, so that each sale is credited anew.
    CustomerBinding { AffiliateAndPlan, Affiliate, None }
}

/// The checks that put a conversion into review.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Checks {
    /// The buyer has the affiliate's email address.
    pub self_referral: bool,
    /// The first sale of a buyer whose address another buyer had before.
    pub duplicate_customer: bool,
    /// More conversions of one affiliate in one clock hour than this.
    pub velocity_per_hour: Option<u32>,
    /// A sale sooner after its click than this.
    pub min_click_to_sale_seconds: Option<u32>,
}

impl Default for Checks {
    /// Email addresses are compared; limits on speed are for each brand to set.
    fn default() -> Self {
        Self { self_referral: true, duplicate_customer: true, velocity_per_hour: None, min_click_to_sale_seconds: None }
    }
}

/// The policies of all programs concerned, and when each affiliate could be credited.
#[derive(Debug, Clone, Default)]
pub struct Policies {
    programs: HashMap<ProgramId, Vec<Policy>>,
    /// When each affiliate's approval changed, sorted by time; one who isn't here was always approved.
    approved: HashMap<AffiliateId, Vec<(Timestamp, bool)>>,
}

impl Policies {
    pub fn add(&mut self, program: ProgramId, policy: Policy) {
        let versions = self.programs.entry(program).or_default();
        let place = versions.partition_point(|known| known.effective_at <= policy.effective_at);
        versions.insert(place, policy);
    }

    /// Adds an affiliate's changes, sorted by time.
    pub fn approve(&mut self, affiliate: AffiliateId, approved: Vec<(Timestamp, bool)>) {
        if !approved.is_empty() {
            self.approved.insert(affiliate, approved);
        }
    }

    /// Whether the affiliate was approved at that time; before the first change, its value applies.
    pub fn may_earn(&self, affiliate: AffiliateId, moment: Timestamp) -> bool {
        let Some(changes) = self.approved.get(&affiliate) else { return true };
        let next = changes.partition_point(|(from, _)| *from <= moment);
        changes.get(next.saturating_sub(1)).is_none_or(|(_, approved)| *approved)
    }

    pub fn any(&self, holds: impl Fn(&Policy) -> bool) -> bool {
        self.programs.values().flatten().any(holds)
    }

    /// The programs that ever had such a policy.
    pub fn programs_with(&self, holds: impl Fn(&Policy) -> bool) -> HashSet<ProgramId> {
        let programs = self.programs.iter().filter(|(_, policies)| policies.iter().any(&holds));
        programs.map(|(program, _)| *program).collect()
    }

    /// The longest window that any program ever had, in days.
    pub fn longest_window(&self) -> u16 {
        self.programs.values().flatten().map(|policy| policy.window_days).max().unwrap_or_default()
    }

    /// Returns the policy in force at that time; before the first one, the first one.
    pub fn at(&self, program: ProgramId, moment: Timestamp) -> Option<&Policy> {
        let versions = self.programs.get(&program)?;
        let next = versions.partition_point(|policy| policy.effective_at <= moment);
        versions.get(next.saturating_sub(1))
    }
}

/// Parses the model as the public API spells it.
pub fn model(text: &str) -> Option<AttributionModel> {
    match text {
        "FirstTouch" => Some(AttributionModel::FirstTouch),
        "LastTouch" => Some(AttributionModel::LastTouch),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_affiliate_may_earn_while_approved() {
        let (never_changed, changed) = (AffiliateId::from_bytes([1; 16]), AffiliateId::from_bytes([2; 16]));
        let day = |days| Timestamp::EPOCH.plus_days(days);
        let mut policies = Policies::default();
        policies.approve(never_changed, Vec::new());
        policies.approve(changed, vec![(day(0), false), (day(10), true), (day(20), false)]);
        let at = |affiliate| [0, 9, 10, 19, 20, 99].map(|days| policies.may_earn(affiliate, day(days)));
        assert_eq!(at(never_changed), [true; 6]);
        assert_eq!(at(changed), [false, false, true, true, false, false]);
    }

    fn policy(days: i64) -> Policy {
        Policy {
            effective_at: Timestamp::EPOCH.plus_days(days),
            model: AttributionModel::LastTouch,
            window_days: u16::try_from(days).unwrap(),
            binding: CustomerBinding::AffiliateAndPlan,
            checks: Checks::default(),
            claims: Claims::default(),
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
