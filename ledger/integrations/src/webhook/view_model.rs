//! View models of the webhook pages: endpoints with their status, submitted forms, deliveries with request and answer.

use super::{
    attempt::payload,
    delivery::Attempt,
    endpoint::{ALL_EVENTS, Endpoint, EndpointKind},
    naming,
    view::{AttemptView, Delivery, Message},
};
use kit::{
    form::{Fields, Problems},
    page::{
        status::{self, Badge, Connection},
        zone::{When, Zone},
    },
};
use outbox::webhook::event::EventKind;

/// The path of the pages.
pub const PLACE: &str = "/dashboard/settings/webhooks";

#[derive(Debug)]
pub struct EndpointView {
    pub id: String,
    /// Its URL; for a destination, its description.
    pub name: String,
    pub is_webhook: bool,
    pub events: Vec<String>,
    pub description: String,
    pub enabled: bool,
    pub status: &'static str,
    pub tone: &'static str,
    pub disabled_reason: Option<String>,
    pub failing_since: Option<When>,
    pub last_success: Option<When>,
    pub last_error: Option<(When, String)>,
    pub pending: i64,
    pub old_secret_until: Option<When>,
}

impl EndpointView {
    pub fn of(endpoint: Endpoint, zone: &Zone) -> Self {
        let when = |at| zone.when(at);
        let state = match (endpoint.enabled, endpoint.failing_since, endpoint.last_success_at) {
            (false, ..) if endpoint.disabled_reason.is_some() => Connection::ActionNeeded,
            (false, ..) => Connection::Paused,
            (true, Some(_), _) => Connection::Failing,
            (true, None, Some(_)) => Connection::Connected,
            (true, None, None) => Connection::Waiting,
        };
        let Badge { word: status, tone, .. } = status::connection(state);
        let is_webhook = endpoint.kind == EndpointKind::Webhook;
        let name = if is_webhook {
            endpoint.url
        } else {
            let (site, region) = (endpoint.hint.unwrap_or_default(), endpoint.region.unwrap_or_default());
            format!("Customer.io {} · site {site}", region.to_uppercase())
        };
        let last_error = endpoint.last_error_at.zip(endpoint.last_error);
        Self {
            id: naming::shown_id(endpoint.kind, endpoint.id),
            name,
            is_webhook,
            events: endpoint.events,
            description: endpoint.description,
            enabled: endpoint.enabled,
            status,
            tone,
            disabled_reason: endpoint.disabled_reason,
            failing_since: endpoint.failing_since.map(when),
            last_success: endpoint.last_success_at.map(when),
            last_error: last_error.map(|(at, what)| (when(at), what)),
            pending: endpoint.pending,
            old_secret_until: endpoint.old_secret_until.map(when),
        }
    }

    pub fn listens_to_all(&self) -> bool {
        self.events.iter().any(|name| name == ALL_EVENTS)
    }
}

/// The submitted form that creates an endpoint. The page never shows its secrets again.
#[derive(Debug, Default)]
pub struct FormView {
    pub typed: Fields,
    /// The selected events.
    pub chosen: Vec<String>,
    pub problems: Problems,
}

impl FormView {
    pub fn has(&self, name: &str) -> bool {
        self.chosen.iter().any(|chosen| chosen == name)
    }
}

/// Returns an event's name and when it is sent.
pub fn choice(kind: EventKind) -> (&'static str, &'static str) {
    (kind.as_str(), kind.about())
}

/// The result of a test.
#[derive(Debug)]
pub struct TestView {
    pub ok: bool,
    pub words: String,
    pub answer: Option<String>,
}

impl TestView {
    pub fn of(made: Attempt) -> Self {
        let took = format!("in {} ms", made.duration_ms);
        let words = match (made.verdict.message(), made.status) {
            (None, Some(status)) => format!("Test event delivered: responded {status} {took}."),
            (Some(problem), _) => format!("Test event failed: {problem} ({took})."),
            (None, None) => "Test event delivered.".to_owned(),
        };
        Self { ok: made.verdict.code().is_none(), words, answer: made.answer.filter(|text| !text.is_empty()) }
    }
}

#[derive(Debug)]
pub struct DeliveryView {
    pub message: String,
    pub event: String,
    pub happened: When,
    pub status: String,
    pub tone: &'static str,
    pub outcome: String,
    pub next: Option<When>,
    /// The sent body for a webhook; otherwise the event's data.
    pub body: String,
    pub attempts: Vec<AttemptRow>,
}

#[derive(Debug)]
pub struct AttemptRow {
    pub number: i32,
    pub started: When,
    pub duration_ms: i32,
    pub outcome: String,
    pub tone: &'static str,
    pub headers: Vec<(String, String)>,
    pub answer: Option<String>,
}

impl DeliveryView {
    pub fn of(delivery: Delivery, message: Option<&Message>, is_webhook: bool, zone: &Zone) -> Self {
        let body = message.map_or(String::new(), |message| {
            if is_webhook {
                payload(&message.kind, message.timestamp, message.data.get())
            } else {
                message.data.get().to_owned()
            }
        });
        let outcome = match (delivery.last_status, delivery.last_error) {
            (_, Some(error)) => error,
            (Some(status), None) => format!("responded {status}"),
            (None, None) => "not sent yet".to_owned(),
        };
        Self {
            message: delivery.message_id.to_string(),
            event: delivery.event_type,
            happened: zone.when(delivery.created_at),
            tone: match delivery.status.as_str() {
                "Delivered" => "good",
                "Failed" => "bad",
                _ => "wait",
            },
            status: delivery.status,
            outcome,
            next: delivery.next_attempt_at.map(|at| zone.when(at)),
            body: pretty(&body),
            attempts: delivery.attempts.into_iter().map(|attempt| AttemptRow::of(attempt, zone)).collect(),
        }
    }
}

impl AttemptRow {
    fn of(attempt: AttemptView, zone: &Zone) -> Self {
        let ok = attempt.error.is_none();
        let answered = attempt.status.map(|status| format!("responded {status}"));
        let text = |value: &serde_json::Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            number: attempt.number,
            started: zone.when(attempt.started_at),
            duration_ms: attempt.duration_ms,
            outcome: attempt.message.or(answered).unwrap_or_default(),
            tone: if ok { "good" } else { "bad" },
            headers: attempt.request_headers.iter().map(|(name, value)| (name.clone(), text(value))).collect(),
            answer: attempt.answer.filter(|answer| !answer.is_empty()),
        }
    }
}

/// Formats JSON for reading; what is sent is compact.
fn pretty(json: &str) -> String {
    let value: Result<serde_json::Value, _> = serde_json::from_str(json);
    value.ok().and_then(|value| serde_json::to_string_pretty(&value).ok()).unwrap_or_else(|| json.to_owned())
}
