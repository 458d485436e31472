//! Overrides in a recomputation: each commission of a conversion also earns its recruiter a share of what it is worth
//! now. The share has the commission's hold, and whatever holds, denies or releases the commission does the same to the
//! share. No side effects.

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
    commission::{Commission, CommissionState, CommissionStatus, EarnedBy, compute::percent, sub_affiliate::share},
    conversion::Conversion,
};

/// Who earns a share of a conversion's commissions, in millionths: the recruiter of the credited affiliate, if they were
/// approved at the sale's time, and neither bought it nor share an address with the recruit.
fn recruiter(conversion: &Conversion, attributed: &Attributed<'_>, rates: &Rates) -> Option<(AffiliateId, u32)> {
    let (credit, at) = (attributed.credit?, conversion.occurred_at);
    let (recruiter, percent_ppm) = rates.sub_affiliates.at(credit.program_id, credit.affiliate_id, at)?;
    let own = rates.affiliates.get(&recruiter)?.emails(at);
    let recruits = rates.affiliates.get(&credit.affiliate_id).map(|recruit| recruit.emails(at)).unwrap_or_default();
    let is_buyer = attributed.emails.iter().any(|email| own.contains(&email.as_str()));
    let is_recruit = recruits.iter().any(|email| own.contains(email));
    (rates.policies.may_earn(recruiter, at) && !is_buyer && !is_recruit).then_some((recruiter, percent_ppm))
}

impl Run<'_> {
    /// Records the overrides of a conversion's commissions.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if a share exceeds 64 bits.
    pub(super) fn overrides(
        &mut self,
        conversion: &Conversion,
        attributed: &Attributed<'_>,
        parents: &[Commission],
        rates: &Rates,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<(), MoneyError> {
        let Some((recruiter, percent_ppm)) = recruiter(conversion, attributed, rates) else { return Ok(()) };
        for parent in parents {
            let earned = share(parent.earned, percent_ppm)?;
            if earned.minor <= 0 {
                continue;
            }
            let component_id = override_id(parent.id);
            let slot = (conversion.id, recruiter, component_id.clone());
            let booked = self.booked.get(&slot).copied();
            let left = share(Money::new(parent.amount, parent.earned.currency), percent_ppm)?;
            let requested = match booked
                .filter(|booked| booked.is_in_payouts() && booked.earned.currency != earned.currency)
            {
                Some(booked) => paid_in_another(booked, component_id, conversion.amount, attributed.outcome.refunded),
                None => Commission {
                    id: booked.map_or_else(&mut *new_id, |booked| booked.id),
                    earned_by: EarnedBy::Override { conversion: conversion.id, of: parent.id },
                    affiliate_id: recruiter,
                    component_id: Some(component_id),
                    amount: left.minor,
                    earned,
                    paid: booked.map_or(0, |booked| booked.paid),
                    reserved: booked.map_or(0, |booked| booked.reserved),
                    status: CommissionStatus::Pending,
                    held: None,
                    approved_at: booked
                        .and_then(|booked| booked.approved_at)
                        .filter(|_| !self.replaces_claim(conversion)),
                    reason: format!(
                        "{}% of {}, which someone they recruited earned = {left} (rounded half up)",
                        percent(percent_ppm),
                        Money::new(parent.amount, parent.earned.currency),
                    ),
                    ..parent.clone()
                },
            };
            let state = CommissionState {
                denied: parent.status == CommissionStatus::Denied,
                released: self.is_released(parent, conversion),
                held: parent.held,
            };
            self.push_in(requested, conversion.provenance, &attributed.outcome, state);
        }
        Ok(())
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
