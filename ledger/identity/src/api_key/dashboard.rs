//! `/dashboard/settings/api-keys`: lists the organization's keys, with forms to create, rotate and revoke them.
//!
//! The response to a form shows the plaintexts, and no URL shows them again. To recognize a form that is sent twice
//! (people reload), each form names the id of the new key or the current bearer's first characters.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{ApiKeyId, OrganizationId},
    timestamp::Timestamp,
};

use super::{
    change::{self, Shown},
    form::{self, ApiKeyInput, Sent},
    maker::Maker,
    plaintext::Mode,
    store::{self, Row},
    view,
};
use crate::{
    access::{
        key_kind::KeyKind,
        member::{Choice, Member},
        session::Session,
        step_up::{self, Challenge, Given},
    },
    audit::names::{self, Names},
    page::frame::Frame,
};
use kit::{
    access::{
        role::{Right, Role},
        scope::Scope,
    },
    api::path::parse_id,
    error::{Checks, Code, Error, Result},
    form::{Fields, Problems, sentence_for},
    page::{
        Html, PageError, compress,
        zone::{When, Zone},
    },
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/api-keys";
/// Of those that ended; all active ones are shown.
const ENDED_MAX: i64 = 200;
const OVERLAPS: [(u16, &str); 5] =
    [(0, "No overlap: old ones stop now"), (1, "1 hour"), (24, "1 day"), (72, "3 days"), (168, "1 week")];

#[derive(Debug, askama::Template)]
#[template(path = "api_keys.html")]
struct KeysPage {
    frame: Frame,
    keys: Vec<KeyView>,
    ended: Vec<KeyView>,
    form: NewForm,
    fresh: Option<Fresh>,
    problem: Option<String>,
    overlaps: &'static [(u16, &'static str)],
    /// The step-up proof required to create or rotate a key that may approve payout runs.
    challenge: Challenge,
}

#[derive(Debug)]
struct KeyView {
    id: String,
    name: String,
    hint: String,
    may: String,
    /// Whether it may approve payout runs; rotating it then requires step-up authentication.
    configures: bool,
    mode: &'static str,
    state: &'static str,
    /// The status as people read it, and its CSS class.
    word: &'static str,
    tone: &'static str,
    made_by: String,
    made: When,
    used: Option<When>,
    rotated: Option<When>,
    overlap_ends: Option<When>,
    expires: Option<When>,
    /// Whether the person may see the secrets that a rotation shows, and may revoke the key.
    may_rotate: bool,
}

/// The form for a new key, with the submitted values after a mistake.
#[derive(Debug)]
struct NewForm {
    id: ApiKeyId,
    name: String,
    scope: String,
    role: String,
    mode: String,
    expires_on: String,
    roles: Vec<Role>,
    problems: Problems,
}

/// The secrets, which are shown only once.
#[derive(Debug)]
struct Fresh {
    name: String,
    rotated: bool,
    /// Whether it is a test-mode key created from the live organization, which this page doesn't list.
    elsewhere: bool,
    overlap_ends: Option<When>,
    bearer: String,
    signing_secret: String,
}

/// `GET /dashboard/settings/api-keys`.
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

/// `POST /dashboard/settings/api-keys`: creates a key.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 for a manager or viewer, 503 if the database is unavailable. A
/// mistake in the form is shown next to its field.
pub async fn create(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let challenge = Given::take(&mut fields);
    let member = configures(&session, &fields)?;
    let own = (member.organization, change::mode_of(&state, member.organization).await?);
    let made = match read_form(&fields, &member, own.1, state.clock.now()) {
        Ok((id, requested)) => match prove(&state, &session, challenge, requested.scope).await {
            Ok(()) => make(&state, &member, own, id, &requested).await,
            Err(refused) => Err(refused),
        },
        Err(error) => Err(error),
    };
    let mut page = load(&state, &session, member.organization).await?;
    match made {
        Ok(shown) => {
            let elsewhere = Mode::of_hint(&shown.row.hint) != own.1;
            page.fresh = Some(Fresh { elsewhere, ..Fresh::of(&shown, false, &page.frame.zone) });
            Ok(compress::uncompressed(page))
        }
        Err(error) if error.status().is_server_error() => Err(error.into()),
        Err(error) => {
            page.form.again(&fields, &error);
            Ok((error.status(), Html(page)).into_response())
        }
    }
}

