//! Evidence used up by a person's decision: it counts for nothing that the buyer does later.

use shared::{
    id::{AffiliateId, ProgramId},
    timestamp::Timestamp,
};

use super::{BuyerKey, Candidate, Credit, Earlier, Touch, TouchKind};

/// The evidence about a buyer up to a conversion that a person denied, or credited to no one.
#[derive(Debug, Clone, Copy)]
pub(super) struct Spent<'c> {
    buyer: BuyerKey,
    /// One affiliate's evidence; or, with `None`, everyone's.
    whose: Option<(ProgramId, AffiliateId)>,
    until: Timestamp,
    /// Evidence repeated in a renewal's report dates from the start of its subscription.
    subscription: Option<&'c str>,
}

impl<'c> Spent<'c> {
    /// A person removed the credit, from this conversion on.
    pub(super) const fn all(conversion: &Candidate<'c>) -> Self {
        Self {
            buyer: conversion.buyer,
            whose: None,
            until: conversion.occurred_at,
            subscription: conversion.subscription,
        }
    }

    /// A person denied the conversion to the affiliate who had its credit.
    pub(super) const fn of(conversion: &Candidate<'c>, credit: &Credit) -> Self {
        Self { whose: Some((credit.program_id, credit.affiliate_id)), ..Self::all(conversion) }
    }

    pub(super) fn takes(&self, touch: &Touch, conversion: &Candidate<'_>) -> bool {
        let repeated = self.subscription.is_some() && conversion.subscription == self.subscription;
        conversion.buyer == self.buyer
            && touch.kind != TouchKind::Import
            && self.is_of(touch.program_id, touch.affiliate_id)
            && (touch.touched_at <= self.until || (repeated && conversion.reported_by.contains(&touch.event_id)))
    }

    pub(super) fn takes_lead(&self, lead: &Earlier<'_>, conversion: &Candidate<'_>) -> bool {
        conversion.buyer == self.buyer
            && self.is_of(lead.credit.program_id, lead.credit.affiliate_id)
            && lead.occurred_at <= self.until
    }

    fn is_of(&self, program: ProgramId, affiliate: AffiliateId) -> bool {
        self.whose.is_none_or(|whose| whose == (program, affiliate))
    }
}
