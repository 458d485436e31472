//! `GET /dashboard/imports/{id}/report.csv`: the outcome of each row of an import, as a file.

use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::id::ImportId;

use super::{
    decide::Outcome,
    detail::named,
    row_store::{self, Reported},
    store,
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    error::Error,
    page::{PageError, csv},
    state::AppState,
};

const FILE_ROWS: i64 = 1_000;

/// The lines of the report.
struct Report {
    import: ImportId,
    outcome: Option<Outcome>,
    after: i32,
}

/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn report(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let id = named(&id)?;
    let outcome = query.one_of("outcome", &["New", "Updated", "Unchanged", "Refused"])?.and_then(Outcome::parse);
    let mut tx = state.db.tenant(organization).await?;
    let import = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let fixed = ["line", "outcome", "reason", "message"];
    let head = fixed.into_iter().chain(import.head.iter().map(String::as_str));
    let report = Report { import: id, outcome, after: 0 };
    Ok(csv::export(&state.db, organization, &format!("import-{id}"), head, report)?)
}

impl csv::Listing for Report {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = row_store::report(tx, self.import, self.outcome, self.after, FILE_ROWS).await?;
        self.after = rows.last().map_or(self.after, |row| row.line);
        Ok(csv::Page::new(rows.iter().map(report_line), FILE_ROWS))
    }
}

fn report_line(row: &Reported) -> String {
    let line = row.line.to_string();
    let fixed = [
        line.as_str(),
        row.outcome.as_str(),
        row.reason.as_deref().unwrap_or_default(),
        row.message.as_deref().unwrap_or_default(),
    ];
    csv::line(fixed.into_iter().chain(row.cells.iter().flatten().map(String::as_str)))
}
