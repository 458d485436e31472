//! `/a/network/applications` and `/a/network/invitations`: a creator's contacts with all brands.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::id::NetworkContactId;

use super::{
    creator_store::{self, Own},
    message_store, respond,
    store::{self, Message},
    thread,
};
use crate::creator::{frame::Frame, session::CreatorSession};
use identity::access::caller::Caller;
use kit::{
    api::query::Query,
    db::Holder,
    error::{Error, Result},
    form::Fields,
    page::{Html, PageError},
    state::AppState,
    text::Texts,
};

const APPLICATIONS: &str = "/a/network/applications";
const INVITATIONS: &str = "/a/network/invitations";

#[derive(Debug, askama::Template)]
#[template(path = "contact_list.html")]
struct ListPage {
    t: Texts,
    frame: Frame,
    /// Whether these are invitations that wait for an answer, or else everything that the creator answered or began.
    is_invitations: bool,
    rows: Vec<Own>,
    done: Option<&'static str>,
    problem: Option<String>,
    /// Whether there may be applications to programs of other installations.
    federates: bool,
}

#[derive(Debug, askama::Template)]
#[template(path = "contact_thread.html")]
struct ThreadPage {
    t: Texts,
    frame: Frame,
    contact: Own,
    messages: Vec<Message>,
    /// Whether one of the contacts with the brand is open, not necessarily this one.
    may_write: bool,
    done: Option<&'static str>,
    problem: Option<String>,
    typed: Typed,
}

/// The texts of the forms that were refused.
#[derive(Debug, Default)]
struct Typed {
    message: String,
    reason: String,
}

async fn own(state: &AppState, session: &CreatorSession) -> Result<Vec<Own>> {
    let mut tx = state.db.global(Holder::Creator(session.creator)).await?;
    let brands = creator_store::brands(&mut tx, session.creator).await?;
    tx.commit().await?;
    if brands.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = state.db.tenants(brands).await?;
    let rows = creator_store::list(&mut tx, session.creator, state.clock.now()).await?;
    tx.commit().await?;
    Ok(rows)
}

async fn list(
    state: &AppState,
    session: &CreatorSession,
    is_invitations: bool,
    (done, problem): (Option<&'static str>, Option<String>),
) -> Result<Response> {
    let mut rows = own(state, session).await?;
    rows.retain(|row| (row.status == "Invited") == is_invitations);
    let place = if is_invitations { INVITATIONS } else { APPLICATIONS };
    let federates = state.config.network.federation;
    Ok(Html(ListPage { t: session.t, frame: session.frame(place), is_invitations, rows, done, problem, federates })
        .into_response())
}

fn done(query: &mut Query) -> Option<&'static str> {
    match query.text("done").as_deref() {
        Some("applied") => Some("contact-done-applied"),
        Some("ended") => Some("contact-done-ended"),
        Some("muted") => Some("contact-done-muted"),
        Some("stopped") => Some("contact-done-stopped"),
        Some("sent") => Some("contact-done-sent"),
        Some("reported") => Some("contact-done-reported"),
        _ => None,
    }
}

/// `GET /a/network/applications`.
pub async fn applications(
    State(state): State<AppState>,
    session: CreatorSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    Ok(list(&state, &session, false, (done(&mut query), None)).await?)
}

/// `GET /a/network/invitations`.
pub async fn invitations(
    State(state): State<AppState>,
    session: CreatorSession,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    Ok(list(&state, &session, true, (done(&mut query), None)).await?)
}

/// `POST /a/network/contacts/{id}/{what}`: `decline`, `withdraw`, `mute`, `message` or `report`.
///
/// # Errors
/// 404 for a contact that isn't the creator's, or anything else.
pub async fn act(
    State(state): State<AppState>,
    session: CreatorSession,
    caller: Caller,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let id: NetworkContactId = id.parse().map_err(|_| Error::not_found())?;
    let thread = format!("/a/network/contacts/{id}");
    let (outcome, back) = match what.as_str() {
        "decline" => (respond::end(&state, &session, &caller, id).await, format!("{INVITATIONS}?done=ended")),
        "withdraw" => (respond::end(&state, &session, &caller, id).await, format!("{APPLICATIONS}?done=ended")),
        "mute" => (respond::mute(&state, &session, &caller, id).await, format!("{INVITATIONS}?done=muted")),
        "message" => {
            let sent = respond::write(&state, &session, &caller, (id, fields.raw("message"))).await;
            (sent, format!("{thread}?done=sent"))
        }
        "report" => {
            let sent = respond::report(&state, &session, &caller, (id, fields.raw("reason"))).await;
            (sent, format!("{thread}?done=reported"))
        }
        _ => return Err(Error::not_found().into()),
    };
    match outcome {
        Ok(()) => Ok(Redirect::to(&back).into_response()),
        Err(error) if kit::form::is_mistake(&error) || error.status() == StatusCode::TOO_MANY_REQUESTS => {
            let problem = Some(kit::form::message_for(&error));
            let status = error.status();
            let page = match what.as_str() {
                "message" | "report" => {
                    let typed = |name: &str| fields.raw(name).to_owned();
                    let typed = Typed { message: typed("message"), reason: typed("reason") };
                    show_thread(&state, &session, id, (None, problem, typed)).await?
                }
                _ => list(&state, &session, what == "decline", (None, problem)).await?,
            };
            Ok((status, page).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// `POST /a/network/invitations/stop`: no brand sees the creator any more.
pub async fn stop(State(state): State<AppState>, session: CreatorSession) -> std::result::Result<Response, PageError> {
    respond::stop_all(&state, &session).await?;
    Ok(Redirect::to(&format!("{INVITATIONS}?done=stopped")).into_response())
}

/// `GET /a/network/contacts/{id}`: the thread with a brand.
///
/// # Errors
/// 404 for a contact that isn't the creator's.
pub async fn thread(
    State(state): State<AppState>,
    session: CreatorSession,
    Path(id): Path<String>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let id = id.parse().map_err(|_| Error::not_found())?;
    Ok(show_thread(&state, &session, id, (done(&mut query), None, Typed::default())).await?)
}

async fn show_thread(
    state: &AppState,
    session: &CreatorSession,
    id: NetworkContactId,
    (done, problem, typed): (Option<&'static str>, Option<String>, Typed),
) -> Result<Response> {
    let own = own(state, session).await?;
    let contact = own.iter().find(|row| row.id == id).cloned().ok_or_else(Error::not_found)?;
    let may_write = own.iter().any(|row| row.organization == contact.organization && thread::is_writable(&row.status));
    let mut tx = state.db.tenant(contact.organization).await?;
    let messages = store::messages(&mut tx, session.creator).await?;
    message_store::read(&mut tx, session.creator, true, state.clock.now()).await?;
    tx.commit().await?;
    let frame = session.frame(APPLICATIONS);
    let t = session.t;
    Ok(Html(ThreadPage { t, frame, contact, messages, may_write, done, problem, typed }).into_response())
}
