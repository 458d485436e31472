//! `/a/inquiries`: an affiliate's missing-sale claims, and the brand's answers.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use uuid::Uuid;

use super::store::{self, Claim, Filter};
use crate::portal::sales::pager_address;
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::{pagination::Pagination, query::Query},
    page::{Html, PageError, address::Address, list::Pager},
    state::AppState,
};

const HERE: &str = "/a/inquiries";

#[derive(Debug, askama::Template)]
#[template(path = "missing_sale_claims_portal.html")]
struct ClaimsPage {
    frame: Frame,
    organization: String,
    rows: Vec<Row>,
    pager: Pager,
    done: bool,
}

#[derive(Debug)]
struct Row {
    submitted: String,
    ordered_on: String,
    bought: String,
    order_id: Option<String>,
    word: &'static str,
    tone: &'static str,
    answer: Option<String>,
    decided: Option<String>,
}

/// `GET /a/inquiries`: shows the list.
///
/// # Errors
/// 400 for a cursor of another list; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: AffiliateSession,
    mut query: Query,
) -> Result<Response, PageError> {
    let done = query.text("done").as_deref() == Some("asked");
    let pagination: Pagination<Uuid> = query.page()?;
    query.finish()?;
    let filter = Filter {
        affiliate: Some(session.affiliate),
        after: pagination.after,
        limit: pagination.limit(),
        ..Filter::default()
    };
    let mut tx = state.db.tenant(session.organization).await?;
    let found = store::list(&mut tx, &filter).await?;
    tx.commit().await?;
    let row = |row: Claim| {
        let (word, tone) = row.status.label();
        Row {
            submitted: session.zone.date(row.submitted_at),
            ordered_on: row.ordered_on.to_string(),
            bought: row.bought,
            order_id: row.order_id,
            word,
            tone,
            answer: row.answer,
            decided: row.decided_at.map(|at| session.zone.date(at)),
        }
    };
    let page = pagination.page(found, |row| row.id.uuid(), row);
    let here = pager_address(Address::new(HERE), pagination.after.is_some());
    let page = ClaimsPage {
        frame: session.frame(HERE),
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
        rows: page.data,
        done,
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}
