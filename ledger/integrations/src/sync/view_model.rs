//! View models of the sync pages: rows, steps with requests and answers, and the progress of a full re-sync.

use serde_json::{Map, Value};

use super::{
    read_store::Row,
    request,
    view::{ResyncView, SyncAttempt, SyncStep, SyncView},
};
use crate::crm::sync_code::{LEFT_ALONE, SUPERSEDED};
use kit::page::zone::{When, Zone};
use rules::format;

/// The states that the page filters by: name in the URL, label, tone.
pub const CHOICES: [(&str, &str, &str); 7] = [
    ("Queued", "Queued", "off"),
    ("Running", "Running", "wait"),
    ("Retrying", "Retrying", "wait"),
    ("Succeeded", "Succeeded", "good"),
    ("Failed", "Failed", "bad"),
    (LEFT_ALONE, "Skipped", "off"),
    (SUPERSEDED, "Superseded", "off"),
];

/// Returns the label and tone of a sync's state. A person who unsubscribed is left alone, which isn't shown as an
/// error.
pub fn state(sync: &SyncView) -> (&'static str, &'static str) {
    let name = match sync.code.as_deref() {
        Some(code) if sync.is_left_alone() || sync.is_superseded() => code,
        _ => sync.state.as_str(),
    };
    let known = CHOICES.into_iter().find(|(known, ..)| *known == name);
    known.map_or(("Unknown", "off"), |(_, words, tone)| (words, tone))
}

/// Returns the reason for a sync in words.
pub fn reason(reason: &str) -> &str {
    match reason {
        "approved" => "approved",
        "changed" => "details changed",
        "segment" => "segment changed",
        "consent" => "terms accepted or withdrawn",
        "left" => "left the program",
        "settings" => "settings changed",
        "resync" => "requested",
        "resync_all" => "re-sync of all affiliates",
        "event" => "event",
        "forget" => "deletion requested",
        other => other,
    }
}

/// A state to filter by, with its count if it is counted.
#[derive(Debug)]
pub struct Count {
    pub name: &'static str,
    pub words: &'static str,
    pub tone: &'static str,
    pub count: Option<String>,
    pub chosen: bool,
}

#[derive(Debug)]
pub struct SyncRow {
    pub id: String,
    pub person: String,
    pub email: String,
    pub affiliate: String,
    pub connection: String,
    pub is_event: bool,
    pub is_deletion: bool,
    pub state: &'static str,
    pub tone: &'static str,
    pub reason: String,
    pub message: Option<String>,
    pub code: Option<String>,
    pub created: When,
    pub started: Option<When>,
    pub finished: Option<When>,
    pub next: Option<When>,
    /// Whether it can be retried.
    pub retryable: bool,
    pub ended: bool,
}

impl SyncRow {
    pub fn of(row: Row, zone: &Zone) -> Self {
        let (words, tone) = state(&row.sync);
        let retryable = request::hopeless(&row.sync).is_none();
        let sync = row.sync;
        Self {
            id: sync.id.to_string(),
            person: row.name,
            email: row.email,
            affiliate: sync.affiliate_id.to_string(),
            connection: sync.connection_id.to_string(),
            is_event: sync.task == "event",
            is_deletion: sync.task == "forget",
            state: words,
            tone,
            reason: reason(&sync.reason).to_owned(),
            message: sync.message,
            code: sync.code,
            created: zone.when(sync.created_at),
            started: sync.started_at.map(|at| zone.when(at)),
            ended: sync.finished_at.is_some(),
            finished: sync.finished_at.map(|at| zone.when(at)),
            next: sync.next_attempt_at.filter(|_| sync.state == "Retrying").map(|at| zone.when(at)),
            retryable,
        }
    }
}

#[derive(Debug)]
pub struct StepRow {
    pub title: String,
    pub state: String,
    pub tone: &'static str,
    pub note: Option<String>,
    pub attempts: Vec<AttemptRow>,
}

#[derive(Debug)]
pub struct AttemptRow {
    pub line: String,
    pub outcome: String,
    pub tone: &'static str,
    pub started: When,
    pub duration: Option<i32>,
    pub request_headers: Vec<(String, String)>,
    pub request: String,
    pub answered: bool,
    pub answer_headers: Vec<(String, String)>,
    pub answer: String,
}

impl StepRow {
    pub fn of(step: SyncStep, zone: &Zone) -> Self {
        Self {
            title: step.title,
            tone: match step.state.as_str() {
                "Done" => "good",
                "Failed" => "bad",
                "Running" => "wait",
                _ => "off",
            },
            state: step.state,
            note: step.note,
            attempts: step.attempts.into_iter().map(|attempt| AttemptRow::of(attempt, zone)).collect(),
        }
    }
}

