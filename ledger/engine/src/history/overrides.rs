//! Overrides in a recomputation: each commission of a conversion also earns its recruiter a share of what it is worth
//! now. The share has the commission's hold, and whatever holds, denies or releases the commission does the same to the
//! share. The share of a recruiter who is probably the recruit or the buyer waits for a review, and nothing else does. No
//! side effects.

use shared::{
    id::{AffiliateId, CommissionId},
    money::{Money, MoneyError},
};

use super::{
    Decision, DecisionKind, Rates,
    attributed::Attributed,
    recompute::Run,
    slot::{override_id, paid_in_another},
};
use rules::{
    attribution::flag::Flag,
    commission::{
        Commission, CommissionState, CommissionStatus, EarnedBy, Held, compute::percent, sub_affiliate::share,
    },
    conversion::{Conversion, Outcome},
};

/// Who earns a share of a conversion's commissions.
#[derive(Debug, Clone, Copy)]
pub(super) struct Recruiter {
    id: AffiliateId,
    /// In millionths.
    share_ppm: u32,
    /// Whether they are probably the recruit or the buyer: the share then waits for a review.
    pub(super) is_one_of_them: bool,
}

/// The recruiter of the credited affiliate, if they were approved at the sale's time.
pub(super) fn recruiter(conversion: &Conversion, attributed: &Attributed<'_>, rates: &Rates) -> Option<Recruiter> {
    let (credit, at) = (attributed.credit?, conversion.occurred_at);
    let (id, share_ppm) = rates.sub_affiliates.at(credit.program_id, credit.affiliate_id, at)?;
    let recruiter = rates.affiliates.get(&id).filter(|_| rates.policies.may_earn(id, at))?;
    let recruit = rates.affiliates.get(&credit.affiliate_id);
    let own = recruiter.emails(at);
    let is_buyer = attributed.emails.iter().any(|email| own.contains(&email.as_str()));
    let is_recruit = recruit.is_some_and(|recruit| recruiter.is_one_with(recruit, at));
    Some(Recruiter { id, share_ppm, is_one_of_them: is_buyer || is_recruit })
}

impl Run<'_> {
    /// Records the overrides of a conversion's commissions.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if a share exceeds 64 bits.
    pub(super) fn overrides(
        &mut self,
        (conversion, attributed, outcome): (&Conversion, &Attributed<'_>, &Outcome),
        parents: &[Commission],
        rates: &Rates,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<(), MoneyError> {
        let Some(recruiter) = recruiter(conversion, attributed, rates) else { return Ok(()) };
        let waits = outcome.flags.contains(&Flag::SelfRecruit) && outcome.review.is_none();
        for parent in parents {
            let Some(requested) = self.override_of(parent, recruiter, conversion, outcome, new_id)? else { continue };
            let state = CommissionState {
                denied: parent.status == CommissionStatus::Denied,
                released: self.is_released(parent, conversion),
                held: parent.held.or(waits.then_some(Held::Review)),
            };
            self.push_in(requested, conversion.provenance, outcome, state);
        }
        Ok(())
    }

    /// The recruiter's share of one commission, before what people decided; `None` if it rounds to nothing.
    fn override_of(
        &self,
        parent: &Commission,
        recruiter: Recruiter,
        conversion: &Conversion,
        outcome: &Outcome,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<Option<Commission>, MoneyError> {
        let earned = share(parent.earned, recruiter.share_ppm)?;
        if earned.minor <= 0 {
            return Ok(None);
        }
        let component_id = override_id(parent.id);
        let booked = self.booked.get(&(conversion.id, recruiter.id, component_id.clone())).copied();
        let in_another = |booked: &&Commission| booked.is_in_payouts() && booked.earned.currency != earned.currency;
        if let Some(booked) = booked.filter(in_another) {
            return Ok(Some(paid_in_another(booked, component_id, conversion.amount, outcome.refunded)));
        }
        let of = Money::new(parent.amount, parent.earned.currency);
        let left = share(of, recruiter.share_ppm)?;
        Ok(Some(Commission {
            id: booked.map_or_else(new_id, |booked| booked.id),
            earned_by: EarnedBy::Override { conversion: conversion.id, of: parent.id },
            affiliate_id: recruiter.id,
            component_id: Some(component_id),
            amount: left.minor,
            earned,
            paid: booked.map_or(0, |booked| booked.paid),
            reserved: booked.map_or(0, |booked| booked.reserved),
            status: CommissionStatus::Pending,
            held: None,
            approved_at: booked.and_then(|booked| booked.approved_at).filter(|_| !self.replaces_claim(conversion)),
            reason: format!(
                "{}% of {of}, which someone they recruited earned = {left} (rounded half up)",
                percent(recruiter.share_ppm)
            ),
            ..parent.clone()
        }))
    }

    /// Whether a person ended the commission's hold.
    fn is_released(&self, parent: &Commission, conversion: &Conversion) -> bool {
        let releases = |decision: &Decision| {
            decision.kind == DecisionKind::Release
                && decision.commission_id == Some(parent.id)
                && decision.about_claim != conversion.provenance.is_verified()
        };
        self.part.history.decisions.iter().any(releases)
    }
}
