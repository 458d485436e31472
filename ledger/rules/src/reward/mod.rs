//! Rewards: what an affiliate gets for a milestone, a contest or a bounty, and when. Pure.
//!
//! A reward has a [`Metric`] whose value is computed from the current facts in a period of the brand's calendar
//! ([`period`]); it is never counted up. [`settle`] compares who reached a milestone with what was given so far, [`rank`]
//! decides a contest, and [`link`] recognizes a link that a bounty's proof repeats.

pub mod link;
pub mod period;
pub mod rank;
pub mod settle;

use shared::text_enum;

text_enum! {
    /// What has to happen.
    Kind {
        /// A metric reaches a value in a period.
        Milestone,
        /// Being among the best at the end of a period.
        Contest,
        /// Proof is handed in and approved by a person.
        Bounty,
    }
}

text_enum! {
    /// What is counted, from verified facts only. Clicks aren't among them: anybody can make clicks.
    Metric {
        /// Sales without renewals, unless they were refunded in full.
        Sales,
        Leads,
        /// What customers paid, renewals included, less refunds.
        Revenue,
        /// What sales and renewals earned the affiliate, less refunds.
        Commission,
    }
}

impl Metric {
    /// Whether its value is an amount, which has a currency.
    pub const fn is_amount(self) -> bool {
        matches!(self, Self::Revenue | Self::Commission)
    }
}

text_enum! {
    /// What is given.
    Prize {
        /// Money, as a bonus.
        Bonus,
        Segment,
        /// A higher rate for some months.
        Rate,
        /// Something that the brand hands over itself.
        InKind,
    }
}

text_enum! {
    /// How far a claim is.
    State {
        /// Waits for a person.
        Submitted,
        /// Decided, and not given yet.
        Approved,
        Rejected,
        /// Given; something in kind is promised, and the brand hands it over.
        Paid,
        /// Refunds undid the milestone.
        TakenBack,
    }
}

/// How many more rewards of this amount fit into a budget; `None` if there is no limit.
pub fn room(budget: Option<i64>, given: i64, amount: i64) -> Option<u64> {
    let left = budget?.saturating_sub(given).max(0);
    left.checked_div(amount.max(1)).map(i64::unsigned_abs)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_budget_ends_before_it_is_passed() {
        assert_eq!((room(None, 0, 5), room(Some(10), 0, 5), room(Some(10), 6, 5)), (None, Some(2), Some(0)));
        assert_eq!((room(Some(10), 20, 5), room(Some(10), 0, 0)), (Some(0), Some(10)));
    }

    proptest! {
        #[test]
        fn what_fits_never_passes_the_budget(budget in 0..1_000_000i64, given in 0..2_000_000i64, amount in 1..100_000i64) {
            let fits = i64::try_from(room(Some(budget), given, amount).unwrap()).unwrap();
            prop_assert!(fits == 0 || given + fits * amount <= budget);
            prop_assert!(given + (fits + 1) * amount > budget, "one more would pass it");
        }
    }
}
