//! `GET /dashboard/payouts/runs.csv`: exports all runs as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    read_store::{self, Filter},
    store::Run,
    view_model::{self, Progress},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 12] = [
    "run id", "proposed", "period", "state", "currency", "amount", "payouts", "sent", "failed", "left out", "approved",
    "ended",
];

/// The position in the export.
struct ExportCursor {
    state: AppState,
    organization: OrganizationId,
    after: Option<Uuid>,
}

/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(csv::download("payout-runs", csv::line(HEAD), ExportCursor { state, organization, after: None }, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let filter = Filter { after: cursor.after, limit: ROWS_AT_ONCE, ..Filter::default() };
    let runs = read_store::list(&mut tx, &filter).await?;
    tx.commit().await?;
    cursor.after = runs.last().map(|run| run.id.uuid());
    Ok(csv::portion(runs.iter().map(line).collect(), (runs.len(), ROWS_AT_ONCE), cursor))
}

fn line(run: &Run) -> String {
    let (gross, payouts) = run.worth();
    let progress = Progress::of(run);
    csv::line([
        run.id.to_string().as_str(),
        &run.created_at.to_string(),
        run.period.as_deref().unwrap_or_default(),
        view_model::state(run).0,
        run.currency.code(),
        &csv::major(gross, run.currency.code()),
        &payouts.to_string(),
        &progress.sent.to_string(),
        &progress.failed.to_string(),
        &run.excluded.to_string(),
        &run.approved_at.map(|at| at.to_string()).unwrap_or_default(),
        &run.done_at.map(|at| at.to_string()).unwrap_or_default(),
    ])
}
