//! The commission of an imported sale of the past: the amount that the import states, less refunds of the sale. If the
//! sale's amount is unknown, any refund counts as all of it. No plan computes the commission, no tier or cap counts it,
//! and no check holds it, because it was settled elsewhere. No side effects.

use std::fmt::Write as _;

use shared::{
    event::PastSale,
    id::CommissionId,
    money::{Money, MoneyError},
};

use super::{
    attributed::Attributed,
    recompute::{Run, held},
    waiting::Seen,
};
use rules::{
    commission::{Commission, CommissionStatus, EarnedBy, compute::after_refunds},
    conversion::Conversion,
};

/// Takes the place of a plan's component id. No component has it.
pub const COMPONENT: &str = "@past";

impl Run<'_> {
    /// Records the sale with its stated commission; a sale that earned nothing has none.
    ///
    /// # Errors
    /// [`MoneyError::Overflow`] if a commission exceeds 64 bits.
    pub(super) fn past(
        &mut self,
        sale: &Conversion,
        attributed: &Attributed<'_>,
        past: PastSale,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<(), MoneyError> {
        let outcome = attributed.outcome.clone();
        let mut statuses = Vec::new();
        if let Some(stated) = self.stated(sale, attributed, past, new_id)? {
            // A dispute holds only what would be paid here.
            let held = held(&outcome, &Seen::default()).filter(|_| past.owed_here);
            statuses.push(self.push(stated, sale.provenance, &outcome, held).status);
        }
        self.save(sale, outcome, &statuses);
        Ok(())
    }

    fn stated(
        &self,
        sale: &Conversion,
        attributed: &Attributed<'_>,
        past: PastSale,
        new_id: &mut impl FnMut() -> CommissionId,
    ) -> Result<Option<Commission>, MoneyError> {
        let Some(credit) = attributed.credit.filter(|_| past.earned_cents > 0) else { return Ok(None) };
        let booked = self.booked.get(&(sale.id, credit.affiliate_id, COMPONENT.to_owned()));
        let earned = Money::new(past.earned_cents, sale.amount.currency);
        let refunded = attributed.outcome.refunded;
        let mut reason = format!("{earned}, as imported");
        let mut left = earned;
        if refunded > 0 {
            left = after_refunds(earned, sale.amount.minor, refunded)?;
            let refunded = Money::new(refunded, sale.amount.currency);
            let _ = write!(reason, "; {refunded} of {} refunded, leaving {left}", sale.amount);
        } else if attributed.any_given_back && sale.amount.minor == 0 {
            left.minor = 0;
            let _ = write!(reason, "; refunded, and the sale's amount is unknown, leaving {left}");
        }
        // What was settled elsewhere never becomes payable, even if an earlier refund turns out to have failed.
        if let Some(booked) = booked.filter(|_| !past.owed_here) {
            left.minor = left.minor.min(booked.paid);
        }
        // The hold protects what the brand still has to pay here; what was settled elsewhere is never payable.
        let hold_days = attributed.version.filter(|_| past.owed_here).map_or(0, |version| version.hold_days);
        Ok(Some(Commission {
            id: booked.map_or_else(new_id, |booked| booked.id),
            earned_by: EarnedBy::Conversion(sale.id),
            affiliate_id: credit.affiliate_id,
            program_id: credit.program_id,
            plan_version_id: None,
            component: 0,
            component_id: Some(COMPONENT.to_owned()),
            amount: left.minor,
            earned,
            paid: booked.map_or(0, |booked| booked.paid),
            reserved: booked.map_or(0, |booked| booked.reserved),
            status: CommissionStatus::Pending,
            held: None,
            hold_until: sale.occurred_at.plus_days(i64::from(hold_days)),
            approved_at: booked.and_then(|booked| booked.approved_at),
            reason,
        }))
    }
}
