//! How many invitations a brand may send. Pure.

/// Invitations a day.
const DAY_MAX: i64 = 20;
/// Invitations a day until a creator accepts the first one.
const NEW_DAY_MAX: i64 = 5;
/// Invitations that no one has answered yet.
pub const OPEN_MAX: i64 = 100;
/// As many reports within 30 days halve the limits.
const REPORTS_MAX: i64 = 3;
/// From this many invitations on, the share of accepted ones counts: fewer than 2 in 100 halve the limits.
const INVITED_MIN: i64 = 100;
const ACCEPTED_MIN_PERCENT: i64 = 2;

/// What a brand has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct History {
    pub accepted: i64,
    pub invited: i64,
    pub invited_today: i64,
    pub open: i64,
    /// Creators' reports within 30 days that no operator found unjustified.
    pub reports: i64,
}

/// Why a limit is lower than usual.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Because {
    New,
    Reported,
    Unwanted,
}

impl Because {
    /// As the brand reads it.
    pub const fn words(self) -> &'static str {
        match self {
            Self::New => "You can send more after the first creator accepts.",
            Self::Reported => "Your limit is halved because several creators reported your invitations.",
            Self::Unwanted => "Your limit is halved because creators accepted fewer than 2 in 100 of your invitations.",
        }
    }
}

/// How many invitations a brand may send in a day, and why not more.
pub const fn of(history: History) -> (i64, Option<Because>) {
    let is_new = history.accepted == 0;
    let usual = if is_new { NEW_DAY_MAX } else { DAY_MAX };
    if history.reports >= REPORTS_MAX {
        (usual / 2, Some(Because::Reported))
    } else if history.invited >= INVITED_MIN && history.accepted * 100 < history.invited * ACCEPTED_MIN_PERCENT {
        (usual / 2, Some(Because::Unwanted))
    } else if is_new {
        (usual, Some(Because::New))
    } else {
        (usual, None)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_new_brand_starts_with_five_a_day() {
        assert_eq!(of(History::default()), (5, Some(Because::New)));
        assert_eq!(of(History { accepted: 1, invited: 5, ..History::default() }), (20, None));
    }

    #[test]
    fn unwanted_invitations_halve_the_limit() {
        let reported = History { accepted: 9, invited: 20, reports: 3, ..History::default() };
        assert_eq!(of(reported), (10, Some(Because::Reported)));
        assert_eq!(of(History { reports: 2, ..reported }), (20, None));
        let unwanted = History { accepted: 1, invited: 100, ..History::default() };
        assert_eq!(of(unwanted), (10, Some(Because::Unwanted)));
        assert_eq!(of(History { accepted: 2, ..unwanted }), (20, None));
    }
}
