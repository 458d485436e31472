//! The queue's rules, as Cloudflare's queue has them with the settings of wrangler.toml: when a batch is complete, and what
//! becomes of a message after its delivery. What is in a message plays no part.

use std::time::Duration;

use serde::Deserialize;
use shared::timestamp::Timestamp;
use uuid::Uuid;

/// A batch is delivered once it has this many messages, or its first one has waited this long.
pub(super) const BATCH_MESSAGES_MAX: i64 = 100;
const BATCH_WAIT_MILLIS: i64 = 1_000;
/// After this many further deliveries, a message moves to the dead-letter queue.
const RETRIES_MAX: i32 = 100;
pub(super) const DELAY_SECONDS_MAX: u32 = 43_200;
/// If the Worker names no delay.
const BACKOFF_SECONDS_MAX: u32 = 900;
/// How long to wait for the first message of a batch before looking again: another process may have taken one.
const IDLE_MILLIS: i64 = 5_000;
/// The longest pause while the Worker can't be reached.
const SILENCE_SECONDS_MAX: u64 = 30;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Queue {
    Events,
    Dead,
}

impl Queue {
    pub(super) const ALL: [Self; 2] = [Self::Events, Self::Dead];

    /// As in wrangler.toml, and in the table `edge_messages`.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Events => "rekomi-events",
            Self::Dead => "rekomi-events-dead",
        }
    }

    /// The number of batches that may be under way at once.
    pub(super) const fn deliveries_max(self) -> usize {
        match self {
            Self::Events => 4,
            Self::Dead => 1,
        }
    }
}

/// Returns how long to wait before the next batch, or `None` if it is complete. `due` messages can be delivered, and the
/// first of all is due at `next`.
pub(super) fn pause(due: i64, next: Option<Timestamp>, now: Timestamp) -> Option<Duration> {
    let Some(next) = next else { return Some(Duration::from_millis(IDLE_MILLIS.unsigned_abs())) };
    if due >= BATCH_MESSAGES_MAX {
        return None;
    }
    let left = next.millis() - now.millis() + if due > 0 { BATCH_WAIT_MILLIS } else { 0 };
    (left > 0).then(|| Duration::from_millis(left.min(IDLE_MILLIS).unsigned_abs()))
}

/// How long to wait after this many deliveries in a row that didn't reach the Worker.
pub(super) fn silence(count: u32) -> Duration {
    Duration::from_secs(2_u64.saturating_pow(count.saturating_sub(1)).min(SILENCE_SECONDS_MAX))
}

