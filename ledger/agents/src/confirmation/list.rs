//! `/dashboard/confirm`: what assistants requested and waits for a person.

use std::sync::Arc;

use axum::{
    Extension,
    extract::State,
    response::{IntoResponse, Response},
};

use super::{dashboard::PLACE, store, view};
use crate::server::Server;
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    page::{Html, PageError, address::Address, zone::When},
    state::AppState,
};

const LISTED_MAX: i64 = 200;

#[derive(Debug, askama::Template)]
#[template(path = "agent_confirmations.html")]
struct ListPage {
    frame: Frame,
    waiting: Vec<WaitingView>,
}

#[derive(Debug)]
struct WaitingView {
    href: String,
    title: &'static str,
    assistant: String,
    requested: When,
    expires: When,
}

/// `GET /dashboard/confirm`.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a viewer, 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Extension(server): Extension<Arc<Server>>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::Operate)?;
    let frame = Frame::load(&state, &session, member.organization, view::PLACE).await?;
    let catalog = server.catalog().await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let mut waiting = Vec::new();
    for row in store::waiting(&mut tx, LISTED_MAX, state.clock.now()).await? {
        let Some(tool) = catalog.named(&row.tool) else { continue };
        waiting.push(WaitingView {
            href: Address::of(format!("{PLACE}/{}", row.id), member.organization).to_string(),
            title: tool.entry.title,
            assistant: view::assistant(&mut tx, &row.requested_by, row.via.as_deref()).await?,
            requested: frame.zone.when(row.created_at),
            expires: frame.zone.when(row.expires_at),
        });
    }
    tx.commit().await?;
    Ok(Html(ListPage { frame, waiting }).into_response())
}
