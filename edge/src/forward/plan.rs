//! The consumer's decisions: which messages share a post, and what happens to each after the ledger's verdicts.
//!
//! Each message is judged alone. One that failed before is posted alone, so that a poison event can't hold up other
//! messages for longer than two attempts.

use serde::Deserialize;
use serde_json::value::RawValue;
use shared::{
    batch::{BATCH_BYTES_MAX, BATCH_EVENTS_MAX, ItemVerdict, Verdicts},
    id::BatchId,
};

/// From this attempt on, a message is posted alone.
const ALONE_FROM_ATTEMPT: u32 = 3;
/// From this attempt on, a message whose events the ledger rejects becomes a dead letter with the reason.
const BURIED_FROM_ATTEMPT: u32 = 3;
const DELAY_SECONDS_MAX: u32 = 900;
/// `{"id":"bat_…","events":[` and `]}`, with some room.
const ENVELOPE_LEN: usize = 64;

/// A queue message whose body could be parsed: its events as they were written.
#[derive(Debug)]
pub struct Delivery {
    /// The key of its copy, if it has one.
    pub held: Option<String>,
    pub attempts: u32,
    pub events: Vec<Box<RawValue>>,
}

#[derive(Deserialize)]
struct RawMessage {
    events: Vec<Box<RawValue>>,
}

/// Parses a message's body but not its events: an event of a later version must pass through.
///
/// # Errors
/// The stable reason for the dead letter.
pub fn read(body: &str) -> Result<Vec<Box<RawValue>>, &'static str> {
    let message: RawMessage = serde_json::from_str(body).map_err(|_| "unreadable_message")?;
    if message.events.is_empty() { Err("empty_message") } else { Ok(message.events) }
}

impl Delivery {
    fn bytes(&self) -> usize {
        self.events.iter().map(|event| event.get().len() + 1).sum()
    }
}

/// Groups the deliveries (by index) into posts, in order.
pub fn posts(deliveries: &[Delivery]) -> Vec<Vec<usize>> {
    let mut posts: Vec<Vec<usize>> = Vec::new();
    let mut open: Option<(usize, usize)> = None; // events and bytes of the last shared post
    for (index, delivery) in deliveries.iter().enumerate() {
        let (events, bytes) = (delivery.events.len(), delivery.bytes());
        let shared = delivery.attempts < ALONE_FROM_ATTEMPT;
        match open.filter(|_| shared) {
            Some((count, size)) if count + events <= BATCH_EVENTS_MAX && size + bytes <= BATCH_BYTES_MAX => {
                open = Some((count + events, size + bytes));
                if let Some(post) = posts.last_mut() {
                    post.push(index);
                }
            }
            _ => {
                posts.push(vec![index]);
                open = shared.then_some((events, bytes + ENVELOPE_LEN));
            }
        }
    }
    posts
}

/// Builds a post's body, a [`shared::batch::Batch`], with the events as they were written.
pub fn body<'a>(id: BatchId, events: impl IntoIterator<Item = &'a str>) -> String {
    let mut body = format!("{{\"id\":\"{id}\",\"events\":[");
    for (index, event) in events.into_iter().enumerate() {
        if index > 0 {
            body.push(',');
        }
        body.push_str(event);
    }
    body.push_str("]}");
    body
}

/// Returns the ledger's verdicts if the response belongs to this post: the right batch, one verdict per event.
pub fn answer(id: BatchId, events: usize, body: &str) -> Option<Vec<ItemVerdict>> {
    serde_json::from_str::<Verdicts>(body)
        .ok()
        .filter(|answer| answer.id == id && answer.verdicts.len() == events)
        .map(|answer| answer.verdicts)
}

/// What happens to one message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fate {
    Ack,
    Retry,
    /// The ledger kept some events but not these (by index): they are sent on in messages of their own.
    Split(Vec<usize>),
    /// The ledger will never keep it: it becomes a dead letter with the reason.
    Bury(String),
}

/// Decides about a message by the verdicts on its own events.
pub fn judge(attempts: u32, verdicts: &[ItemVerdict]) -> Fate {
    let unkept: Vec<usize> =
        verdicts.iter().enumerate().filter(|(_, verdict)| !verdict.acknowledges()).map(|(index, _)| index).collect();
    match unkept.first() {
        None => Fate::Ack,
        Some(_) if unkept.len() < verdicts.len() || (verdicts.len() > 1 && attempts > 1) => Fate::Split(unkept),
        Some(&first) if attempts >= BURIED_FROM_ATTEMPT => {
            Fate::Bury(verdicts[first].reason.clone().unwrap_or_else(|| "rejected".to_owned()))
        }
        Some(_) => Fate::Retry,
    }
}

/// Why a post brought no verdicts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fault {
    /// No connection, no response in time, or an invalid response.
    Unreachable,
    /// An error status: the ledger is reachable.
    Status(u16),
}

/// Whether a failed post should be retried in halves immediately: it was too large, or it contains a poison event.
pub fn halves(fault: Fault, messages: usize) -> bool {
    messages > 1 && matches!(fault, Fault::Status(400 | 413 | 422 | 500))
}

/// Decides about a message whose post brought no verdicts and can't be halved.
pub fn failed(fault: Fault, events: usize) -> Fate {
    match fault {
        Fault::Status(413) if events > 1 => Fate::Split((0..events).collect()),
        Fault::Status(413) => Fate::Bury("too_large".to_owned()),
        _ => Fate::Retry,
    }
}

