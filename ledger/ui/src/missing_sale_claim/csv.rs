//! `GET /dashboard/inquiries.csv`: exports a tab of the page as CSV, without buyers' emails.

use axum::{extract::State, response::Response};

use super::{
    dashboard::ListFilters,
    store::{self, Claim, Filter},
};
use identity::access::{member::Choice, session::Session};
use kit::{
    access::role::Right,
    api::query::Query,
    db::TenantTx,
    page::{PageError, csv},
    state::AppState,
};

const ROWS_AT_ONCE: i64 = 500;
const HEAD: [&str; 10] =
    ["inquiry", "asked", "affiliate id", "affiliate", "ordered on", "bought", "order", "state", "decided", "answer"];

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let filter = ListFilters::read(&mut query)?.filter(None, ROWS_AT_ONCE);
    Ok(csv::export(&state.db, organization, "inquiries", HEAD, filter)?)
}

impl csv::Listing for Filter {
    async fn page(&mut self, tx: &mut TenantTx) -> sqlx::Result<csv::Page> {
        let rows = store::list(tx, self).await?;
        self.after = rows.last().map(|last| last.id.uuid());
        Ok(csv::Page::new(rows.iter().map(line), self.limit))
    }
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
