//! Records a commission of a recomputation: matches it with the booked one, and applies what people decided about it. No
//! side effects.

use shared::id::ConversionId;

use super::{BuyerHistory, Decision, DecisionKind, recompute::Run};
use rules::{
    attribution::flag::Review,
    commission::{Commission, CommissionState, Held, stand},
    conversion::Outcome,
    fact::Provenance,
};

impl<'p> Run<'p> {
    /// Matches a commission with the booked one and records it if it changed; returns it.
    pub(super) fn push(
        &mut self,
        requested: Commission,
        provenance: Provenance,
        outcome: &Outcome,
        held: Option<Held>,
    ) -> Commission {
        self.push_in(requested, provenance, outcome, CommissionState { held, ..CommissionState::default() })
    }

    /// As [`Self::push`], for a commission that something else may already have denied or released.
    pub(super) fn push_in(
        &mut self,
        mut requested: Commission,
        provenance: Provenance,
        outcome: &Outcome,
        from: CommissionState,
    ) -> Commission {
        let slot = requested.conversion().zip(requested.component_id.clone());
        let slot = slot.map(|(conversion, component)| (conversion, requested.affiliate_id, component));
        let booked = slot.and_then(|slot| self.booked.remove(&slot));
        let of_this = |kinds: &'static [DecisionKind]| {
            self.part.history.latest(|decision| {
                decision.commission_id == Some(requested.id)
                    && kinds.contains(&decision.kind)
                    && decision.about_claim != provenance.is_verified()
            })
        };
        let denied = of_this(&[DecisionKind::Deny, DecisionKind::Approve])
            .filter(|word| word.kind == DecisionKind::Deny)
            .or_else(|| self.denial(requested.conversion(), outcome));
        let why = denied.map(|word| format!("; denied: {}", word.reason));
        if let Some(why) = why.filter(|why| !requested.reason.ends_with(why)) {
            requested.reason.push_str(&why);
        }
        let state = CommissionState {
            denied: from.denied || denied.is_some(),
            released: from.released || of_this(&[DecisionKind::Release]).is_some(),
            held: from.held,
        };
        stand(&mut requested, state, self.now);
        if booked != Some(&requested) {
            self.changes.commissions.push((booked.cloned(), requested.clone()));
        }
        requested
    }

    /// The review that denied the whole conversion.
    fn denial(&self, conversion: Option<ConversionId>, outcome: &Outcome) -> Option<&'p Decision> {
        let denies = |decision: &Decision| decision.kind == DecisionKind::Deny && decision.conversion_id == conversion;
        let history: &'p BuyerHistory = &self.part.history;
        outcome.review.filter(|review| *review == Review::Denied).and_then(|_| history.latest(denies))
    }
}
