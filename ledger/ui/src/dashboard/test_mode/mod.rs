//! `/dashboard/test-mode`: a separate tenant in which nothing is real.
//!
//! When someone opens it for the first time, it gets a copy of their own set-up ([`copy`]) and one sample affiliate, so that
//! a test sale ([`sale`]) takes a click. [`sample`] data fills the pages, and [`actions::reset`] deletes it.

pub mod actions;
mod copy;
mod copy_store;
mod host;
pub mod sale;
pub mod sample;
mod sample_events;
mod store;

use axum::{
    extract::State,
    response::{IntoResponse, Response},
};

use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    page::{Html, PageError},
    state::AppState,
};

const PLACE: &str = "/dashboard/test-mode";

#[derive(Debug, askama::Template)]
#[template(path = "test_mode.html")]
struct TestModePage {
    frame: Frame,
    notice: Option<&'static str>,
    /// Whether there is a program, without which nothing can be tried out.
    has_program: bool,
}

/// `GET /dashboard/test-mode`: explains test mode, and what can be done in it.
///
/// # Errors
/// 404 for what isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let notice = query.text("done").and_then(|done| notice(&done));
    let frame = Frame::load(&state, &session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let has_program = store::has_program(&mut tx).await?;
    tx.commit().await?;
    Ok(Html(TestModePage { frame, notice, has_program }).into_response())
}

fn notice(done: &str) -> Option<&'static str> {
    (done == "reset").then_some("Test mode starts over with a fresh copy of your programs.")
}