/// Returns the seconds until a message's next attempt: 1, 2, 4 … 900, minus up to a quarter, so that messages spread
/// out.
pub fn delay(attempts: u32, random: u8) -> u32 {
    let full = 1_u32.checked_shl(attempts.saturating_sub(1)).unwrap_or(u32::MAX).min(DELAY_SECONDS_MAX);
    full - full * u32::from(random) / (4 * 256)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use shared::batch::Verdict;

    use super::*;

    fn delivery(attempts: u32, events: usize) -> Delivery {
        Delivery {
            held: None,
            attempts,
            events: (0..events).map(|n| RawValue::from_string(format!("{{\"n\":{n}}}")).unwrap()).collect(),
        }
    }

    fn verdict(verdict: Verdict, kept: bool) -> ItemVerdict {
        ItemVerdict { id: None, verdict, reason: (!kept).then(|| "unknown_organization".to_owned()), kept }
    }

    #[test]
    fn bodies_are_read_one_by_one() {
        assert_eq!(read(r#"{"events":[{"v":9,"new":true}]}"#).unwrap()[0].get(), r#"{"v":9,"new":true}"#);
        for (body, reason) in [
            ("", "unreadable_message"),
            ("[1]", "unreadable_message"),
            ("{\"events\":1}", "unreadable_message"),
            ("{\"events\":[]}", "empty_message"),
            ("{\"events\":[{]}", "unreadable_message"),
        ] {
            assert_eq!(read(body).unwrap_err(), reason, "{body}");
        }
    }

    #[test]
    fn fresh_messages_share_posts_and_failed_ones_go_alone() {
        let deliveries =
            [delivery(1, 600), delivery(2, 300), delivery(3, 1), delivery(1, 100), delivery(1, 901), delivery(7, 1)];
        assert_eq!(posts(&deliveries), [vec![0, 1], vec![2], vec![3], vec![4], vec![5]]);
        assert_eq!(posts(&[delivery(1, 1), delivery(1, 999), delivery(1, 1)]), [vec![0, 1], vec![2]]);
        assert!(posts(&[]).is_empty());
    }

    #[test]
    fn a_post_is_a_batch() {
        let id = BatchId::from_bytes([1; 16]);
        let text = body(id, ["{\"a\":1}", "2"]);
        let batch: shared::batch::RawBatch<'_> = serde_json::from_str(&text).unwrap();
        assert_eq!((batch.id, batch.events.len(), batch.events[0].get()), (id, 2, "{\"a\":1}"));
    }

    #[test]
    fn only_a_full_answer_to_this_post_counts() {
        let id = BatchId::from_bytes([1; 16]);
        let verdicts = Verdicts { id, verdicts: vec![verdict(Verdict::Accepted, true)] };
        let text = serde_json::to_string(&verdicts).unwrap();
        assert!(answer(id, 1, &text).is_some());
        assert!(answer(id, 2, &text).is_none());
        assert!(answer(BatchId::from_bytes([2; 16]), 1, &text).is_none());
        assert!(answer(id, 1, "<html>").is_none());
    }

    #[test]
    fn each_message_by_its_own_verdicts() {
        let kept =
            [Verdict::Accepted, Verdict::Duplicate, Verdict::Conflict, Verdict::Rejected].map(|of| verdict(of, true));
        let unkept = verdict(Verdict::Rejected, false);
        assert_eq!(judge(1, &kept), Fate::Ack);
        assert_eq!(judge(1, &[kept[0].clone(), unkept.clone(), kept[1].clone()]), Fate::Split(vec![1]));
        assert_eq!(judge(1, std::slice::from_ref(&unkept)), Fate::Retry);
        assert_eq!(judge(3, std::slice::from_ref(&unkept)), Fate::Bury("unknown_organization".into()));
        assert_eq!(judge(2, &[unkept.clone(), unkept]), Fate::Split(vec![0, 1]));
    }

    #[test]
    fn what_is_too_large_is_split_and_then_buried() {
        assert_eq!(failed(Fault::Status(413), 3), Fate::Split(vec![0, 1, 2]));
        assert_eq!(failed(Fault::Status(413), 1), Fate::Bury("too_large".into()));
        assert_eq!(failed(Fault::Status(503), 3), Fate::Retry);
        assert_eq!(failed(Fault::Unreachable, 1), Fate::Retry);
    }

    #[test]
    fn what_is_tried_in_halves() {
        assert!(halves(Fault::Status(500), 2) && halves(Fault::Status(413), 2));
        for (fault, messages) in
            [(Fault::Status(500), 1), (Fault::Status(503), 9), (Fault::Status(401), 9), (Fault::Unreachable, 9)]
        {
            assert!(!halves(fault, messages), "{fault:?}");
        }
    }

    proptest! {
        #[test]
        fn delays_grow_to_the_cap(attempts in 0u32..200, random: u8) {
            let seconds = delay(attempts, random);
            prop_assert!((1..=DELAY_SECONDS_MAX).contains(&seconds));
            if attempts >= 11 {
                prop_assert!(seconds >= DELAY_SECONDS_MAX * 3 / 4);
            }
        }

        #[test]
        fn every_delivery_is_posted_once(shapes in prop::collection::vec((1u32..6, 1usize..300), 0..40)) {
            let deliveries: Vec<Delivery> = shapes.iter().map(|(attempts, events)| delivery(*attempts, *events)).collect();
            let posts = posts(&deliveries);
            prop_assert_eq!(posts.concat(), (0..deliveries.len()).collect::<Vec<_>>());
            for post in posts {
                let events: usize = post.iter().map(|index| deliveries[*index].events.len()).sum();
                prop_assert!(events <= BATCH_EVENTS_MAX);
                prop_assert!(post.len() == 1 || post.iter().all(|index| deliveries[*index].attempts < ALONE_FROM_ATTEMPT));
            }
        }
    }
}