impl AttemptRow {
    fn of(attempt: SyncAttempt, zone: &Zone) -> Self {
        let (outcome, tone) = match (attempt.message, attempt.status, attempt.duration_ms) {
            (Some(message), Some(status), _) => (format!("{status}: {message}"), "bad"),
            (Some(message), None, _) => (message, "bad"),
            (None, Some(status), _) => (format!("responded {status}"), "good"),
            (None, None, Some(_)) => ("no response".to_owned(), "bad"),
            (None, None, None) => ("sent, waiting for a response".to_owned(), "wait"),
        };
        Self {
            line: format!("{} {}", attempt.method, attempt.url),
            outcome,
            tone,
            started: zone.when(attempt.started_at),
            duration: attempt.duration_ms,
            request_headers: pairs(&attempt.request_headers),
            request: pretty(&attempt.request_body),
            answered: attempt.status.is_some(),
            answer_headers: attempt.answer_headers.as_ref().map(pairs).unwrap_or_default(),
            answer: pretty(&attempt.answer.unwrap_or_default()),
        }
    }
}

fn pairs(headers: &Map<String, Value>) -> Vec<(String, String)> {
    headers.iter().map(|(name, value)| (name.clone(), value.as_str().unwrap_or_default().to_owned())).collect()
}

/// Formats a body for reading; what is sent is compact.
fn pretty(body: &str) -> String {
    let value: Result<Value, _> = serde_json::from_str(body);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| body.to_owned())
}

/// The latest full re-sync.
#[derive(Debug)]
pub struct Progress {
    pub total: i64,
    pub ended: i64,
    pub percent: i64,
    pub running: bool,
    pub words: String,
    pub since: When,
}

impl Progress {
    pub fn of(resync: &ResyncView, zone: &Zone) -> Self {
        let count = |number: i64| format::count(number.unsigned_abs());
        let mut words = vec![format!("{} of {} done", count(resync.ended()), count(resync.total))];
        let others = [
            (resync.retrying, "waiting to retry"),
            (resync.failed, "failed"),
            (resync.left_alone, "skipped"),
            (resync.superseded, "replaced by newer syncs"),
        ];
        for (number, what) in others.into_iter().filter(|(number, _)| *number > 0) {
            words.push(format!("{} {what}", count(number)));
        }
        Self {
            total: resync.total,
            ended: resync.ended(),
            percent: resync.percent,
            running: resync.open() > 0,
            words: words.join(" · "),
            since: zone.when(resync.created_at),
        }
    }
}

#[cfg(test)]
mod tests {
    use shared::{
        id::{AffiliateId, CrmConnectionId, SyncId},
        timestamp::Timestamp,
    };

    use super::*;

    fn shown(state: &str, code: Option<&str>) -> SyncRow {
        let row = Row {
            sync: SyncView {
                id: SyncId::v7(1, &[0; 10]),
                connection_id: CrmConnectionId::v7(1, &[0; 10]),
                affiliate_id: AffiliateId::v7(1, &[0; 10]),
                vendor: "klaviyo".to_owned(),
                task: "sync".to_owned(),
                reason: "approved".to_owned(),
                batch_id: None,
                state: state.to_owned(),
                code: code.map(str::to_owned),
                message: None,
                created_at: Timestamp::EPOCH,
                started_at: None,
                finished_at: None,
                next_attempt_at: None,
            },
            name: "Lauren".to_owned(),
            email: "lauren@creators.test".to_owned(),
        };
        SyncRow::of(row, &Zone::utc())
    }

    #[test]
    fn who_unsubscribed_is_no_failure() {
        let left = shown("Failed", Some("left_alone"));
        assert_eq!((left.state, left.tone, left.retryable), ("Skipped", "off", false));
        let failed = shown("Failed", Some("list_missing"));
        assert_eq!((failed.state, failed.tone, failed.retryable), ("Failed", "bad", true));
        let done = shown("Succeeded", Some("no_consent"));
        assert_eq!((done.state, done.tone, done.retryable), ("Succeeded", "good", false));
        assert!(!shown("Failed", Some("outcome_unknown")).retryable);
    }

    #[test]
    fn an_attempt_says_how_it_went() {
        let attempt = |message: Option<&str>, status, duration_ms| {
            let expected = SyncAttempt {
                method: "POST".to_owned(),
                url: "https://crm.test/".to_owned(),
                request_headers: Map::new(),
                request_body: "{\"a\":1}".to_owned(),
                status,
                answer_headers: None,
                answer: None,
                code: None,
                message: message.map(str::to_owned),
                started_at: Timestamp::EPOCH,
                duration_ms,
            };
            let made = AttemptRow::of(expected, &Zone::utc());
            assert_eq!(made.request, "{\n  \"a\": 1\n}");
            (made.outcome, made.tone)
        };
        assert_eq!(attempt(None, Some(201), Some(5)), ("responded 201".to_owned(), "good"));
        assert_eq!(attempt(Some("Too fast."), Some(429), Some(5)), ("429: Too fast.".to_owned(), "bad"));
        assert_eq!(attempt(None, None, None).1, "wait");
    }
}
