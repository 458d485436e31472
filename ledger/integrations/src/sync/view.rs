//! Syncs as the API shows them, with their steps and every request and answer. Secrets were masked before they were
//! stored.

use crate::crm::sync_code::{LEFT_ALONE, SUPERSEDED};
use connector::{Action, Step};
use serde::Serialize;
use serde_json::{Map, Value};
use shared::{
    id::{AffiliateId, CrmConnectionId, ResyncId, SyncId},
    timestamp::Timestamp,
};
use utoipa::ToSchema;

pub const STATES: [&str; 5] = ["Queued", "Running", "Retrying", "Succeeded", "Failed"];
pub const TASKS: [&str; 3] = ["sync", "event", "forget"];

/// An affiliate on the way into a CRM.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Sync)]
#[serde(rename_all = "camelCase")]
pub struct SyncView {
    #[schema(value_type = String, example = "sync_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: SyncId,
    #[schema(value_type = String, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub connection_id: CrmConnectionId,
    #[schema(value_type = String, example = "aff_01kdvdna00fec9rpb7dk6gd3hy")]
    pub affiliate_id: AffiliateId,
    /// The vendor's slug.
    #[schema(example = "klaviyo")]
    pub vendor: String,
    /// `sync` brings the person's state there, `event` tells of something that happened, `forget` deletes the person.
    #[schema(example = "sync")]
    pub task: String,
    /// What set it off: `approved`, `changed`, `segment`, `consent`, `left`, `settings`, `resync`, `resync_all`, `event` or
    /// `forget`.
    #[schema(example = "approved")]
    pub reason: String,
    /// The re-sync of everybody that it belongs to.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub batch_id: Option<ResyncId>,
    /// `Queued`, `Running`, `Retrying`, `Succeeded` or `Failed`. No trouble are `Failed` with the code `left_alone` (the
    /// person unsubscribed there) and `superseded` (a newer sync took over).
    #[schema(example = "Succeeded")]
    pub state: String,
    /// Why it failed or waits, as a stable word.
    #[schema(required, example = json!(null))]
    pub code: Option<String>,
    /// The same for people, and what a success left out.
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:01Z")]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:04Z")]
    pub finished_at: Option<Timestamp>,
    /// When it goes on; null once it has ended.
    #[schema(value_type = Option<String>, format = DateTime, required, example = json!(null))]
    pub next_attempt_at: Option<Timestamp>,
}

impl SyncView {
    pub fn is_left_alone(&self) -> bool {
        self.state == "Failed" && self.code.as_deref() == Some(LEFT_ALONE)
    }

    pub fn is_superseded(&self) -> bool {
        self.state == "Failed" && self.code.as_deref() == Some(SUPERSEDED)
    }
}

/// A sync with all that was done for it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncDetail {
    #[serde(flatten)]
    pub sync: SyncView,
    /// In their order. Empty until it begins.
    pub steps: Vec<SyncStep>,
}

/// A part of a sync. After a failure it alone is sent again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncStep {
    /// In words.
    #[schema(example = "Save the contact")]
    pub title: String,
    /// `Pending`, `Running`, `Done`, `Skipped` or `Failed`.
    #[schema(example = "Done")]
    pub state: String,
    /// Why it was skipped, such as `the contact is new`.
    #[schema(required, example = json!(null))]
    pub note: Option<String>,
    /// What was sent, the oldest first. Kept for 30 days.
    pub attempts: Vec<SyncAttempt>,
}

/// A request to the CRM and what it answered; secrets are masked as `•••`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncAttempt {
    #[schema(example = "POST")]
    pub method: String,
    #[schema(example = "https://brand.api-us1.com/api/3/contact/sync")]
    pub url: String,
    #[schema(value_type = Object, example = json!({"Api-Token": "•••"}))]
    pub request_headers: Map<String, Value>,
    #[schema(example = "{\"contact\":{\"email\":\"lauren@creators.test\"}}")]
    pub request_body: String,
    /// Null where no answer came.
    #[schema(required, example = 201)]
    pub status: Option<i16>,
    #[schema(value_type = Option<Object>, required, example = json!({"content-type": "application/json"}))]
    pub answer_headers: Option<Map<String, Value>>,
    /// Its first 16 kilobytes.
    #[schema(required, example = "{\"contact\":{\"id\":\"7\"}}")]
    pub answer: Option<String>,
    /// What was wrong with it, as a stable word.
    #[schema(required, example = json!(null))]
    pub code: Option<String>,
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub started_at: Timestamp,
    /// Null where the answer never came.
    #[schema(required, example = 182)]
    pub duration_ms: Option<i32>,
}

/// A re-sync of everybody.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Resync)]
#[serde(rename_all = "camelCase")]
pub struct ResyncView {
    #[schema(value_type = String, example = "batch_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ResyncId,
    #[schema(value_type = String, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub connection_id: CrmConnectionId,
    /// How many affiliates it is about.
    #[schema(example = 1200)]
    pub total: i64,
    #[schema(example = 380)]
    pub queued: i64,
    #[schema(example = 1)]
    pub running: i64,
    #[schema(example = 2)]
    pub retrying: i64,
    #[schema(example = 810)]
    pub succeeded: i64,
    /// Without those that were left alone or superseded.
    #[schema(example = 3)]
    pub failed: i64,
    /// Who unsubscribed there.
    #[schema(example = 4)]
    pub left_alone: i64,
    /// Of whom a newer sync told more.
    #[schema(example = 0)]
    pub superseded: i64,
    /// How much of it has ended, in whole percent.
    #[schema(example = 68)]
    pub percent: i64,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
}

impl ResyncView {
    /// Returns how many syncs haven't ended.
    pub const fn open(&self) -> i64 {
        self.queued + self.running + self.retrying
    }

    /// Returns how many syncs have ended, including those whose records are already deleted.
    pub const fn ended(&self) -> i64 {
        let ended = self.total - self.open();
        if ended < 0 { 0 } else { ended }
    }
}

/// Returns the progress in whole percent; an empty re-sync counts as finished.
pub fn percent(total: i64, open: i64) -> i64 {
    if total <= 0 || open <= 0 { 100 } else { ((total - open).max(0) * 100) / total }
}

/// Describes a step in words.
pub fn title(action: &str, about: &str) -> String {
    Action::named(action)
        .map_or_else(|| action.to_owned(), |action| Step::about(action, about).to_string().trim_end().to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn progress_is_told_in_whole_percent() {
        for (total, open, expected) in [(0, 0, 100), (3, 3, 0), (3, 1, 66), (1_000, 1, 99), (10, 0, 100), (2, 5, 0)] {
            assert_eq!(percent(total, open), expected, "{open} of {total}");
        }
    }

    #[test]
    fn steps_have_words() {
        assert_eq!(title("join", "2"), "Add to the list 2");
        assert_eq!(title("save", ""), "Save the contact");
        assert_eq!(title("of_a_later_build", ""), "of_a_later_build");
    }
}
