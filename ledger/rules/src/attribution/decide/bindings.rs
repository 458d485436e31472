//! Finds the affiliates to whom a buyer is bound, with the same walk that credits their conversions.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{BuyerKey, Candidate, CustomerBinding, Policies, Rule, Touch, walk};

/// A buyer's binding to an affiliate in a program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Binding<'c> {
    pub program_id: ProgramId,
    pub affiliate_id: AffiliateId,
    pub since: Timestamp,
    /// How the sale that bound the buyer was credited, and its external id; for an import, [`Rule::Import`] and
    /// [`super::IMPORTED`].
    pub rule: Rule,
    pub external_id: &'c str,
    /// False while the affiliate isn't approved: then the next sale earns them nothing.
    pub earns: bool,
}

/// Returns the bindings in every program whose rules bind buyers at `now`, ordered by program id.
pub fn bindings<'c>(
    buyer: BuyerKey,
    now: Timestamp,
    conversions: &'c [Candidate<'c>],
    touches: &[Touch],
    policies: &Policies,
    kin: impl Fn(BuyerKey, BuyerKey) -> bool,
) -> Vec<Binding<'c>> {
    let mut past = walk(conversions, touches, policies, &kin, |_, _, _| {});
    past.import(buyer, now, touches, &kin);
    let binds =
        |program: ProgramId| policies.at(program, now).is_some_and(|policy| policy.binding != CustomerBinding::None);
    let mut bindings: Vec<Binding<'c>> = past
        .bindings
        .get(&buyer)
        .into_iter()
        .flatten()
        .filter(|earlier| binds(earlier.credit.program_id))
        .map(|earlier| Binding {
            program_id: earlier.credit.program_id,
            affiliate_id: earlier.credit.affiliate_id,
            since: earlier.credit.bound_at,
            rule: earlier.credit.rule,
            external_id: earlier.external_id,
            earns: policies.may_earn(earlier.credit.affiliate_id, now),
        })
        .collect();
    bindings.sort_by_key(|binding| binding.program_id);
    bindings
}
