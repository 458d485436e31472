//! Evidence used up by a person's decision: it counts for nothing that the buyer does later, however often it is
//! reported again.
//!
//! A click has a time of its own, so only a click that is itself new counts again. A coupon or slug has none: each report
//! dates it anew. It is a repeat if it came with the purchase that was decided about, which includes the purchase's
//! checkout, its subscription and the renewals; or, if its event names no purchase, if the same affiliate's was there
//! before. Named with another purchase, it is new.

use std::collections::BTreeSet;

use shared::id::{AffiliateId, ClickId, ProgramId};

use super::{
    Candidate, Credit, Earlier, ReportingEvents, Touch, TouchKind,
    evidence::{comes_after, is_of_purchase, names_none, speaks_for},
};

/// The evidence about a buyer up to a conversion that a person denied, or credited to no one.
#[derive(Debug)]
pub(super) struct Spent<'c> {
    decided: &'c Candidate<'c>,
    /// One affiliate's evidence; or, with `None`, everyone's.
    whose: Option<(ProgramId, AffiliateId)>,
    /// What was there when the conversion happened: clicks, and the coupons and slugs of these affiliates.
    clicks: BTreeSet<ClickId>,
    names: BTreeSet<(TouchKind, ProgramId, AffiliateId)>,
}

impl<'c> Spent<'c> {
    /// A person removed the credit, from this conversion on.
    pub(super) fn all(decided: &'c Candidate<'c>, touches: &[Touch], reporting_events: &ReportingEvents) -> Self {
        Self::new(decided, None, touches, reporting_events)
    }

    /// A person denied the conversion to the affiliate who had its credit.
    pub(super) fn of(
        decided: &'c Candidate<'c>,
        credit: &Credit,
        touches: &[Touch],
        reporting_events: &ReportingEvents,
    ) -> Self {
        Self::new(decided, Some((credit.program_id, credit.affiliate_id)), touches, reporting_events)
    }

    fn new(
        decided: &'c Candidate<'c>,
        whose: Option<(ProgramId, AffiliateId)>,
        touches: &[Touch],
        reporting_events: &ReportingEvents,
    ) -> Self {
        let mut spent = Self { decided, whose, clicks: BTreeSet::new(), names: BTreeSet::new() };
        for touch in touches {
            let counts = speaks_for(touch, decided) && spent.is_of(touch.program_id, touch.affiliate_id);
            if !counts || !spent.was_there(touch, reporting_events) {
                continue;
            }
            match touch.kind {
                TouchKind::Click => spent.clicks.extend(touch.click_id),
                TouchKind::Slug | TouchKind::Coupon => {
                    spent.names.insert((touch.kind, touch.program_id, touch.affiliate_id));
                }
                TouchKind::Import => {}
            }
        }
        spent
    }

    pub(super) fn takes(&self, touch: &Touch, conversion: &Candidate<'_>, reporting_events: &ReportingEvents) -> bool {
        conversion.buyer == self.decided.buyer
            && touch.kind != TouchKind::Import
            && self.is_of(touch.program_id, touch.affiliate_id)
            && self.took(touch, conversion, reporting_events)
    }

    fn took(&self, touch: &Touch, conversion: &Candidate<'_>, reporting_events: &ReportingEvents) -> bool {
        if self.decided.repeats_from.is_none_or(|from| from <= conversion.occurred_at) {
            return self.was_there(touch, reporting_events) || self.is_repeat(touch, conversion, reporting_events);
        }
        // The rule of before repeats counted, except those in a renewal's own report.
        let own = conversion.reported_by.contains(&touch.event_id);
        touch.touched_at <= self.decided.occurred_at || (own && self.is_renewed_by(conversion))
    }

    pub(super) fn takes_lead(&self, lead: &Earlier<'_>, conversion: &Candidate<'_>) -> bool {
        conversion.buyer == self.decided.buyer
            && self.is_of(lead.credit.program_id, lead.credit.affiliate_id)
            && lead.occurred_at <= self.decided.occurred_at
    }

    fn is_of(&self, program: ProgramId, affiliate: AffiliateId) -> bool {
        self.whose.is_none_or(|whose| whose == (program, affiliate))
    }

    fn is_renewed_by(&self, conversion: &Candidate<'_>) -> bool {
        self.decided.subscription.is_some() && conversion.subscription == self.decided.subscription
    }

    /// Whether a touch was made before the decided conversion, could count for it, or is a coupon or slug of its purchase.
    fn was_there(&self, touch: &Touch, reporting_events: &ReportingEvents) -> bool {
        touch.touched_at <= self.decided.occurred_at
            || !comes_after(touch, self.decided, reporting_events)
            || (touch.kind != TouchKind::Click && is_of_purchase(touch, self.decided))
    }

    fn is_repeat(&self, touch: &Touch, conversion: &Candidate<'_>, reporting_events: &ReportingEvents) -> bool {
        match touch.kind {
            TouchKind::Click => touch.click_id.is_some_and(|click| self.clicks.contains(&click)),
            TouchKind::Slug | TouchKind::Coupon => {
                let known = self.names.contains(&(touch.kind, touch.program_id, touch.affiliate_id));
                (self.is_renewed_by(conversion) && is_of_purchase(touch, conversion))
                    || (known && names_none(touch, reporting_events))
            }
            TouchKind::Import => false,
        }
    }
}
