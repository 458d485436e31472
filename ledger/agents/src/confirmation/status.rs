//! The status of a confirmation, and what may still become of it.

use shared::timestamp::Timestamp;

/// How long a person has, in milliseconds.
pub const LIFE_MS: i64 = 900_000;
/// After this long, a run whose end was never recorded may be continued. Its idempotency key keeps it from having an effect
/// twice.
pub const STUCK_AFTER_MS: i64 = 30_000;
/// Until then: idempotency keys live for at least a day.
pub const STUCK_UNTIL_MS: i64 = 43_200_000;

shared::text_enum! {
    /// As the database keeps it.
    State {
        Pending,
        /// A person confirmed it, and the operation's answer isn't recorded yet.
        Running,
        Done,
        Declined,
        Failed,
        /// What it would do had changed when a person wanted to confirm it.
        Void,
    }
}

/// As people and assistants see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// A person may confirm or decline it.
    Open,
    /// No one did in time.
    Expired,
    /// The assistant that requested it is no longer connected.
    Disconnected,
    Running,
    /// The operation's answer was never recorded; the person who confirmed it may have it checked.
    Stuck,
    Done,
    Declined,
    Failed,
    /// What it would do has changed.
    Void,
}

impl Status {
    /// `decided_at` is when a person decided; `is_connected` whether the assistant still is.
    pub fn of(
        state: State,
        expires_at: Timestamp,
        decided_at: Option<Timestamp>,
        is_connected: bool,
        now: Timestamp,
    ) -> Self {
        match state {
            State::Pending if expires_at <= now => Self::Expired,
            State::Pending if !is_connected => Self::Disconnected,
            State::Pending => Self::Open,
            State::Running => {
                let since = decided_at.map(|at| now.millis() - at.millis());
                let is_stuck = since.is_some_and(|since| (STUCK_AFTER_MS..STUCK_UNTIL_MS).contains(&since));
                if is_stuck { Self::Stuck } else { Self::Running }
            }
            State::Done => Self::Done,
            State::Declined => Self::Declined,
            State::Failed => Self::Failed,
            State::Void => Self::Void,
        }
    }

    /// As assistants read it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "Pending",
            Self::Expired => "Expired",
            Self::Disconnected => "Disconnected",
            Self::Running | Self::Stuck => "Running",
            Self::Done => "Done",
            Self::Declined => "Declined",
            Self::Failed => "Failed",
            Self::Void => "Void",
        }
    }

    /// What it means, for a model.
    pub const fn hint(self) -> &'static str {
        match self {
            Self::Open => "Nothing has happened yet. The person hasn't decided.",
            Self::Expired => {
                "Nothing happened: no one confirmed it in time. If it is still needed, call the tool again."
            }
            Self::Disconnected => "Nothing happened: the connection that requested it has ended.",
            Self::Running | Self::Stuck => "The person confirmed it, and it is being carried out.",
            Self::Done => "The person confirmed it, and it is done.",
            Self::Declined => "Nothing happened: the person declined. Don't request it again unless they say so.",
            Self::Failed => "The person confirmed it, but it couldn't be done. The result says why.",
            Self::Void => {
                "Nothing happened: what it would do has changed since. If it is still right, call the tool again."
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
    }

    fn status(state: State, decided: Option<i64>, is_connected: bool, now: i64) -> Status {
        Status::of(state, at(LIFE_MS), decided.map(at), is_connected, at(now))
    }

    #[test]
    fn it_is_open_for_fifteen_minutes_and_while_the_assistant_is_connected() {
        assert_eq!(status(State::Pending, None, true, 0), Status::Open);
        assert_eq!(status(State::Pending, None, true, LIFE_MS - 1), Status::Open);
        assert_eq!(status(State::Pending, None, true, LIFE_MS), Status::Expired);
        assert_eq!(status(State::Pending, None, false, 0), Status::Disconnected);
    }

    #[test]
    fn what_was_decided_stays_decided() {
        for (state, expected) in [
            (State::Done, Status::Done),
            (State::Declined, Status::Declined),
            (State::Failed, Status::Failed),
            (State::Void, Status::Void),
        ] {
            assert_eq!(status(state, Some(0), false, LIFE_MS * 10), expected);
            assert_eq!(State::parse(state.as_str()), Some(state));
            assert_eq!(expected.as_str(), state.as_str());
        }
        assert_eq!(State::parse("Lost"), None);
    }

    #[test]
    fn a_run_without_an_end_may_be_continued_for_half_a_day() {
        for (now, expected) in [
            (0, Status::Running),
            (STUCK_AFTER_MS - 1, Status::Running),
            (STUCK_AFTER_MS, Status::Stuck),
            (STUCK_UNTIL_MS - 1, Status::Stuck),
            (STUCK_UNTIL_MS, Status::Running),
        ] {
            assert_eq!(status(State::Running, Some(0), true, now), expected, "{now}");
        }
    }
}
