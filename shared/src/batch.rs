//! The envelope in which events travel: from a request to the queue, and from the queue to the ledger.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::{
    event::Event,
    id::{BatchId, EventId},
};

/// Most events that one post to the ledger may carry; the ledger refuses more with 413.
pub const BATCH_EVENTS_MAX: usize = 1_000;
/// Most bytes of one post to the ledger.
pub const BATCH_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most bytes of one queue message (Cloudflare Queues allows 128 KB, counted in thousands).
pub const MESSAGE_BYTES_MAX: usize = 120_000;
/// Where the consumer posts batches.
pub const BATCH_PATH: &str = "/internal/v1/events";

/// One queue message: clicks that arrived together, or one conversion.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Message {
    /// Where a copy of it is kept until it is settled, if the queue itself may forget; first in the text.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub held: Option<String>,
    pub events: Vec<Event>,
}

/// One post to the ledger.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Batch {
    pub id: BatchId,
    pub events: Vec<Event>,
}

/// A batch as the ledger reads it: each event is parsed on its own, so that a poison item can't take its neighbours along.
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
    /// Absent where the item could not be read that far.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub id: Option<EventId>,
    pub verdict: Verdict,
    /// Stable code of the reason, for `conflict` and `rejected`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Whether the ledger keeps the item (applied, known, or in its quarantine). If not, the edge must.
    pub kept: bool,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Committed.
    Accepted,
    /// Known already with the same content; nothing happened.
    Duplicate,
    /// Known already with other content: the first stands, this one is kept for an operator.
    Conflict,
    /// Can't be applied. Kept in quarantine where its organization is known.
    Rejected,
}

impl ItemVerdict {
    /// Whether the queue may forget the event.
    pub const fn acknowledges(&self) -> bool {
        self.kept
    }
}
