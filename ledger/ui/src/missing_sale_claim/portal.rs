//! `/a/inquiries`: an affiliate's missing-sale claims, and the brand's answers.

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::store::{self, Claim, Filter, Status};
use crate::portal::sales::pager_address;
use identity::portal::{frame::Frame, session::AffiliateSession};
use kit::{
    api::{pagination::Pagination, query::Query},
    page::{Html, PageError, address::Address, list::Pager},
    state::AppState,
    text::Texts,
};

const HERE: &str = "/a/inquiries";

#[derive(Debug, askama::Template)]
#[template(path = "missing_sale_claims_portal.html")]
struct ClaimsPage {
    t: Texts,
    frame: Frame,
    organization: String,
    rows: Vec<Row>,
    pager: Pager,
    done: bool,
}

#[derive(Debug)]
struct Row {
    /// What was ordered when, and when the claim was sent.
    submitted: String,
    bought: String,
    /// The message of its status.
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
    let t = session.t;
    let row = |row: Claim| {
        let submitted = match &row.order_id {
            Some(number) => t.say("portal-claims-ordered-number").with("number", number),
            None => t.say("portal-claims-ordered"),
        };
        let submitted =
            submitted.with("day", t.date(Timestamp::from_date_time(row.ordered_on.midnight().assume_utc())));
        let (_, tone) = row.status.label();
        Row {
            submitted: submitted.with("sent", session.zone.date_in(t, row.submitted_at)).to_string(),
            bought: row.bought,
            word: word(row.status),
            tone,
            answer: row.answer,
            decided: row.decided_at.map(|at| session.zone.date_in(t, at)),
        }
    };
    let page = pagination.page(found, |row| row.id.uuid(), row);
    let here = pager_address(Address::new(HERE), pagination.after.is_some());
    let page = ClaimsPage {
        t,
        frame: session.frame(HERE),
        pager: Pager::of_cursor(page.next_cursor.as_deref(), &here).in_language(t),
        rows: page.data,
        done,
        organization: session.organization_name,
    };
    Ok(Html(page).into_response())
}

/// The message of a claim's status.
const fn word(status: Status) -> &'static str {
    match status {
        Status::Open => "portal-claims-open",
        Status::Credited => "portal-claims-credited",
        Status::Rejected => "portal-claims-rejected",
    }
}
