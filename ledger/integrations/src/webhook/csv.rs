//! `GET /dashboard/settings/webhooks/{id}/deliveries.csv`: exports an endpoint's log as CSV, one line per event; it is
//! read page by page, so its length doesn't matter. Requests and answers are only on the page.

use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::{id::OrganizationId, timestamp::Timestamp};
use uuid::Uuid;

use super::{
    detail, find,
    log_store::{self, DeliveryFilter},
    view::Delivery,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    page::{PageError, csv},
    state::AppState,
};

/// A small page, because each row is loaded with its attempts.
const ROWS_AT_ONCE: i64 = 100;
const HEAD: [&str; 9] = [
    "message id",
    "event",
    "happened",
    "state",
    "attempts",
    "last status",
    "last problem",
    "delivered",
    "next attempt",
];

/// The state of an export: what is still to be sent.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    endpoint: Uuid,
    filter: DeliveryFilter,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let which = detail::parse(&id)?;
    let mut tx = state.db.tenant(organization).await?;
    find::one(&mut tx, which, state.clock.now()).await?;
    tx.commit().await?;
    let filter = DeliveryFilter { limit: ROWS_AT_ONCE, ..DeliveryFilter::default() };
    let cursor = ExportCursor { state, organization, endpoint: which.1, filter };
    Ok(csv::download("deliveries", csv::line(HEAD), cursor, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let rows = log_store::deliveries(&mut tx, cursor.endpoint, &cursor.filter).await?;
    tx.commit().await?;
    cursor.filter.after = rows.last().map(|row| row.message_id.uuid());
    Ok(csv::portion(rows.iter().map(line).collect(), (rows.len(), ROWS_AT_ONCE), cursor))
}

fn line(row: &Delivery) -> String {
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    csv::line([
        row.message_id.to_string().as_str(),
        &row.event_type,
        &row.created_at.to_string(),
        &row.status,
        &row.attempt_count.to_string(),
        &row.last_status.map(|status| status.to_string()).unwrap_or_default(),
        row.last_error.as_deref().unwrap_or_default(),
        &moment(row.delivered_at),
        &moment(row.next_attempt_at),
    ])
}
