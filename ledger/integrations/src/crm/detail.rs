//! `/dashboard/crms/{id}`: shows one connection with its settings and actions.

use std::time::Duration;

use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use connector::{Connector, Listing};
use shared::id::{CrmConnectionId, OrganizationId};

use super::{
    dashboard::{FAILED_DAYS, PLACE},
    fault,
    form::{ConnectForm, TagsForm, spans},
    live::parse,
    override_store::{self, Filter as OverrideFilter},
    pick,
    settings::choices,
    store::{self, Row},
    view_model::{ConnectionView, Picker, ProgramView},
};
use engine::api::store::{Filter, programs};
use identity::{
    access::{member::Choice, session::Session},
    page::frame::Frame,
};
use kit::{
    access::role::Right,
    api::query::Query,
    error::Error,
    form::Fields,
    page::{Html, PageError},
    state::AppState,
};

const PROGRAMS_MAX: i64 = 100;
/// The page waits at most this long for the vendor's lists.
const PATIENCE: Duration = Duration::from_secs(8);

#[derive(Debug, askama::Template)]
#[template(path = "crm_one.html")]
struct OnePage {
    frame: Frame,
    one: ConnectionView,
    /// As in the path of the vendor's page in the docs.
    slug: &'static str,
    notice: Option<&'static str>,
    problem: Option<String>,
    picker: Picker,
    segment_tag: bool,
    /// Each event's name, its description, and whether it is sent; empty where the vendor takes no events.
    events: Vec<(&'static str, &'static str, bool)>,
    events_word: Vec<(bool, &'static str)>,
    tags: TagsForm,
    programs: Vec<ProgramView>,
    credentials: ConnectForm,
    reconnecting: bool,
    can_list_tags: bool,
}

/// The result of an action on the page.
#[derive(Debug, Default)]
pub(super) struct Tried {
    pub(super) notice: Option<&'static str>,
    pub(super) problem: Option<String>,
    pub(super) tags: Option<TagsForm>,
    /// A program's form after an error: the program's id, the list's id, the tags and the error.
    pub(super) program: Option<(String, String, TagsForm, Option<String>)>,
    pub(super) credentials: Option<ConnectForm>,
}

/// The notice on the page after a successful form.
fn notice(done: Option<&str>) -> Option<&'static str> {
    Some(match done? {
        "connected" => "Connected.",
        "reconnected" => "Reconnected. Waiting syncs are being sent.",
        "saved" => "Saved. Applies from the next sync. Re-sync all to update existing contacts.",
        "tested" => "The credentials work.",
        "resumed" => "Syncing resumed. Waiting syncs are being sent.",
        "off" => "Syncing paused. Nothing is sent until you resume it.",
        _ => return None,
    })
}

/// `GET /dashboard/crms/{id}`.
///
/// # Errors
/// 404 for another organization's connection; 503 where the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    choice: Choice,
    mut query: Query,
) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    let tried = Tried { notice: notice(query.text("done").as_deref()), ..Tried::default() };
    let page = load(&state, &session, organization, parse(&id)?, tried).await?;
    Ok(page.into_response())
}

/// Redirects to the page, which shows a notice.
pub(super) fn done(organization: OrganizationId, id: CrmConnectionId, what: &str) -> Response {
    Redirect::to(&format!("{PLACE}/{id}?organization={organization}&done={what}")).into_response()
}

/// Shows the page again with the error.
pub(super) async fn again(
    state: &AppState,
    session: &Session,
    (organization, id): (OrganizationId, CrmConnectionId),
    (status, tried): (StatusCode, Tried),
) -> Result<Response, PageError> {
    Ok((status, load(state, session, organization, id, tried).await?).into_response())
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    id: CrmConnectionId,
    tried: Tried,
) -> Result<impl IntoResponse + use<>, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id).await?;
    let counts = store::counts(&mut tx, now.plus_days(-FAILED_DAYS)).await?;
    let filter = OverrideFilter { limit: PROGRAMS_MAX, ..OverrideFilter::default() };
    let overrides = override_store::list(&mut tx, id, &filter).await?;
    let filter = Filter { limit: PROGRAMS_MAX, ..Filter::default() };
    let all = programs(&mut tx, &filter, now).await?;
    tx.commit().await?;
    let connector = row.connector()?;
    let descriptor = connector.descriptor();
    let picker = picker(state, organization, connector, &row).await;
    let view = |program: kit::api::view::Program| {
        let kept = overrides.iter().find(|kept| kept.program == program.id);
        let own = ProgramView {
            id: program.id.to_string(),
            name: program.name,
            list: kept.and_then(|kept| kept.list.clone()),
            form: TagsForm::of(kept.map_or(&[], |kept| &kept.tags)),
            open: false,
            problem: None,
        };
        retried(own, tried.program.as_ref(), &picker)
    };
    let reconnecting = row.status == "paused" || tried.credentials.is_some();
    Ok(Html(OnePage {
        programs: all.into_iter().map(view).collect(),
        events: choices(descriptor, &row.events),
        events_word: spans(descriptor.events.unwrap_or_default()),
        notice: tried.notice,
        problem: tried.problem,
        segment_tag: row.segment_tag,
        tags: tried.tags.unwrap_or_else(|| TagsForm::of(&row.tags)),
        credentials: tried.credentials.unwrap_or_else(|| ConnectForm::new(descriptor, &row.settings, None)),
        reconnecting,
        slug: descriptor.slug,
        can_list_tags: matches!(descriptor.tags, connector::Tagging::Tags { listed: true }),
        one: ConnectionView::of(row, counts.get(&id).copied().unwrap_or_default(), &frame.zone)?,
        picker,
        frame,
    }))
}

/// Fills the program's form with what was just sent.
fn retried(
    own: ProgramView,
    sent: Option<&(String, String, TagsForm, Option<String>)>,
    picker: &Picker,
) -> ProgramView {
    let Some((_, list, form, problem)) = sent.filter(|(id, ..)| *id == own.id) else { return own };
    let shown = picker.choices.iter().find(|choice| choice.id == *list).cloned();
    let list = if list.is_empty() { None } else { shown.or_else(|| own.list.clone()) };
    ProgramView { list, form: form.clone(), problem: problem.clone(), open: true, ..own }
}

/// Loads the lists. If they can't be loaded, the rest of the page is still shown.
async fn picker(
    state: &AppState,
    organization: OrganizationId,
    connector: &'static dyn Connector,
    row: &Row,
) -> Picker {
    let descriptor = connector.descriptor();
    let word = match descriptor.lists {
        Listing::Picked { word, .. } => word,
        Listing::None(why) => return Picker { why_none: spans(why), ..Picker::default() },
    };
    let read = async {
        if row.status == "paused" {
            return Err("The connection is paused.".to_owned());
        }
        let account = store::account(state, organization, row).map_err(|error| error.body().message.clone())?;
        let lists = tokio::time::timeout(PATIENCE, pick::lists(state, organization, connector, &account)).await;
        let lists = lists.map_err(|_| format!("{} took too long to respond.", descriptor.name))?;
        lists.map_err(|fault| fault::description(descriptor, &fault))
    };
    let (choices, problem) = match read.await {
        Ok(choices) => (choices, None),
        Err(problem) => (Vec::new(), Some(problem)),
    };
    Picker { word: Some(word), why_none: Vec::new(), choices, chosen: row.list.clone(), problem }
}

/// Returns the program's id and the list's id of a form.
pub(super) fn program_of(fields: &Fields) -> (String, String) {
    (fields.raw("programId").to_owned(), fields.raw("list").to_owned())
}
