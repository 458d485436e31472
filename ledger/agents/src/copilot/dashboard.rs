//! `/dashboard/copilot`: a person's conversations with the co-pilot, and one conversation with its cards.

use std::{sync::Arc, time::Duration};

use axum::{
    Extension, Form,
    extract::{Path, State},
    http::{
        HeaderMap, HeaderName, HeaderValue,
        header::{ACCEPT, CACHE_CONTROL},
        request::Parts,
    },
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{AgentConfirmationId, CopilotConversationId},
    timestamp::Timestamp,
};
use sqlx::types::Uuid;
use tokio::{
    sync::{OwnedSemaphorePermit, mpsc},
    time::timeout,
};

use super::{
    connection,
    context::{Context, Copilot, Head},
    conversation,
    export::{self, Exported},
    lease::Lease,
    live, run, sealed, store,
    toolset::Set,
    view::{self, ThreadPart},
};
use identity::{
    access::{
        member::{Choice, Member},
        session::Session,
    },
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::{pagination::Pagination, path::parse_id, query::Query},
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, address::Address, flash::Flash, list::Pager, zone::When},
    state::AppState,
};

pub const PLACE: &str = "/dashboard/copilot";
/// Pages from which the co-pilot is opened, and what it is offered there first.
const SETS: [(&str, Set); 3] = [("payouts", Set::Money), ("affiliates", Set::People), ("conversions", Set::Figures)];
/// How long a form waits for the whole answer. No request may take longer than half a minute.
pub(super) const FORM_WITHIN: Duration = Duration::from_secs(20);
/// What people may ask it, on an empty page.
const EXAMPLES: [&str; 4] = [
    "Which affiliates brought the most revenue this month, and which ones dropped off?",
    "How was the last commission calculated?",
    "Who can be paid now, and who can\u{2019}t?",
    "Which applications are waiting?",
];

#[derive(Debug, askama::Template)]
#[template(path = "copilot.html")]
struct ListPage {
    frame: Frame,
    conversations: Vec<Listed>,
    pager: Pager,
    typed: String,
    set: &'static str,
    problems: Problems,
    /// Where messages go.
    host: String,
    model: String,
    kept_days: i32,
}

#[derive(Debug)]
struct Listed {
    id: CopilotConversationId,
    title: String,
    at: When,
}

#[derive(Debug, askama::Template)]
#[template(path = "copilot_one.html")]
pub(super) struct OnePage {
    frame: Frame,
    thread: ThreadPart,
    typed: String,
    problems: Problems,
}

impl OnePage {
    /// Says at a card why nothing happened.
    pub(super) fn set_problem(&mut self, action: AgentConfirmationId, words: String) {
        self.thread.problem = Some((action, words));
    }
}

impl ListPage {
    const fn examples() -> [&'static str; 4] {
        EXAMPLES
    }
}

/// A request of a signed-in person to their co-pilot.
pub(super) struct Visit {
    pub(super) context: Context,
    pub(super) session: Session,
    pub(super) frame: Frame,
}

impl Visit {
    /// # Errors
    /// 404 if the organization isn't the person's or has no model; 402 if its plan doesn't include the co-pilot.
    pub(super) async fn begin(
        (state, copilot): (&AppState, &Arc<Copilot>),
        session: Session,
        member: Member,
        parts: Parts,
    ) -> Result<Self> {
        let mut tx = state.db.tenant(member.organization).await?;
        let connection = connection::find(&mut tx, state).await?.ok_or_else(Error::not_found)?;
        tx.commit().await?;
        let frame = Frame::load(state, &session, member.organization, PLACE).await?;
        let (state, copilot, test_mode) = (state.clone(), Arc::clone(copilot), frame.test_mode);
        Ok(Self { context: Context { state, copilot, member, parts, connection, test_mode }, session, frame })
    }

