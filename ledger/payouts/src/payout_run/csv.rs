//! `GET /dashboard/payouts/runs.csv`: all runs as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    page_view::{self, Progress},
    read_store::{self, Filter},
    store::Run,
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

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    after: Option<Uuid>,
}

/// # Errors
/// 404 for an organization that is not the person's; 503 where the database is away.
pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(csv::download("payout-runs", csv::line(HEAD), Rest { state, organization, after: None }, next)?)
}

async fn next(mut rest: Rest) -> Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let filter = Filter { after: rest.after, limit: ROWS_AT_ONCE, ..Filter::default() };
    let runs = read_store::list(&mut tx, rest.organization, &filter).await?;
    tx.commit().await?;
    rest.after = runs.last().map(|run| run.id.uuid());
    Ok(csv::portion(runs.iter().map(line).collect(), (runs.len(), ROWS_AT_ONCE), rest))
}

fn line(run: &Run) -> String {
    let (gross, payouts) = run.worth();
    let progress = Progress::of(run);
    csv::line([
        run.id.to_string().as_str(),
        &run.created_at.to_string(),
        run.period.as_deref().unwrap_or_default(),
        page_view::state(run).0,
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
