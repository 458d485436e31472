//! `/dashboard/settings/ai-assistants`: lists the connected AI assistants, with forms for owners to connect and disconnect
//! them. The response to the form shows the token, and no URL shows it again.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::id::{ApiKeyId, OrganizationId};

use super::{
    change::{self, Connected},
    form::{self, Access},
};
use crate::{
    access::{
        key_kind::KeyKind,
        member::{Choice, Member},
        session::Session,
    },
    api_key::{
        change::mode_of,
        maker::Maker,
        store::{self, Row},
    },
    audit::names::{self, Names},
    page::frame::Frame,
};
use kit::{
    access::{role::Right, scope::Scope},
    api::path::parse_id,
    error::{Error, Result},
    form::{Fields, Problems},
    page::{Html, PageError, compress, zone::When},
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/ai-assistants";
/// Of those that were disconnected; all connected ones are shown.
const ENDED_MAX: i64 = 200;

#[derive(Debug, askama::Template)]
#[template(path = "ai_assistants.html")]
struct AssistantsPage {
    frame: Frame,
    /// The address that assistants connect to.
    url: String,
    connected: Vec<AssistantView>,
    disconnected: Vec<AssistantView>,
    form: NewForm,
    fresh: Option<Fresh>,
    /// Whether the person may connect and disconnect assistants.
    governs: bool,
}

#[derive(Debug)]
struct AssistantView {
    id: String,
    name: String,
    hint: String,
    may: &'static str,
    is_connected: bool,
    made_by: String,
    made: When,
    used: Option<When>,
}

/// The form for a new assistant, with the submitted values after a mistake.
#[derive(Debug)]
struct NewForm {
    id: ApiKeyId,
    name: String,
    access: String,
    problems: Problems,
}

/// The token, which is shown only once.
#[derive(Debug)]
struct Fresh {
    name: String,
    token: String,
}

/// `GET /dashboard/settings/ai-assistants`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: Session,
    choice: Choice,
) -> std::result::Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization).await?).into_response())
}

/// `POST /dashboard/settings/ai-assistants`: connects an assistant.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for anyone but an owner, 503 if the database is unavailable. A
/// mistake in the form is shown next to its field.
pub async fn connect(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = governs(&session, &fields)?;
    let made = make(&state, &member, &fields).await;
    let mut page = load(&state, &session, member.organization).await?;
    match made {
        Ok(Connected { row, token }) => {
            page.fresh = Some(Fresh { name: row.name, token: token.bearer.expose().to_owned() });
            Ok(compress::uncompressed(page))
        }
        Err(error) if error.status().is_server_error() => Err(error.into()),
        Err(error) => {
            page.form.again(&fields, &error);
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn make(state: &AppState, member: &Member, fields: &Fields) -> Result<Connected> {
    let id = fields.text("id").parse();
    let id: ApiKeyId = id.map_err(|_| Error::field("name", "Reload this page and submit the form again."))?;
    let new = form::read(fields.text("name"), fields.text("access"))?;
    let mode = mode_of(state, member.organization).await?;
    let mut tx = state.db.tenant(member.organization).await?;
    let connected = change::connect(&mut tx, state, maker(member), id, (&new, mode)).await?;
    tx.commit().await?;
    Ok(connected)
}

/// `POST /dashboard/settings/ai-assistants/{id}/disconnect`.
///
/// # Errors
/// As [`connect`], and 404 for an unknown assistant.
pub async fn disconnect(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = governs(&session, &fields)?;
    let id: ApiKeyId = parse_id(&id)?;
    let mut tx = state.db.tenant(member.organization).await?;
    change::disconnect(&mut tx, &state, maker(&member), id).await?;
    tx.commit().await?;
    Ok(Redirect::to(&format!("{PLACE}?organization={}", member.organization)).into_response())
}

/// Returns the member who sent the form, who must be an owner.
fn governs(session: &Session, fields: &Fields) -> Result<Member> {
    session.member(Some(fields.text("organization")), Right::Govern)
}

const fn maker(member: &Member) -> Maker<'_> {
    Maker { role: member.role, actor: &member.actor }
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<AssistantsPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let mut tx = state.db.tenant(organization).await?;
    let (active, ended) = store::active_and_ended(&mut tx, KeyKind::Mcp, ENDED_MAX, state.clock.now()).await?;
    let creators = active.iter().chain(&ended).filter_map(|row| row.created_by.as_deref());
    let names = names::of(&mut tx, creators).await?;
    tx.commit().await?;
    let views = |rows: Vec<Row>| rows.into_iter().map(|row| AssistantView::of(row, &names, &frame)).collect::<Vec<_>>();
    let (connected, disconnected) = (views(active), views(ended));
    Ok(AssistantsPage {
        url: format!("{}/mcp", state.config.public_url),
        connected,
        disconnected,
        form: NewForm::empty(state.new_id()),
        fresh: None,
        governs: frame.role.may(Right::Govern),
        frame,
    })
}

impl AssistantView {
    fn of(row: Row, names: &Names, frame: &Frame) -> Self {
        let access = if row.scope == Scope::Read { Access::Read } else { Access::Change };
        Self {
            id: row.id.to_string(),
            hint: format!("{}…", row.hint),
            may: access.title(),
            is_connected: row.revoked_at.is_none(),
            made_by: row.created_by.map_or_else(|| "the system".to_owned(), |by| names::actor_name(names, &by)),
            made: frame.zone.when(row.created_at),
            used: row.last_used_at.map(|at| frame.zone.when(at)),
            name: row.name,
        }
    }
}

impl NewForm {
    fn empty(id: ApiKeyId) -> Self {
        let access = Access::Read.as_str().to_owned();
        Self { id, name: String::new(), access, problems: Problems::default() }
    }

    const fn choices() -> [Access; 2] {
        Access::ALL
    }

    fn again(&mut self, fields: &Fields, error: &Error) {
        (self.name, self.access) = (fields.raw("name").to_owned(), fields.raw("access").to_owned());
        self.problems = Problems::of_error(error);
    }
}
