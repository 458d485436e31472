//! Where a confirmation stands, and what may still become of it.

use shared::timestamp::Timestamp;

/// How long a person has, in milliseconds.
pub const LIFE_MS: i64 = 900_000;
/// After this long, a run whose end nobody recorded may be continued. Its idempotency key keeps it from having an effect
/// twice.
pub const STUCK_AFTER_MS: i64 = 30_000;
/// Until then: idempotency keys live for at least a day.
pub const STUCK_UNTIL_MS: i64 = 43_200_000;

/// As the database keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum State {
    Pending,
    /// A person confirmed it, and the operation's answer isn't recorded yet.
    Running,
    Done,
    Declined,
    Failed,
}

impl State {
    const ALL: [Self; 5] = [Self::Pending, Self::Running, Self::Done, Self::Declined, Self::Failed];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pending => "Pending",
            Self::Running => "Running",
            Self::Done => "Done",
            Self::Declined => "Declined",
            Self::Failed => "Failed",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

shared::stored_as_text!(State);

/// As people and assistants see it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// A person may confirm or decline it.
    Open,
    /// Nobody did in time.
    Expired,
    /// Whoever asked is no longer connected.
    Disconnected,
    Running,
    /// The operation's answer was never recorded; the person who confirmed it may have it checked.
    Stuck,
    Done,
    Declined,
    Failed,
}

impl Standing {
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
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
    }

    fn standing(state: State, decided: Option<i64>, is_connected: bool, now: i64) -> Standing {
        Standing::of(state, at(LIFE_MS), decided.map(at), is_connected, at(now))
    }

    #[test]
    fn it_is_open_for_fifteen_minutes_and_while_the_assistant_is_connected() {
        assert_eq!(standing(State::Pending, None, true, 0), Standing::Open);
        assert_eq!(standing(State::Pending, None, true, LIFE_MS - 1), Standing::Open);
        assert_eq!(standing(State::Pending, None, true, LIFE_MS), Standing::Expired);
        assert_eq!(standing(State::Pending, None, false, 0), Standing::Disconnected);
    }

    #[test]
    fn what_was_decided_stays_decided() {
        for (state, standing_then) in
            [(State::Done, Standing::Done), (State::Declined, Standing::Declined), (State::Failed, Standing::Failed)]
        {
            assert_eq!(standing(state, Some(0), false, LIFE_MS * 10), standing_then);
            assert_eq!(State::parse(state.as_str()), Some(state));
            assert_eq!(standing_then.as_str(), state.as_str());
        }
    }

    #[test]
    fn a_run_without_an_end_may_be_continued_for_half_a_day() {
        for (now, expected) in [
            (0, Standing::Running),
            (STUCK_AFTER_MS - 1, Standing::Running),
            (STUCK_AFTER_MS, Standing::Stuck),
            (STUCK_UNTIL_MS - 1, Standing::Stuck),
            (STUCK_UNTIL_MS, Standing::Running),
        ] {
            assert_eq!(standing(State::Running, Some(0), true, now), expected, "{now}");
        }
    }
}
