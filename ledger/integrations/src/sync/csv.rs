//! `GET /dashboard/crms/{id}/syncs.csv`: exports a connection's log as CSV with the filters of the page; it is read
//! page by page, so its length doesn't matter.

use axum::{
    extract::{Path, State},
    response::Response,
};
use shared::timestamp::Timestamp;

use super::{
    dashboard::{self, ListFilters},
    read_store::{self, Filter, Row},
    resync_store, view_model,
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

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 14] = [
    "sync id",
    "set off",
    "affiliate",
    "affiliate id",
    "affiliate email",
    "task",
    "reason",
    "state",
    "code",
    "message",
    "begun",
    "ended",
    "next attempt",
    "re-sync id",
];

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let (connection, filters) = (dashboard::parse(&id)?, ListFilters::read(&mut query)?);
    let mut tx = state.db.tenant(organization).await?;
    let target = resync_store::target(&mut tx, connection).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    let filter = filters.filter(connection, ROWS_AT_ONCE);
    Ok(csv::export(&state.db, organization, &format!("syncs-{}", target.vendor), HEAD, filter)?)
}

impl csv::Listing for Filter {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = read_store::list(tx, self).await?;
        self.after = rows.last().map(|row| row.sync.id.uuid());
        Ok(csv::Page::new(rows.iter().map(line), self.limit))
    }
}

fn line(row: &Row) -> String {
    let sync = &row.sync;
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    csv::line([
        sync.id.to_string().as_str(),
        &sync.created_at.to_string(),
        &row.name,
        &sync.affiliate_id.to_string(),
        &row.email,
        &sync.task,
        view_model::reason(&sync.reason),
        view_model::state(sync).0,
        sync.code.as_deref().unwrap_or_default(),
        sync.message.as_deref().unwrap_or_default(),
        &moment(sync.started_at),
        &moment(sync.finished_at),
        &moment(sync.next_attempt_at),
        &sync.batch_id.map(|id| id.to_string()).unwrap_or_default(),
    ])
}
