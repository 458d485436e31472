//! `GET /dashboard/review?review=conv_…`: one flagged conversion, with the way to the next.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{ConversionId, OrganizationId};

use super::{
    list::{PLACE, ROWS, ReviewRow},
    store,
};
use identity::{access::session::Session, page::frame::Frame};
use kit::{
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError, address::Address, flash::Flash},
    state::AppState,
};
use rules::{
    attribution::flag::Review,
    conversion::{Conversion, Outcome},
};

/// The form's `from`: its decision leads to the next conversion.
pub const FORM: &str = "one";

#[derive(Debug, askama::Template)]
#[template(path = "review_one.html")]
pub struct OnePage {
    frame: Frame,
    row: ReviewRow,
    /// "2 of 7".
    place: String,
    earlier: Option<String>,
    later: Option<String>,
    /// The conversion that opens after the decision.
    next: String,
    /// The decision whose form was refused; empty otherwise.
    refused: String,
}

impl OnePage {
    /// What is wrong with the form of this decision.
    fn wrong(&self, decision: &str) -> Option<&str> {
        self.row.problem.as_deref().filter(|_| self.refused == decision)
    }

    fn typed(&self, decision: &str) -> &str {
        if self.refused == decision { &self.row.reason } else { "" }
    }
}

/// Shows one conversion; one that is decided already is shown on its own page.
///
/// # Errors
/// 404 for what is no conversion; 503 if the database is unavailable.
pub async fn show(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: &str,
) -> std::result::Result<Response, PageError> {
    let id: ConversionId = id.parse().map_err(|_| Error::not_found())?;
    Ok(match load(state, session, organization, id).await? {
        Some(page) => Html(page).into_response(),
        None => elsewhere(organization, id),
    })
}

/// Shows a form without a valid reason again.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn again(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: ConversionId,
    fields: &Fields,
) -> Result<Response> {
    let Some(mut page) = load(state, session, organization, id).await? else {
        return Ok(elsewhere(organization, id));
    };
    page.row.refuse(fields.raw("reason"));
    fields.text("decision").clone_into(&mut page.refused);
    Ok((StatusCode::BAD_REQUEST, Html(page)).into_response())
}

/// Where a decision leads: to the next conversion, if it still waits, or else to the queue.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn after(state: &AppState, organization: OrganizationId, next: &str) -> Result<String> {
    let next: Option<ConversionId> = next.parse().ok();
    let mut tx = state.db.tenant(organization).await?;
    let queue = store::queue(&mut tx, None, ROWS).await?;
    tx.commit().await?;
    let next = next.filter(|next| queue.iter().any(|row| row.id == *next));
    Ok(Address::of(PLACE, organization).maybe("review", next).to_string())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: ConversionId,
) -> Result<Option<OnePage>> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let mut rows = store::queue(&mut tx, None, ROWS + 1).await?;
    tx.commit().await?;
    let Some(index) = rows.iter().position(|row| row.id == id) else { return Ok(None) };
    let at = |index: Option<usize>| index.and_then(|index| rows.get(index)).map(|row| row.id);
    let (earlier, later) = (at(index.checked_sub(1)), at(index.checked_add(1)));
    let most = usize::try_from(ROWS).unwrap_or(usize::MAX);
    let count = if rows.len() > most { format!("{most}+") } else { rows.len().to_string() };
    let href = |id: ConversionId| Address::of(PLACE, organization).with("review", id).to_string();
    let row = rows.swap_remove(index);
    Ok(Some(OnePage {
        row: ReviewRow::of(row, &frame.zone),
        place: format!("{} of {count}", index.saturating_add(1)),
        earlier: earlier.map(href),
        later: later.map(href),
        next: later.or(earlier).map(|id| id.to_string()).unwrap_or_default(),
        refused: String::new(),
        frame,
    }))
}

fn elsewhere(organization: OrganizationId, id: ConversionId) -> Response {
    Redirect::to(&page_of(organization, id)).into_response()
}

/// Leads to the page of a conversion that doesn't wait anymore, and says that nothing was changed.
pub fn passed(organization: OrganizationId, one: &Conversion) -> Response {
    let text = format!("Nothing was changed: {} is {}", one.external_id, why_passed(&one.outcome));
    Flash::failed(text).redirect(&page_of(organization, one.id))
}

/// Why a conversion doesn't wait anymore.
pub const fn why_passed(outcome: &Outcome) -> &'static str {
    match outcome.review {
        Some(Review::Approved) => "already approved",
        Some(Review::Denied) => "already denied",
        None => "no longer flagged",
    }
}

fn page_of(organization: OrganizationId, id: ConversionId) -> String {
    Address::of(format!("/dashboard/conversions/{id}"), organization).to_string()
}