async fn make(
    state: &AppState,
    member: &Member,
    own: (OrganizationId, Mode),
    id: ApiKeyId,
    input: &ApiKeyInput,
) -> Result<Shown> {
    let organization = change::home(state, own, input.mode, &member.actor).await?;
    let mut tx = state.db.tenant(organization).await?;
    let shown = change::make(&mut tx, state, maker(member), id, input).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(shown)
}

/// `POST /dashboard/settings/api-keys/{id}/rotate`.
pub async fn rotate(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(mut fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let challenge = Given::take(&mut fields);
    let member = configures(&session, &fields)?;
    let id: ApiKeyId = parse_id(&id)?;
    let scope = scope_of(&state, &member, id).await?;
    let rotated = match prove(&state, &session, challenge, scope).await {
        Ok(()) => rotate_once(&state, &member, id, &fields).await,
        Err(refused) => Err(refused),
    };
    let mut page = load(&state, &session, member.organization).await?;
    match rotated {
        Ok(shown) => {
            page.fresh = Some(Fresh::of(&shown, true, &page.frame.zone));
            Ok(compress::uncompressed(page))
        }
        Err(error) if error.status().is_client_error() && error.status() != StatusCode::NOT_FOUND => {
            page.problem = Some(sentence_for(&error));
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

/// Requires step-up authentication for a key that may approve payout runs, because it would otherwise bypass the proof
/// that approving in the dashboard requires.
async fn prove(state: &AppState, session: &Session, given: Given, scope: Scope) -> Result<()> {
    if scope.may(Right::Configure) { step_up::prove(state, session, given).await } else { Ok(()) }
}

async fn scope_of(state: &AppState, member: &Member, id: ApiKeyId) -> Result<Scope> {
    let mut tx = state.db.tenant(member.organization).await?;
    let row = store::read(&mut tx, KeyKind::Api, id, state.clock.now()).await?.ok_or_else(Error::not_found)?;
    tx.commit().await?;
    Ok(row.scope)
}

async fn rotate_once(state: &AppState, member: &Member, id: ApiKeyId, fields: &Fields) -> Result<Shown> {
    // Nothing is selected at first: how long a key that may have leaked goes on working is a decision.
    let overlap = fields.text("overlapHours").parse::<u16>();
    let overlap =
        overlap.map_err(|_| Error::field("overlapHours", "Choose how long the old key and secret keep working."))?;
    let overlap = form::overlap_hours(Some(overlap))?;
    let mut tx = state.db.tenant(member.organization).await?;
    let now = state.clock.now();
    store::lock(&mut tx).await?;
    let row = store::read(&mut tx, KeyKind::Api, id, now).await?.ok_or_else(Error::not_found)?;
    if fields.sent("hint").is_some_and(|hint| hint != row.hint) {
        let message = "This key was already rotated. Its new secrets were shown at that time.";
        return Err(Error::new(StatusCode::CONFLICT, Code::Rotated, message));
    }
    let shown = change::rotate(&mut tx, state, maker(member), id, overlap).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(shown)
}

/// `POST /dashboard/settings/api-keys/{id}/revoke`.
pub async fn revoke(
    State(state): State<AppState>,
    session: Session,
    Path(id): Path<String>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let member = configures(&session, &fields)?;
    let id: ApiKeyId = parse_id(&id)?;
    let mut tx = state.db.tenant(member.organization).await?;
    change::revoke(&mut tx, &state, maker(&member), id).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(Redirect::to(&format!("{PLACE}?organization={}", member.organization)).into_response())
}

/// Returns the member who sent the form, who must be an owner or admin.
fn configures(session: &Session, fields: &Fields) -> Result<Member> {
    session.member(Some(fields.text("organization")), Right::Configure)
}

const fn maker(member: &Member) -> Maker<'_> {
    Maker { role: member.role, actor: &member.actor }
}

fn read_form(fields: &Fields, member: &Member, own: Mode, now: Timestamp) -> Result<(ApiKeyId, ApiKeyInput)> {
    let text = |name: &str| fields.sent(name).filter(|text| !text.is_empty());
    let id = text("id").and_then(|id| id.parse().ok());
    let id = id.ok_or_else(|| Error::field("name", "Reload this page and submit the form again."))?;
    // The key is valid until the end of that day.
    let expires_at = text("expiresOn").map(|day| {
        let start = Timestamp::parse_rfc3339(&format!("{day}T00:00:00Z"));
        start.map(|start| start.plus_days(1)).map_err(|_| Error::field("expiresAt", "Choose a date or leave it empty."))
    });
    let mut checks = Checks::default();
    let sent = Sent {
        name: text("name").unwrap_or_default(),
        scope: text("scope"),
        role: text("role"),
        mode: text("mode"),
        expires_at: checks.value(expires_at.transpose()),
    };
    Ok((id, checks.end_with(form::read_input(&sent, member.role, own, now))?))
}

async fn load(state: &AppState, session: &Session, organization: OrganizationId) -> Result<KeysPage> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let now = state.clock.now();
    let mut tx = state.db.tenant(organization).await?;
    let (active, ended) = store::active_and_ended(&mut tx, KeyKind::Api, ENDED_MAX, now).await?;
    let creators = active.iter().chain(&ended).filter_map(|row| row.created_by.as_deref());
    let names = names::of(&mut tx, creators).await?;
    tx.commit().await?;
    let views = |rows: &[Row]| rows.iter().map(|row| KeyView::of(row, &names, &frame, now)).collect::<Vec<_>>();
    let (keys, ended) = (views(&active), views(&ended));
    let form = NewForm::empty(state.new_id(), frame.role);
    let challenge = if frame.role.may(Right::Configure) {
        step_up::challenge_for(state, session).await?
    } else {
        Challenge::Nothing
    };
    Ok(KeysPage { frame, keys, ended, form, fresh: None, problem: None, overlaps: &OVERLAPS, challenge })
}

impl KeyView {
    fn of(row: &Row, names: &Names, frame: &Frame, now: Timestamp) -> Self {
        let moments = |at| frame.zone.when(at);
        let state = view::state(row, now);
        let (word, tone) = match state {
            "active" => ("Active", "good"),
            "expired" => ("Expired", "off"),
            _ => ("Revoked", "off"),
        };
        Self {
            id: row.id.to_string(),
            name: row.name.clone(),
            hint: format!("{}…", row.hint),
            may: format!("{} ({})", row.scope.title(), row.role.title()),
            configures: row.scope.may(Right::Configure),
            mode: Mode::of_hint(&row.hint).as_str(),
            state,
            word,
            tone,
            made_by: row
                .created_by
                .as_deref()
                .map_or_else(|| "the system".to_owned(), |by| names::actor_name(names, by)),
            made: moments(row.created_at),
            used: row.last_used_at.map(moments),
            rotated: row.rotated_at.map(moments),
            overlap_ends: row.overlap_ends_at.map(moments),
            expires: row.expires_at.map(moments),
            may_rotate: frame.role.covers(row.role),
        }
    }

    /// The form in which the rotation form sends it back.
    fn bare_hint(&self) -> &str {
        self.hint.trim_end_matches('…')
    }
}

impl NewForm {
    fn empty(id: ApiKeyId, role: Role) -> Self {
        Self {
            id,
            name: String::new(),
            scope: Scope::SendConversions.as_str().to_owned(),
            role: String::new(),
            mode: Mode::Live.as_str().to_owned(),
            expires_on: String::new(),
            roles: Role::ALL.into_iter().filter(|other| role.covers(*other)).collect(),
            problems: Problems::default(),
        }
    }

    const fn scopes() -> [Scope; 5] {
        Scope::PRESETS
    }

    fn again(&mut self, fields: &Fields, error: &Error) {
        let sent = |name: &str| fields.raw(name).to_owned();
        (self.name, self.scope, self.role) = (sent("name"), sent("scope"), sent("role"));
        (self.mode, self.expires_on) = (sent("mode"), sent("expiresOn"));
        self.problems = Problems::of_error(error).at_fields(|name| match name {
            "expiresAt" => "expiresOn".to_owned(),
            other => other.to_owned(),
        });
    }
}

impl Fresh {
    fn of(shown: &Shown, rotated: bool, zone: &Zone) -> Self {
        Self {
            name: shown.row.name.clone(),
            rotated,
            elsewhere: false,
            overlap_ends: shown.row.overlap_ends_at.map(|at| zone.when(at)),
            bearer: shown.plaintext.bearer.expose().to_owned(),
            signing_secret: shown.plaintext.signing_secret.expose().to_owned(),
        }
    }
}
