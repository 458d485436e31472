//! Events that couldn't be applied, as the API returns them.

use serde::Serialize;
use shared::{id::EventId, timestamp::Timestamp};
use utoipa::ToSchema;

use engine::quarantine::{
    cause,
    store::{Entry, Reason},
};

/// An event that was accepted but couldn't be applied. It waits until someone tries it again or dismisses it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantinedEvent {
    #[schema(value_type = String, example = "evt_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: EventId,
    /// The event's ID as its source got it, if it could be read.
    #[schema(value_type = Option<String>, required, example = "evt_01kdvdna00fnwvvrwp1y42fmbq")]
    pub event_id: Option<EventId>,
    /// `Open`, `Applied` or `Dismissed`.
    #[schema(example = "Open")]
    pub state: &'static str,
    /// A stable code for the cause.
    #[schema(example = "unknown_connection")]
    pub reason: String,
    /// The cause in plain words.
    #[schema(example = "For a gateway that isn't connected")]
    pub title: &'static str,
    /// What to do about it.
    #[schema(example = "Connect the gateway under Gateways, then try again.")]
    pub advice: &'static str,
    /// Whether another attempt can succeed. A second version of a known event can only be dismissed.
    pub retryable: bool,
    /// Technical details. They may change.
    #[schema(example = "no such gateway connection")]
    pub detail: String,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

/// An event that couldn't be applied, with its content.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantinedEventDetail {
    #[serde(flatten)]
    pub event: QuarantinedEvent,
    /// The event's JSON, as it arrived.
    #[schema(example = r#"{"id": "evt_01kdvdna00fnwvvrwp1y42fmbq", "kind": "sale"}"#)]
    pub body: String,
}

/// The events of one cause that need attention.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineCause {
    /// A stable code for the cause.
    #[schema(example = "unknown_connection")]
    pub reason: String,
    /// The cause in plain words.
    #[schema(example = "For a gateway that isn't connected")]
    pub title: &'static str,
    /// What to do about it.
    #[schema(example = "Connect the gateway under Gateways, then try again.")]
    pub advice: &'static str,
    /// Whether another attempt can succeed.
    pub retryable: bool,
    /// The number of open events. The newest 10,000 open events are counted.
    #[schema(example = 13)]
    pub events: i64,
    /// When the newest of them arrived. Pass it as `until` to decide about the events that you have seen.
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub newest_at: Timestamp,
}

/// All causes of open events.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineCauses {
    /// The cause of the newest event first.
    pub causes: Vec<QuarantineCause>,
}

/// What became of the events of a cause.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct QuarantineOutcome {
    /// The number of events that were tried again, the oldest first, at most 500.
    #[schema(example = 13)]
    pub tried: usize,
    /// The number of events that are applied now. The others stay open.
    #[schema(example = 12)]
    pub applied: usize,
    /// The number of events that were dismissed.
    #[schema(example = 0)]
    pub dismissed: usize,
}

impl From<Entry> for QuarantinedEvent {
    fn from(entry: Entry) -> Self {
        let cause = cause::of(&entry.reason);
        Self {
            id: EventId::new(entry.id),
            event_id: entry.event_id,
            state: match entry.state.as_str() {
                "replayed" => "Applied",
                "dismissed" => "Dismissed",
                _ => "Open",
            },
            reason: entry.reason,
            title: cause.title,
            advice: cause.advice,
            retryable: cause.replayable,
            detail: entry.detail,
            created_at: entry.created_at,
        }
    }
}

impl From<Reason> for QuarantineCause {
    fn from(row: Reason) -> Self {
        let cause = cause::of(&row.reason);
        Self {
            reason: row.reason,
            title: cause.title,
            advice: cause.advice,
            retryable: cause.replayable,
            events: row.events,
            newest_at: row.newest,
        }
    }
}
