//! The envelopes of events: from a request to the queue, and from the queue to the ledger.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    event::Event,
    id::{BatchId, EventId},
};

/// Maximum events in one post to the ledger; it refuses more with 413.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Maximum bytes of one post to the ledger.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Maximum bytes of one queue message (Cloudflare Queues allows 128 KB, in thousands of bytes).
pub const MESSAGE_BYTES_MAX: usize = 120_000;
/// The path to which the consumer posts batches.
pub const BATCH_PATH: &str = "/internal/v1/events";
/// The path at which the edge puts a [`Probe`] into its queue; its ID is that of the request, which the ledger signs.
pub const PROBE_PATH: &str = "/internal/queue-probe";

/// One queue message: clicks that arrived together, or one conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// The key of its copy, which is kept until the message is settled if the queue isn't durable; first in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    pub events: Vec<Event>,
}

/// Takes an event's place in a message, to see whether messages arrive. It belongs to no organization: the ledger recognizes
/// it, keeps nothing of it, and counts no event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Probe {
    pub probe: BatchId,
}

/// One post to the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub events: Vec<Event>,
}

/// A batch as the ledger parses it: each event is parsed separately, so that a poison event can't affect the others.
#[derive(Debug, Deserialize)]
pub struct RawBatch<'a> {
    pub id: BatchId,
    #[serde(borrow)]
    pub events: Vec<&'a RawValue>,
}

/// The ledger's answer: one verdict per event, in the order of the batch.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Verdicts {
    pub id: BatchId,
    pub verdicts: Vec<ItemVerdict>,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ItemVerdict {
    /// Absent if the item couldn't be parsed that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    pub verdict: Verdict,
    /// Stable code of the reason, for `conflict` and `rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the ledger keeps the item (applied, known, or quarantined). If not, the edge must.
    pub kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Committed.
    Accepted,
    /// Already known with the same content; nothing happened.
    Duplicate,
    /// Already known with other content: the first one counts, this one is kept for an operator.
    Conflict,
    /// Can't be applied. Kept in quarantine if its organization is known.
    Rejected,
}

impl ItemVerdict {
    /// Whether the queue may forget the event.
    pub const fn acknowledges(&self) -> bool {
        self.kept
    }
}