    /// `per_page` and `cursor` say which of the conversations.
    async fn list(
        self,
        (per_page, cursor): (Option<&str>, Option<&str>),
        (typed, set): (&str, Set),
        problems: Problems,
    ) -> Result<ListPage> {
        let Context { state, member, connection, .. } = &self.context;
        let pagination: Pagination<(Timestamp, Uuid)> = Pagination::read(per_page, cursor)?;
        let here = Address::of(PLACE, member.organization).maybe("perPage", per_page).maybe("cursor", cursor);
        let mut tx = state.db.tenant(member.organization).await?;
        let rows = store::list(&mut tx, member.user, (pagination.after, pagination.limit())).await?;
        let kept_days = store::kept_days(&mut tx).await?;
        tx.commit().await?;
        let page = pagination.page(rows, |row| (row.changed_at, row.id), |row| row);
        let conversations = page.data.into_iter().map(|row| {
            let at = (sealed::CONVERSATIONS, sealed::TITLE, row.id);
            let title = sealed::open(&state.config.keys, member.organization, at, &row.sealed_title)?;
            Ok(Listed { id: CopilotConversationId::new(row.id), title, at: self.frame.zone.when(row.changed_at) })
        });
        Ok(ListPage {
            conversations: conversations.collect::<Result<_>>()?,
            pager: Pager::of_cursor(page.next_cursor.as_deref(), &here),
            typed: typed.to_owned(),
            set: set.as_str(),
            problems,
            host: connection.host(),
            model: connection.model.clone(),
            kept_days,
            frame: self.frame,
        })
    }

    pub(super) async fn thread(&self, id: CopilotConversationId) -> Result<ThreadPart> {
        view::load(&self.context, &self.session, id, &self.frame.zone).await
    }

    pub(super) async fn one(self, id: CopilotConversationId, typed: &str, problems: Problems) -> Result<OnePage> {
        let thread = self.thread(id).await?;
        Ok(OnePage { frame: self.frame, thread, typed: typed.to_owned(), problems })
    }

    pub(super) fn page(&self, id: CopilotConversationId) -> String {
        format!("{PLACE}/{id}?organization={}", self.context.member.organization)
    }
}

/// `GET /dashboard/copilot`.
///
/// # Errors
/// As [`Visit::begin`]; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    choice: Choice,
    query: Query,
    Head(parts): Head,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::View)?;
    let set = SETS.iter().find(|(page, _)| query.peek("from") == Some(*page)).map_or(Set::Figures, |(_, set)| *set);
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let part = (query.peek("perPage"), query.peek("cursor"));
    Ok(Html(visit.list(part, ("", set), Problems::default()).await?).into_response())
}

