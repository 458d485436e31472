//! Ingests a conversion that a brand reports through the API with only its key, or a person in the dashboard: it becomes
//! an event like one that the brand's backend sends to the edge, with the same id. Reported both ways it counts once, and
//! a recomputation from the events includes it.

use axum::http::StatusCode;
use shared::{
    batch::Verdict,
    event::{Conversion, EVENT_VERSION, Event, Payload},
    id::EventId,
};

use super::{booking, item::outcome, spans};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// A conversion that was ingested.
#[derive(Debug, Clone, Copy)]
pub struct Ingested {
    pub event: EventId,
    /// False if the same one was already reported, here or by S2S.
    pub is_new: bool,
}

/// Ingests the conversion as an event.
///
/// # Errors
/// 409 `conflict` if a different conversion has the same external id.
pub async fn ingest(
    tx: &mut TenantTx,
    state: &AppState,
    conversion: Conversion,
    request_id: Option<&str>,
) -> Result<Ingested> {
    let organization = tx.organization();
    let event = Event {
        v: EVENT_VERSION,
        id: Event::conversion_id(organization, conversion.kind, &conversion.external_event_id),
        organization_id: organization,
        received_at: state.clock.now(),
        request_id: request_id.unwrap_or_default().to_owned(),
        traceparent: None,
        payload: Payload::Conversion(Box::new(conversion)),
    };
    let raw = serde_json::to_string(&event).map_err(|error| Error::internal(error))?;
    let traced = spans::begin_one(&event);
    let verdicts = booking::apply(tx, state, &[(0, &event, &raw)]).await?;
    let Some((_, report)) = verdicts.first() else { return Err(Error::internal("an event without a verdict")) };
    if let Some(span) = &traced {
        span.set("rekomi.event.verdict", outcome(report.verdict));
    }
    match report.verdict {
        Verdict::Accepted => Ok(Ingested { event: event.id, is_new: true }),
        Verdict::Duplicate => Ok(Ingested { event: event.id, is_new: false }),
        Verdict::Conflict => Err(conflict()),
        Verdict::Rejected => {
            let reason = report.reason.clone().unwrap_or_default();
            let message = format!("This event can't be booked: {reason}.");
            Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::Unprocessable, message))
        }
    }
}

fn conflict() -> Error {
    let message = "A conversion with this externalEventId already exists with a different type, amount, currency or \
                   customer. Use a new id for a new sale. To change an existing one, refund or reattribute it.";
    Error::new(StatusCode::CONFLICT, Code::Conflict, message)
}