/// What the Worker says about one message.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Verdict {
    pub(super) id: Uuid,
    pub(super) outcome: Outcome,
    #[serde(default)]
    pub(super) delay_seconds: Option<u32>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(super) enum Outcome {
    Ack,
    Retry,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fate {
    Remove,
    AgainIn {
        seconds: u32,
    },
    /// Moves to the dead-letter queue.
    DeadLetter,
}

/// Decides about a message after this many deliveries. Without a verdict, the delivery failed as a whole.
pub(super) fn fate(queue: Queue, attempts: i32, verdict: Option<&Verdict>) -> Fate {
    match verdict {
        Some(Verdict { outcome: Outcome::Ack, .. }) => Fate::Remove,
        // A dead message that the Worker can't store is never given up.
        _ if attempts > RETRIES_MAX && queue == Queue::Events => Fate::DeadLetter,
        other => {
            let seconds = other.and_then(|verdict| verdict.delay_seconds).unwrap_or_else(|| backoff(attempts));
            Fate::AgainIn { seconds: seconds.min(DELAY_SECONDS_MAX) }
        }
    }
}

/// 1, 2, 4 … 900 seconds.
fn backoff(attempts: i32) -> u32 {
    let doublings = u32::try_from(attempts.saturating_sub(1)).unwrap_or(0);
    1_u32.checked_shl(doublings).unwrap_or(u32::MAX).min(BACKOFF_SECONDS_MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(millis).unwrap()
    }

    #[test]
    fn a_batch_is_complete_by_number_or_by_time() {
        let millis = |due, next: Option<i64>| pause(due, next.map(at), at(10_000)).map(|pause| pause.as_millis());
        assert_eq!(millis(0, None), Some(5_000), "nothing there");
        assert_eq!(millis(1, Some(10_000)), Some(1_000), "the first has just arrived");
        assert_eq!(millis(99, Some(9_400)), Some(400));
        assert_eq!(millis(1, Some(9_000)), None, "it has waited long enough");
        assert_eq!(millis(100, Some(10_000)), None, "there are enough");
        assert_eq!(millis(0, Some(12_000)), Some(2_000), "one comes again then");
        assert_eq!(millis(0, Some(900_000)), Some(5_000), "others may have arrived elsewhere");
    }

    #[test]
    fn what_becomes_of_a_message() {
        let verdict = |outcome, delay_seconds| Verdict { id: Uuid::nil(), outcome, delay_seconds };
        let (ack, retry) = (verdict(Outcome::Ack, None), verdict(Outcome::Retry, Some(7)));
        assert_eq!(fate(Queue::Events, 101, Some(&ack)), Fate::Remove, "the last attempt counts");
        assert_eq!(fate(Queue::Events, 100, Some(&retry)), Fate::AgainIn { seconds: 7 });
        assert_eq!(fate(Queue::Events, 101, Some(&retry)), Fate::DeadLetter, "after a hundred retries");
        assert_eq!(fate(Queue::Events, 101, None), Fate::DeadLetter);
        assert_eq!(fate(Queue::Dead, 5_000, Some(&retry)), Fate::AgainIn { seconds: 7 }, "never given up");
        let delays = [1, 2, 3, 10, 11, 50].map(|attempts| fate(Queue::Events, attempts, None));
        assert_eq!(delays, [1, 2, 4, 512, 900, 900].map(|seconds| Fate::AgainIn { seconds }));
    }

    #[test]
    fn a_worker_that_is_away_is_tried_less_and_less() {
        assert_eq!([1, 2, 3, 6, 60].map(|count| silence(count).as_secs()), [1, 2, 4, 30, 30]);
    }

    #[test]
    fn verdicts_are_read_as_the_worker_writes_them() {
        let id = Uuid::nil();
        let read = |text: &str| serde_json::from_str::<Verdict>(&text.replace("ID", &id.to_string())).unwrap();
        assert_eq!(read(r#"{"id":"ID","outcome":"ack"}"#), Verdict { id, outcome: Outcome::Ack, delay_seconds: None });
        let retry = Verdict { id, outcome: Outcome::Retry, delay_seconds: Some(3) };
        assert_eq!(read(r#"{"id":"ID","outcome":"retry","delaySeconds":3}"#), retry);
    }

    #[test]
    fn the_rules_are_those_of_the_configuration() {
        let text = include_str!("../../../wrangler.toml");
        let consumer = text.split("[[queues.consumers]]").nth(1).unwrap();
        for line in [
            format!("queue = \"{}\"", Queue::Events.name()),
            format!("max_batch_size = {BATCH_MESSAGES_MAX}"),
            format!("max_batch_timeout = {}", BATCH_WAIT_MILLIS / 1_000),
            format!("max_retries = {RETRIES_MAX}"),
            format!("dead_letter_queue = \"{}\"", Queue::Dead.name()),
        ] {
            assert!(consumer.contains(&line), "{line}: {consumer}");
        }
        // Cloudflare would delete a dead message after three retries: there is no further queue for it.
        let consumer = text.split("[[queues.consumers]]").nth(2).unwrap();
        for line in [format!("queue = \"{}\"", Queue::Dead.name()), format!("max_retries = {RETRIES_MAX}")] {
            assert!(consumer.contains(&line), "{line}: {consumer}");
        }
    }
}
