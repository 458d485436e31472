//! `GET /dashboard/inquiries.csv`: exports a tab of the page as CSV, without buyers' emails.

use axum::{extract::State, response::Response};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    dashboard::ListFilters,
    store::{self, Claim},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 10] =
    ["inquiry", "asked", "affiliate id", "affiliate", "ordered on", "bought", "order", "state", "decided", "answer"];

/// The remaining part of the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    filters: ListFilters,
    after: Option<Uuid>,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filters = ListFilters::read(&mut query)?;
    let cursor = ExportCursor { state, organization, filters, after: None };
    Ok(csv::download("inquiries", csv::line(HEAD), cursor, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let rows = store::list(&mut tx, &cursor.filters.filter(cursor.after, ROWS_AT_ONCE)).await?;
    tx.commit().await?;
    cursor.after = rows.last().map(|last| last.id.uuid());
    let text: String = rows.iter().map(line).collect();
    Ok(csv::portion(text, (rows.len(), ROWS_AT_ONCE), cursor))
}

fn line(row: &Claim) -> String {
    csv::line([
        row.id.to_string().as_str(),
        &row.submitted_at.to_string(),
        &row.affiliate.to_string(),
        &row.affiliate_name,
        &row.ordered_on.to_string(),
        &row.bought,
        row.order_id.as_deref().unwrap_or_default(),
        row.status.label().0,
        &row.decided_at.map(|at| at.to_string()).unwrap_or_default(),
        row.answer.as_deref().unwrap_or_default(),
    ])
}