/// `POST /dashboard/copilot`: begins a conversation with `message`.
///
/// # Errors
/// As [`show`]. A mistake is shown beside its field.
pub async fn begin(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    headers: HeaderMap,
    Head(parts): Head,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let set = Set::parse(fields.text("set")).unwrap_or(Set::Figures);
    let text = match conversation::checked(fields.raw("message")) {
        Ok(text) => text,
        Err(error) if streams(&headers) => return Ok(error.into_response()),
        Err(error) => {
            let page = visit.list((None, None), (fields.raw("message"), set), Problems::of_error(&error)).await?;
            return Ok((error.status(), Html(page)).into_response());
        }
    };
    let id = conversation::begin(&visit.context, text, set).await?;
    match start(&visit, id, text).await {
        Ok(started) => Ok(answer(visit, started, &headers).await),
        Err(error) => {
            wipe(&visit, Some(id)).await?;
            if streams(&headers) || error.status().is_server_error() {
                return if streams(&headers) { Ok(error.into_response()) } else { Err(error.into()) };
            }
            let page = visit.list((None, None), (text, set), Problems::of_error(&error)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

/// `GET /dashboard/copilot/{id}`.
///
/// # Errors
/// As [`show`], and 404 for a conversation that isn't the person's.
pub async fn open(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    choice: Choice,
    Path(id): Path<String>,
    Head(parts): Head,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let page = visit.one(parse_id(&id)?, "", Problems::default()).await?;
    let is_busy = page.thread.is_busy;
    Ok(kit::page::watched(page, is_busy))
}

/// `POST /dashboard/copilot/{id}`: continues it with `message`. With `Accept: text/event-stream`, the answer comes as it is
/// written; otherwise the page with the whole answer follows.
///
/// # Errors
/// As [`open`]. What is wrong with the message is shown beside its field.
pub async fn send(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Path(id): Path<String>,
    headers: HeaderMap,
    Head(parts): Head,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let id = parse_id(&id)?;
    // Whose it is comes before what is wrong with the message.
    conversation::load(&visit.context, id).await?;
    let started = match conversation::checked(fields.raw("message")) {
        Ok(text) => start(&visit, id, text).await,
        Err(error) => Err(error),
    };
    match started {
        Ok(started) => Ok(answer(visit, started, &headers).await),
        Err(error) => refused(visit, id, fields.raw("message"), &headers, error).await,
    }
}

async fn refused(
    visit: Visit,
    id: CopilotConversationId,
    typed: &str,
    headers: &HeaderMap,
    error: Error,
) -> std::result::Result<Response, PageError> {
    if streams(headers) || error.status().is_server_error() {
        return if streams(headers) { Ok(error.into_response()) } else { Err(error.into()) };
    }
    let page = visit.one(id, typed, Problems::of_error(&error)).await?;
    Ok((error.status(), Html(page)).into_response())
}

/// Whether a script asks, which shows the answer as it is written.
fn streams(headers: &HeaderMap) -> bool {
    headers.get(ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/event-stream"))
}

/// Takes the conversation for an answer to this message.
async fn start(visit: &Visit, id: CopilotConversationId, text: &str) -> Result<(Lease, OwnedSemaphorePermit)> {
    let permit = Arc::clone(&visit.context.copilot.running).try_acquire_owned();
    let permit = permit.map_err(|error| Error::unavailable(error).retry_after(10))?;
    let lease = conversation::take(&visit.context, id, text).await?;
    Ok((lease, permit))
}

async fn answer(visit: Visit, (lease, permit): (Lease, OwnedSemaphorePermit), headers: &HeaderMap) -> Response {
    let (sender, mut receiver) = mpsc::unbounded_channel();
    let (context, id) = (visit.context.clone(), lease.conversation);
    tokio::spawn(async move {
        run::answer(context, lease, sender).await;
        drop(permit);
    });
    if streams(headers) {
        let mut response = live::stream(visit, id, receiver);
        let no = HeaderValue::from_static("no");
        response.headers_mut().insert(HeaderName::from_static("x-accel-buffering"), no);
        response.headers_mut().insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        return response;
    }
    // Dropping the receiver, when the browser leaves, ends the answer.
    let over = async { while receiver.recv().await.is_some() {} };
    if timeout(FORM_WITHIN, over).await.is_err() {
        // The page that follows reloads until the answer is there.
        tokio::spawn(async move { while receiver.recv().await.is_some() {} });
    }
    Redirect::to(&format!("{}#end", visit.page(id))).into_response()
}

/// `POST /dashboard/copilot/{id}/delete`.
///
/// # Errors
/// As [`open`].
pub async fn delete(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Path(id): Path<String>,
    Head(parts): Head,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let deleted = wipe(&visit, Some(parse_id(&id)?)).await?;
    if deleted == 0 {
        return Err(Error::not_found().into());
    }
    Ok(Flash::done("Conversation deleted").redirect(&home(&visit)))
}

/// `POST /dashboard/copilot/delete-all`: deletes all of the person's conversations.
///
/// # Errors
/// As [`show`].
pub async fn delete_all(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    Head(parts): Head,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let deleted = wipe(&visit, None).await?;
    let noun = if deleted == 1 { "conversation" } else { "conversations" };
    Ok(Flash::done(format!("{deleted} {noun} deleted")).redirect(&home(&visit)))
}

async fn wipe(visit: &Visit, only: Option<CopilotConversationId>) -> Result<u64> {
    let Context { state, member, .. } = &visit.context;
    let mut tx = state.db.tenant(member.organization).await?;
    let deleted = store::delete(&mut tx, member.user, only).await?;
    tx.commit().await?;
    Ok(deleted)
}

fn home(visit: &Visit) -> String {
    format!("{PLACE}?organization={}", visit.context.member.organization)
}

/// `GET /dashboard/copilot/export`: all of the person's conversations as JSON.
///
/// # Errors
/// As [`show`].
pub async fn download(
    State(state): State<AppState>,
    Extension(copilot): Extension<Arc<Copilot>>,
    session: Session,
    choice: Choice,
    Head(parts): Head,
) -> std::result::Result<Response, PageError> {
    let member = session.member(choice.named(), Right::View)?;
    let visit = Visit::begin((&state, &copilot), session, member, parts).await?;
    let kept: Vec<Exported> = export::all(&visit.context).await?;
    Ok((export::headers(), axum::Json(kept)).into_response())
}
