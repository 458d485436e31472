//! Payouts outside Stripe whose money is reserved and that shouldn't be paid now: since the run was approved, their
//! affiliate was put on hold, banned or archived, or the destination changed. A person pays them, so the ledger can't hold
//! the payment back: it says so wherever the payout is shown, and marking it as paid takes a confirmation.
//!
//! Nothing of this is in the payout's row: views ask here, and so a hold that ends leaves nothing behind.

use std::collections::HashMap;

use payout_core::step::Status;
use shared::id::PayoutId;

use super::{
    row_store::STRIPE,
    view::{EXPORT_IT, EXPORT_REASON},
};

/// Why a payout shouldn't be paid now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// The person who approved the run saw another destination.
    DestinationChanged,
    NotApproved,
    OnHold,
}

impl Stop {
    pub const ALL: [Self; 3] = [Self::DestinationChanged, Self::NotApproved, Self::OnHold];

    /// A hold comes last: when it is released, the other reasons stay.
    pub const fn of(is_approved: bool, is_on_hold: bool, is_elsewhere: bool) -> Option<Self> {
        match (is_approved, is_elsewhere, is_on_hold) {
            (false, _, _) => Some(Self::NotApproved),
            (true, true, _) => Some(Self::DestinationChanged),
            (true, false, true) => Some(Self::OnHold),
            (true, false, false) => None,
        }
    }

    pub const fn code(self) -> &'static str {
        match self {
            Self::DestinationChanged => "destination_changed",
            Self::NotApproved => "not_approved",
            Self::OnHold => "on_hold",
        }
    }

    pub fn parse(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|stop| stop.code() == code)
    }

    /// What is wrong, and what to do.
    pub const fn message(self) -> &'static str {
        match self {
            Self::DestinationChanged => {
                "Don\u{2019}t pay this. The affiliate\u{2019}s payout destination changed after the run was created. \
                 Cancel the payout, and the next run pays to the new destination."
            }
            Self::NotApproved => {
                "Don\u{2019}t pay this. The affiliate is no longer approved. Approve them first, or cancel the payout."
            }
            Self::OnHold => {
                "Don\u{2019}t pay this. The affiliate\u{2019}s payouts are on hold. Release them first, or cancel the \
                 payout."
            }
        }
    }
}

/// Returns whether a payout waits for a person to pay it outside, as far as rail and status say.
pub fn waits_outside(rail: &str, status: &str) -> bool {
    rail != STRIPE && status == Status::Reserved.as_str()
}

/// Payouts that wait to be paid outside, each with the reason why it shouldn't be, if there is one.
#[derive(Debug, Default)]
pub struct Stops(HashMap<PayoutId, Option<Stop>>);

impl Stops {
    pub const fn new(waiting: HashMap<PayoutId, Option<Stop>>) -> Self {
        Self(waiting)
    }

    pub fn of(&self, payout: PayoutId) -> Option<Stop> {
        self.0.get(&payout).copied().flatten()
    }

    /// Fills in why the payout shouldn't be paid now. A reason that an export stored, and that has ended since, is
    /// replaced.
    pub fn explain(&self, payout: PayoutId, code: &mut Option<String>, reason: &mut Option<String>) {
        let Some(stop) = self.0.get(&payout) else { return };
        let is_over = || code.as_deref().is_some_and(|code| Stop::parse(code).is_some());
        let (now, message) = match stop {
            Some(stop) => (stop.code(), stop.message()),
            None if is_over() => (EXPORT_IT, EXPORT_REASON),
            None => return,
        };
        (*code, *reason) = (Some(now.to_owned()), Some(message.to_owned()));
    }
}

#[cfg(test)]
mod tests {
    //! Goal: a payout says why it shouldn't be paid as long as that is so, and not longer.
    //! Method: each combination of facts, and what rows may have stored before.

    use uuid::Uuid;

    use super::*;

    #[test]
    fn what_a_release_does_not_change_comes_first() {
        for (is_approved, is_on_hold, is_elsewhere, stop) in [
            (true, false, false, None),
            (true, true, false, Some(Stop::OnHold)),
            (true, true, true, Some(Stop::DestinationChanged)),
            (true, false, true, Some(Stop::DestinationChanged)),
            (false, true, true, Some(Stop::NotApproved)),
            (false, false, false, Some(Stop::NotApproved)),
        ] {
            assert_eq!(Stop::of(is_approved, is_on_hold, is_elsewhere), stop);
        }
        for stop in Stop::ALL {
            assert_eq!(Stop::parse(stop.code()), Some(stop));
        }
    }

    #[test]
    fn a_reason_that_is_over_is_replaced() {
        let [held, free, sent]: [PayoutId; 3] = [1, 2, 3].map(|number| PayoutId::new(Uuid::from_u128(number)));
        let stops = Stops::new(HashMap::from([(held, Some(Stop::OnHold)), (free, None)]));
        let explained = |id, code: &str| {
            let (mut code, mut reason) = (Some(code.to_owned()), Some("It was so.".to_owned()));
            stops.explain(id, &mut code, &mut reason);
            (code.unwrap(), reason.unwrap())
        };
        let both = |code: &str, reason: &str| (code.to_owned(), reason.to_owned());
        assert_eq!(explained(held, EXPORT_IT), both("on_hold", Stop::OnHold.message()));
        assert_eq!(explained(free, "on_hold"), both(EXPORT_IT, EXPORT_REASON));
        assert_eq!(explained(free, "not_exportable"), both("not_exportable", "It was so."));
        assert_eq!(explained(sent, "on_hold"), both("on_hold", "It was so."));
    }
}
