//! `GET /dashboard/imports.csv`: exports the list of imports as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::ImportId;
use uuid::Uuid;

use super::{
    dashboard,
    row_store::{self, Counts},
    store::{self, Import},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 200;
const HEAD: [&str; 12] = [
    "import id",
    "made",
    "from",
    "what",
    "program",
    "state",
    "rows",
    "new",
    "updated",
    "unchanged",
    "refused",
    "ended",
];

#[derive(Default)]
struct Imports {
    after: Option<Uuid>,
}

/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn download(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(csv::export(&state.db, organization, "imports", HEAD, Imports::default())?)
}

impl csv::Listing for Imports {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let imports = store::list(tx, None, self.after, ROWS_AT_ONCE).await?;
        let ids: Vec<ImportId> = imports.iter().map(|import| import.id).collect();
        let counts = row_store::counts(tx, &ids).await?;
        self.after = imports.last().map(|import| import.id.uuid());
        let lines = imports.iter().map(|import| line(import, counts.get(&import.id).copied().unwrap_or_default()));
        Ok(csv::Page::new(lines, ROWS_AT_ONCE))
    }
}

fn line(import: &Import, counts: Counts) -> String {
    csv::line([
        import.id.to_string().as_str(),
        &import.created_at.to_string(),
        import.source.place(),
        dashboard::kind_words(import.kind),
        &import.program_name,
        dashboard::state_words(import.state).0,
        &import.rows.to_string(),
        &counts.new.to_string(),
        &counts.updated.to_string(),
        &counts.unchanged.to_string(),
        &counts.refused.to_string(),
        &import.finished_at.map(|at| at.to_string()).unwrap_or_default(),
    ])
}
