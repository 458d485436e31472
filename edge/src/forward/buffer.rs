//! Buffers clicks on their way to the queue: all requests of an isolate share one buffer, so that a busy link costs one
//! queue operation per few tens of milliseconds, not one per click.
//!
//! The first request that pushes registers the flush in its own `wait_until`; no request ever waits for another's
//! promise. A registration whose request was torn down lapses, and the next push renews it.

use std::collections::VecDeque;

use shared::batch::MESSAGE_BYTES_MAX;

/// Maximum events in one message: as many typical clicks as fit its bytes, since a message costs the same however many
/// it holds. A poison event affects at most this many others before they are separated.
pub const MESSAGE_EVENTS_MAX: usize = 240;
/// Maximum events kept while neither the queue nor the ledger takes any; further ones are counted and dropped.
pub const BUFFER_EVENTS_MAX: usize = 10_000;
/// After this long a registered flush is assumed dead.
const REGISTRATION_MILLIS: i64 = 10_000;
/// `{"events":[` and `]}`.
const ENVELOPE_LEN: usize = 13;

/// What a push requires of the request that made it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pushed {
    /// Another request has registered the flush.
    Waits,
    /// Register a flush in this request's `wait_until`, after the usual delay.
    First,
    /// Register a flush without delay: a message is full.
    Full,
}

/// Events as JSON, oldest first.
#[derive(Debug, Default)]
pub struct Buffer {
    events: VecDeque<String>,
    bytes: usize,
    /// Until when a registered, delayed flush is expected to run.
    registered_until: Option<i64>,
    /// The last flush failed: its own request tries again, pushes don't.
    failing: bool,
    dropped: u64,
}

impl Buffer {
    pub fn push(&mut self, event: String, now_millis: i64) -> Pushed {
        if self.events.len() >= BUFFER_EVENTS_MAX {
            self.dropped += 1;
        } else {
            self.bytes += event.len() + 1;
            self.events.push_back(event);
        }
        let registered = self.registered_until.is_some_and(|until| now_millis < until);
        let full = self.events.len() >= MESSAGE_EVENTS_MAX || self.bytes + ENVELOPE_LEN >= MESSAGE_BYTES_MAX;
        if full && !self.failing {
            Pushed::Full
        } else if registered {
            Pushed::Waits
        } else {
            self.register(now_millis);
            Pushed::First
        }
    }

    /// Extends the registration: a flush that will retry after a delay keeps others from starting one.
    pub fn register(&mut self, now_millis: i64) {
        self.registered_until = Some(now_millis + REGISTRATION_MILLIS);
    }

    /// Takes everything out, in portions that each fit a message. A flush that was not `delayed` leaves the delayed one
    /// registered: that one sends whatever arrives in the meantime.
    pub fn drain(&mut self, delayed: bool) -> Vec<Vec<String>> {
        self.bytes = 0;
        if delayed {
            self.registered_until = None;
        }
        portions(std::mem::take(&mut self.events))
    }

    /// Puts unsent events back in front, up to the limit. Returns how many were lost.
    pub fn put_back(&mut self, events: Vec<String>) -> usize {
        self.failing = true;
        let room = BUFFER_EVENTS_MAX.saturating_sub(self.events.len());
        let lost = events.len().saturating_sub(room);
        self.dropped += lost as u64;
        for event in events.into_iter().take(room).rev() {
            self.bytes += event.len() + 1;
            self.events.push_front(event);
        }
        lost
    }

    pub fn recovered(&mut self) {
        self.failing = false;
    }

    pub fn len(&self) -> usize {
        self.events.len()
    }

    pub fn is_empty(&self) -> bool {
        self.events.is_empty()
    }

    /// Events dropped since this isolate started.
    pub fn dropped(&self) -> u64 {
        self.dropped
    }
}

/// Splits events into portions of at most a message's events and bytes. An event that alone exceeds a message gets a
/// portion of its own: the queue will refuse it, and it is posted to the ledger directly.
pub fn portions(events: impl IntoIterator<Item = String>) -> Vec<Vec<String>> {
    let mut portions: Vec<Vec<String>> = Vec::new();
    let mut bytes = 0;
    for event in events {
        let fits = portions.last().is_some_and(|portion| portion.len() < MESSAGE_EVENTS_MAX)
            && bytes + event.len() < MESSAGE_BYTES_MAX;
        if !fits {
            portions.push(Vec::new());
            bytes = ENVELOPE_LEN;
        }
        bytes += event.len() + 1;
        if let Some(portion) = portions.last_mut() {
            portion.push(event);
        }
    }
    portions
}

