//! `GET /dashboard/payouts/runs.csv`: exports all runs as a file, newest first.

use axum::{extract::State, response::Response};
use uuid::Uuid;

use super::{
    read_store::{self, Filter},
    store::Run,
    view_model::{self, Progress},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 12] = [
    "run id", "proposed", "period", "state", "currency", "amount", "payouts", "sent", "failed", "left out", "approved",
    "ended",
];

#[derive(Default)]
struct Runs {
    after: Option<Uuid>,
}

/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(csv::export(&state.db, organization, "payout-runs", HEAD, Runs::default())?)
}

impl csv::Listing for Runs {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let filter = Filter { after: self.after, limit: ROWS_AT_ONCE, ..Filter::default() };
        let runs = read_store::list(tx, &filter).await?;
        self.after = runs.last().map(|run| run.id.uuid());
        Ok(csv::Page::new(runs.iter().map(line), ROWS_AT_ONCE))
    }
}

fn line(run: &Run) -> String {
    let (gross, payouts) = run.worth();
    let progress = Progress::of(run);
    csv::line([
        run.id.to_string().as_str(),
        &run.created_at.to_string(),
        run.period.as_deref().unwrap_or_default(),
        view_model::state(run).word,
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
