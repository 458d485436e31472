//! `GET /dashboard/inquiries.csv`: a tab of the page as a file. The buyer's address is not in it.

use axum::{extract::State, response::Response};
use shared::id::OrganizationId;
use uuid::Uuid;

use super::{
    page::Asked,
    store::{self, Inquiry},
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

/// What is yet to be sent.
struct Rest {
    state: AppState,
    organization: OrganizationId,
    asked: Asked,
    after: Option<Uuid>,
}

pub async fn download(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let asked = Asked::read(&mut query)?;
    let rest = Rest { state, organization, asked, after: None };
    Ok(csv::download("inquiries", csv::line(HEAD), rest, next)?)
}

async fn next(mut rest: Rest) -> Result<Option<(String, Option<Rest>)>, sqlx::Error> {
    let mut tx = rest.state.db.tenant(rest.organization).await?;
    let rows = store::list(&mut tx, rest.organization, &rest.asked.filter(rest.after, ROWS_AT_ONCE)).await?;
    tx.commit().await?;
    rest.after = rows.last().map(|last| last.id.uuid());
    let text: String = rows.iter().map(line).collect();
    Ok(csv::portion(text, (rows.len(), ROWS_AT_ONCE), rest))
}

fn line(row: &Inquiry) -> String {
    csv::line([
        row.id.to_string().as_str(),
        &row.asked_at.to_string(),
        &row.affiliate.to_string(),
        &row.affiliate_name,
        &row.ordered_on.to_string(),
        &row.bought,
        row.order_id.as_deref().unwrap_or_default(),
        row.status.said().0,
        &row.decided_at.map(|at| at.to_string()).unwrap_or_default(),
        row.answer.as_deref().unwrap_or_default(),
    ])
}
