//! `GET /dashboard/imports.csv`: exports the list of imports as a file, newest first.

use axum::{extract::State, response::Response};
use shared::id::{ImportId, OrganizationId};
use uuid::Uuid;

use super::{
    dashboard,
    row_store::{self, Counts},
    store::{self, Import},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
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
    Ok(csv::download("imports", csv::line(HEAD), ExportCursor { state, organization, after: None }, next)?)
}

async fn next(mut cursor: ExportCursor) -> Result<Option<(String, Option<ExportCursor>)>, sqlx::Error> {
    let mut tx = cursor.state.db.tenant(cursor.organization).await?;
    let imports = store::list(&mut tx, None, cursor.after, ROWS_AT_ONCE).await?;
    let ids: Vec<ImportId> = imports.iter().map(|import| import.id).collect();
    let counts = row_store::counts(&mut tx, &ids).await?;
    tx.commit().await?;
    cursor.after = imports.last().map(|import| import.id.uuid());
    let text = imports.iter().map(|import| line(import, counts.get(&import.id).copied().unwrap_or_default())).collect();
    Ok(csv::portion(text, (imports.len(), ROWS_AT_ONCE), cursor))
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
