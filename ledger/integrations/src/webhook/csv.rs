//! `GET /dashboard/settings/webhooks/{id}/deliveries.csv`: exports an endpoint's log as CSV, one line per event; it is
//! read page by page, so its length doesn't matter. Requests and answers are only on the page.

use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{
    detail, find,
    log_store::{self, DeliveryFilter},
    view::Delivery,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    db::TenantTx,
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

struct Deliveries {
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
    Ok(csv::export(&state.db, organization, "deliveries", HEAD, Deliveries { endpoint: which.1, filter })?)
}

impl csv::Listing for Deliveries {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = log_store::deliveries(tx, self.endpoint, &self.filter).await?;
        self.filter.after = rows.last().map(|row| row.message_id.uuid());
        Ok(csv::Page::new(rows.iter().map(line), ROWS_AT_ONCE))
    }
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