/// Builds a queue message's body, a [`shared::batch::Message`], from events that are JSON already.
pub fn message(events: &[String]) -> String {
    let mut body = String::with_capacity(ENVELOPE_LEN + events.iter().map(|event| event.len() + 1).sum::<usize>());
    body.push_str("{\"events\":[");
    for (index, event) in events.iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(event);
    }
    body.push_str("]}");
    body
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn event(len: usize) -> String {
        format!("\"{}\"", "x".repeat(len.saturating_sub(2)))
    }

    #[test]
    fn the_first_registers_and_the_one_that_fills_it_flushes_at_once() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.push(event(10), 0), Pushed::First);
        for _ in 1..MESSAGE_EVENTS_MAX - 1 {
            assert_eq!(buffer.push(event(10), 5), Pushed::Waits);
        }
        assert_eq!(buffer.push(event(10), 5), Pushed::Full);
        assert_eq!(buffer.drain(false).len(), 1);
        assert!(buffer.is_empty());
        assert_eq!(buffer.push(event(10), 6), Pushed::Waits, "the delayed flush still comes");
        assert_eq!(buffer.drain(true).len(), 1);
        assert_eq!(buffer.push(event(10), 7), Pushed::First);
    }

    #[test]
    fn bytes_fill_it_too() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.push(event(MESSAGE_BYTES_MAX / 2), 0), Pushed::First);
        assert_eq!(buffer.push(event(MESSAGE_BYTES_MAX / 2), 0), Pushed::Full);
        assert_eq!(buffer.drain(true).len(), 2);
    }

    #[test]
    fn a_lost_registration_lapses() {
        let mut buffer = Buffer::default();
        assert_eq!(buffer.push(event(10), 0), Pushed::First);
        assert_eq!(buffer.push(event(10), REGISTRATION_MILLIS - 1), Pushed::Waits);
        assert_eq!(buffer.push(event(10), REGISTRATION_MILLIS), Pushed::First);
    }

    #[test]
    fn a_failed_flush_puts_back_in_order_and_holds_the_others() {
        let mut buffer = Buffer::default();
        let before = MESSAGE_EVENTS_MAX + 50;
        (0..before).for_each(|n| {
            buffer.push(n.to_string(), 0);
        });
        let taken: Vec<String> = buffer.drain(true).concat();
        buffer.push("new".into(), 1);
        assert_eq!(buffer.put_back(taken), 0);
        assert_eq!(buffer.push("newer".into(), 2), Pushed::Waits, "full, but failing");
        let all = buffer.drain(true).concat();
        assert_eq!((all.len(), all[0].as_str()), (before + 2, "0"));
        assert_eq!((all[before].as_str(), all[before + 1].as_str()), ("new", "newer"));
        buffer.recovered();
        (1..MESSAGE_EVENTS_MAX).for_each(|_| {
            buffer.push(event(3), 3);
        });
        assert_eq!(buffer.push(event(3), 3), Pushed::Full);
    }

    #[test]
    fn beyond_the_cap_is_counted() {
        let mut buffer = Buffer::default();
        (0..BUFFER_EVENTS_MAX + 5).for_each(|_| {
            buffer.push(event(3), 0);
        });
        assert_eq!((buffer.len(), buffer.dropped()), (BUFFER_EVENTS_MAX, 5));
        assert_eq!(buffer.put_back(vec![event(3), event(3)]), 2);
        assert_eq!(buffer.dropped(), 7);
    }

    proptest! {
        #[test]
        fn portions_fit_and_lose_nothing(lens in prop::collection::vec(2usize..60_000, 0..300)) {
            let events: Vec<String> = lens.iter().map(|len| event(*len)).collect();
            let portions = portions(events.clone());
            for portion in &portions {
                prop_assert!(!portion.is_empty() && portion.len() <= MESSAGE_EVENTS_MAX);
                prop_assert!(message(portion).len() <= MESSAGE_BYTES_MAX);
                prop_assert!(serde_json::from_str::<serde_json::Value>(&message(portion)).is_ok());
            }
            prop_assert_eq!(portions.concat(), events);
        }
    }
}
