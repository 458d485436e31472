//! What may be done with a listing, and what becomes of it. Pure.

use super::ListingStatus;

/// Something that the brand or the operator does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The brand asks for it to be shown.
    Submit,
    /// The brand hides it for now.
    Pause,
    /// The brand takes it back.
    Withdraw,
    /// The brand changed what the operator approves: the texts.
    Rewrite,
    /// The operator shows it.
    Approve,
    /// The operator refuses it.
    Decline,
    /// The operator hides it, or takes the approval of a hidden one back.
    Suspend,
}

/// Returns the status after a step; `None` if the status doesn't allow it. Without `needs_approval`, a submitted listing
/// is shown immediately.
pub fn after(status: ListingStatus, step: Step, needs_approval: bool) -> Option<ListingStatus> {
    use ListingStatus::{Declined, Draft, Listed, Paused, Submitted};
    let shown = if needs_approval { Submitted } else { Listed };
    match (step, status) {
        (Step::Submit, Draft | Declined | Paused) | (Step::Rewrite, Listed) => Some(shown),
        (Step::Rewrite, Draft | Submitted | Declined | Paused) => Some(status),
        (Step::Pause, Listed) | (Step::Suspend, Listed | Submitted) => Some(Paused),
        // Its brand could show it again at any time.
        (Step::Suspend, Draft | Paused) if !needs_approval => Some(Paused),
        (Step::Withdraw, Submitted | Listed | Declined | Paused) => Some(Draft),
        (Step::Approve, Submitted) => Some(Listed),
        (Step::Decline, Submitted) => Some(Declined),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_listing_is_shown_once_the_operator_approves_it() {
        let submitted = after(ListingStatus::Draft, Step::Submit, true);
        assert_eq!(submitted, Some(ListingStatus::Submitted));
        assert_eq!(after(ListingStatus::Submitted, Step::Approve, true), Some(ListingStatus::Listed));
        assert_eq!(after(ListingStatus::Submitted, Step::Decline, true), Some(ListingStatus::Declined));
        assert_eq!(after(ListingStatus::Declined, Step::Submit, true), submitted);
        assert_eq!(after(ListingStatus::Draft, Step::Submit, false), Some(ListingStatus::Listed));
    }

    #[test]
    fn nothing_is_shown_by_a_brand_that_needs_approval() {
        use ListingStatus::{Declined, Draft, Listed, Paused, Submitted};
        for status in [Draft, Submitted, Listed, Declined, Paused] {
            for step in [Step::Submit, Step::Pause, Step::Withdraw, Step::Rewrite] {
                assert_ne!(after(status, step, true), Some(Listed), "{status:?} {step:?}");
            }
        }
    }

    #[test]
    fn an_operator_shows_only_what_was_submitted() {
        use ListingStatus::{Declined, Draft, Listed, Paused};
        for status in [Draft, Listed, Declined, Paused] {
            assert_eq!(after(status, Step::Approve, true), None, "{status:?}");
            assert_eq!(after(status, Step::Decline, true), None, "{status:?}");
        }
    }

    #[test]
    fn an_operator_pauses_what_is_shown_or_could_be_without_them() {
        use ListingStatus::{Declined, Draft, Listed, Paused, Submitted};
        for (status, needs_approval) in
            [(Listed, false), (Listed, true), (Submitted, true), (Paused, false), (Draft, false)]
        {
            assert_eq!(after(status, Step::Suspend, needs_approval), Some(Paused), "{status:?}");
        }
        for status in [Draft, Declined, Paused] {
            assert_eq!(after(status, Step::Suspend, true), None, "{status:?}");
        }
    }
}
