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
pub const TASKS: [&str; 4] = ["sync", "event", "forget", "retire"];

/// A sync of one affiliate to a CRM.
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
    /// `sync` sends the affiliate's current state, `event` sends an event, `forget` deletes the contact, and
    /// `retire` marks a contact as former whose email address the affiliate no longer has.
    #[schema(example = "sync")]
    pub task: String,
    /// What triggered the sync: `approved`, `changed`, `segment`, `consent`, `left`, `settings`, `resync`,
    /// `resync_all`, `event` or `forget`.
    #[schema(example = "approved")]
    pub reason: String,
    /// The re-sync that the sync belongs to.
    #[schema(value_type = Option<String>, required, example = json!(null))]
    pub batch_id: Option<ResyncId>,
    /// `Queued`, `Running`, `Retrying`, `Succeeded` or `Failed`. A `Failed` sync with the code `left_alone` (the person
    /// unsubscribed there) or `superseded` (a newer sync took over) isn't an error.
    #[schema(example = "Succeeded")]
    pub state: String,
    /// Why the sync failed or waits, as a stable code.
    #[schema(required, example = json!(null))]
    pub code: Option<String>,
    /// The reason in plain words; after a success, what was left out.
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:00Z")]
    pub created_at: Timestamp,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:01Z")]
    pub started_at: Option<Timestamp>,
    #[schema(value_type = Option<String>, format = DateTime, required, example = "2026-11-20T08:30:04Z")]
    pub finished_at: Option<Timestamp>,
    /// When the sync continues; null once it has ended.
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

/// A sync with all its steps.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncDetail {
    #[serde(flatten)]
    pub sync: SyncView,
    /// The steps, in order. Empty until the sync starts.
    pub steps: Vec<SyncStep>,
}

/// A step of a sync. After a failure, only the failed step is sent again.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncStep {
    /// What the step does, in plain words.
    #[schema(example = "Save the contact")]
    pub title: String,
    /// `Pending`, `Running`, `Done`, `Skipped` or `Failed`.
    #[schema(example = "Done")]
    pub state: String,
    /// Why the step was skipped, such as `the contact is new`.
    #[schema(required, example = json!(null))]
    pub note: Option<String>,
    /// The requests sent, oldest first. Kept for 30 days.
    pub attempts: Vec<SyncAttempt>,
}

/// A request to the CRM and its response. Secrets are masked as `•••`.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct SyncAttempt {
    /// The HTTP method.
    #[schema(example = "POST")]
    pub method: String,
    /// The URL of the request.
    #[schema(example = "https://brand.api-us1.com/api/3/contact/sync")]
    pub url: String,
    /// The headers of the request.
    #[schema(value_type = Object, example = json!({"Api-Token": "•••"}))]
    pub request_headers: Map<String, Value>,
    /// The body of the request.
    #[schema(example = "{\"contact\":{\"email\":\"lauren@creators.test\"}}")]
    pub request_body: String,
    /// HTTP status of the response; null if none arrived.
    #[schema(required, example = 201)]
    pub status: Option<i16>,
    /// The headers of the response; null if none arrived.
    #[schema(value_type = Option<Object>, required, example = json!({"content-type": "application/json"}))]
    pub answer_headers: Option<Map<String, Value>>,
    /// The first 16 kilobytes of the response body.
    #[schema(required, example = "{\"contact\":{\"id\":\"7\"}}")]
    pub answer: Option<String>,
    /// Why the request failed, as a stable code.
    #[schema(required, example = json!(null))]
    pub code: Option<String>,
    #[schema(required, example = json!(null))]
    pub message: Option<String>,
    #[schema(value_type = String, format = DateTime, example = "2026-11-20T08:30:01Z")]
    pub started_at: Timestamp,
    /// Null if no response arrived.
    #[schema(required, example = 182)]
    pub duration_ms: Option<i32>,
}

/// A re-sync of all affiliates to a CRM.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = Resync)]
#[serde(rename_all = "camelCase")]
pub struct ResyncView {
    #[schema(value_type = String, example = "batch_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub id: ResyncId,
    #[schema(value_type = String, example = "crm_01kdvdna00e5v8r2m6q1w9d3xk")]
    pub connection_id: CrmConnectionId,
    /// Number of affiliates in the re-sync.
    #[schema(example = 1200)]
    pub total: i64,
    /// Number of affiliates who wait for their sync.
    #[schema(example = 380)]
    pub queued: i64,
    /// Number of affiliates who are being synced.
    #[schema(example = 1)]
    pub running: i64,
    /// Number of affiliates whose sync failed and is tried again.
    #[schema(example = 2)]
    pub retrying: i64,
    /// Number of affiliates who were synced.
    #[schema(example = 810)]
    pub succeeded: i64,
    /// Number of failed syncs, without those that were left alone or superseded.
    #[schema(example = 3)]
    pub failed: i64,
    /// Number of affiliates who unsubscribed in the CRM.
    #[schema(example = 4)]
    pub left_alone: i64,
    /// Number of syncs that a newer sync replaced.
    #[schema(example = 0)]
    pub superseded: i64,
    /// How much of the re-sync has ended, in whole percent.
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
