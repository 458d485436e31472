//! `/dashboard/settings/team`: lists members and invitations, and lets owners manage them.

use axum::{
    Form,
    extract::{Path, State},
    response::{IntoResponse, Redirect, Response},
};
use shared::{
    id::{ApiKeyId, InvitationId, OrganizationId, UserId},
    seal::Secret,
};

use super::{
    change,
    invitation_store::{self, Invitation, Stage},
    invite,
    store::{self, MemberRow},
};
use crate::{
    access::{
        member::{Choice, Member},
        reauthenticate,
        session::Session,
        step_up::{self, Challenge},
    },
    api_key::{
        people::{self, Holders, Origins},
        store::Row,
    },
    page::frame::Frame,
};
use kit::{
    access::role::{Right, Role},
    api::text,
    db::TenantTx,
    error::{Checks, Error},
    form::{Fields, Problems},
    page::{Html, PageError, zone::Zone},
    state::AppState,
};

const PLACE: &str = "/dashboard/settings/team";
const ROWS: i64 = 200;

#[derive(Debug, askama::Template)]
#[template(path = "team.html")]
struct TeamPage {
    frame: Frame,
    user: UserId,
    members: Vec<MemberText>,
    invitations: Vec<InvitationText>,
    roles: [Role; 4],
    /// What was typed into the invitation form.
    email: String,
    role: String,
    /// Whether the organization requires two-step sign-in of everyone.
    two_steps: bool,
    /// The step-up proof required to change that.
    challenge: Challenge,
    problems: Problems,
}

#[derive(Debug)]
struct MemberText {
    id: UserId,
    /// Empty if they gave none.
    name: String,
    email: String,
    role: Role,
    joined: String,
    /// The active API keys whose secret they saw.
    keys: Vec<KeyText>,
}

#[derive(Debug)]
struct KeyText {
    id: ApiKeyId,
    name: String,
    hint: String,
    last_used: String,
}

#[derive(Debug)]
struct InvitationText {
    id: InvitationId,
    email: String,
    role: &'static str,
    expired: bool,
    until: String,
}

impl TeamPage {
    /// Returns an error that belongs to no field of the page.
    fn other_problem(&self) -> Option<&str> {
        self.problems.elsewhere(&["email", "role", "userId", "password", "twoSteps"])
    }
}

/// `GET /dashboard/settings/team`.
///
/// # Errors
/// 404 for an organization that isn't the person's; 503 if the database is unavailable.
pub async fn show(State(state): State<AppState>, session: Session, choice: Choice) -> Result<Response, PageError> {
    let organization = session.member(choice.named(), Right::View)?.organization;
    Ok(Html(load(&state, &session, organization, &Fields::default(), Problems::default()).await?).into_response())
}

/// `POST /dashboard/settings/team/invite`.
///
/// # Errors
/// 404 for an organization that isn't the person's, 403 if they aren't an owner. A mistake in the form is shown next to
/// its field.
pub async fn invite(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = owner(&session, &fields)?;
    let done = async {
        let mut checks = Checks::default();
        let email = checks.value(text::email("email", fields.raw("email")));
        let role = checks.end_with(invite::role(fields.raw("role")))?;
        let mut tx = state.db.tenant(member.organization).await?;
        invite::invite(&mut tx, &state, &member.actor, &email, role).await?;
        Ok(tx.commit().await?)
    };
    let done = done.await;
    back(&state, &session, &member, &fields, done).await
}

/// `POST /dashboard/settings/team/invitations/{id}/{what}`: `resend` or `cancel`.
///
/// # Errors
/// As [`invite`], and 404 if the invitation doesn't exist.
pub async fn invitation(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = owner(&session, &fields)?;
    let id: InvitationId = id.parse().map_err(|_| Error::not_found())?;
    let done = async {
        let mut tx = state.db.tenant(member.organization).await?;
        match what.as_str() {
            "resend" => drop(invite::resend(&mut tx, &state, &member.actor, id).await?),
            "cancel" => invite::cancel(&mut tx, &member.actor, id, state.clock.now()).await?,
            _ => return Err(Error::not_found()),
        }
        Ok(tx.commit().await?)
    };
    let done = done.await;
    back(&state, &session, &member, &fields, done).await
}

/// `POST /dashboard/settings/team/members/{id}/{what}`: `role` or `remove`.
///
/// # Errors
/// As [`invite`], and 404 if the person isn't a member.
pub async fn member(
    State(state): State<AppState>,
    session: Session,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = owner(&session, &fields)?;
    let user: UserId = id.parse().map_err(|_| Error::not_found())?;
    let done = async {
        let mut tx = state.db.tenant(member.organization).await?;
        match what.as_str() {
            "role" => {
                let role = Role::parse(fields.raw("role"))
                    .ok_or_else(|| Error::field("newRole", "Choose a role from the list."))?;
                change::set_role(&mut tx, &state, &member.actor, user, role).await?;
            }
            "remove" => {
                change::remove(&mut tx, &state, &member.actor, user, &|key| is_kept(&fields, key)).await?;
            }
            _ => return Err(Error::not_found()),
        }
        tx.commit().await?;
        state.edge_config_changed.notify_one();
        Ok(())
    };
    let done = done.await;
    // A person who changed or removed themselves may no longer see this page, so they go to the dashboard.
    if done.is_ok() && user == session.user {
        return Ok(Redirect::to("/dashboard").into_response());
    }
    back(&state, &session, &member, &fields, done).await
}

/// `POST /dashboard/settings/team/leave`: lets any member leave the organization.
///
/// # Errors
/// 404 for an organization that isn't the person's, 409 `last_owner`.
pub async fn leave(
    State(state): State<AppState>,
    session: Session,
    Form(fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = session.member(Some(fields.text("organization")), Right::View)?;
    let done = async {
        let mut tx = state.db.tenant(member.organization).await?;
        let keep = |key| is_kept(&fields, key);
        change::remove(&mut tx, &state, &member.actor, member.user, &keep).await?;
        tx.commit().await?;
        state.edge_config_changed.notify_one();
        Ok(())
    };
    match done.await {
        Ok(()) => Ok(Redirect::to("/dashboard/organizations").into_response()),
        Err(error) => back(&state, &session, &member, &fields, Err(error)).await,
    }
}

/// `POST /dashboard/settings/team/transfer`: transfers ownership after the person typed their password.
pub async fn transfer(
    State(state): State<AppState>,
    session: Session,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let member = owner(&session, &fields)?;
    let password = Secret::new(fields.take("password"));
    let done = async {
        let to: UserId = fields.raw("userId").parse().map_err(|_| Error::field("userId", "Choose the new owner."))?;
        reauthenticate::password(&state, &session, password).await?;
        let mut tx = state.db.tenant(member.organization).await?;
        change::transfer(&mut tx, &state, &member.actor, member.user, to).await?;
        Ok(tx.commit().await?)
    };
    let done = done.await;
    back(&state, &session, &member, &fields, done).await
}

/// Returns whether a key is kept: only if it was listed and its box was unchecked. A key created after the page was
/// loaded is revoked.
fn is_kept(fields: &Fields, key: ApiKeyId) -> bool {
    fields.sent(&format!("listed-{key}")).is_some() && fields.sent(&format!("revoke-{key}")).is_none()
}

fn owner(session: &Session, fields: &Fields) -> Result<Member, Error> {
    session.member(Some(fields.text("organization")), Right::Govern)
}

/// Renders the page again: in its new state, or with the error.
pub(super) async fn back(
    state: &AppState,
    session: &Session,
    member: &Member,
    fields: &Fields,
    done: Result<(), Error>,
) -> Result<Response, PageError> {
    match done {
        Ok(()) => Ok(Redirect::to(&format!("{PLACE}?organization={}", member.organization)).into_response()),
        Err(error) if error.status().is_client_error() => {
            let page = load(state, session, member.organization, fields, Problems::of_error(&error)).await?;
            Ok((error.status(), Html(page)).into_response())
        }
        Err(error) => Err(error.into()),
    }
}

async fn load(
    state: &AppState,
    session: &Session,
    organization: OrganizationId,
    fields: &Fields,
    problems: Problems,
) -> Result<TeamPage, Error> {
    let frame = Frame::load(state, session, organization, PLACE).await?;
    let challenge = if frame.may_govern() { step_up::challenge_for(state, session).await? } else { Challenge::Nothing };
    let mut tx = state.db.tenant(organization).await?;
    let members = store::list(&mut tx, None, ROWS).await?;
    let keys = people::active(&mut tx, &Origins::new(), state.clock.now()).await?;
    let invitations = waiting(&mut tx, state, &frame.zone).await?;
    let two_steps = store::two_steps(&mut tx).await?;
    tx.commit().await?;
    let inviting = fields.sent("email").is_some();
    Ok(TeamPage {
        user: session.user,
        members: members.into_iter().map(|row| MemberText::of(row, &keys, &frame.zone)).collect(),
        frame,
        invitations,
        roles: Role::ALL,
        email: if inviting { fields.raw("email").to_owned() } else { String::new() },
        role: if inviting { fields.raw("role") } else { Role::Manager.as_str() }.to_owned(),
        two_steps,
        challenge,
        problems,
    })
}

async fn waiting(tx: &mut TenantTx, state: &AppState, zone: &Zone) -> Result<Vec<InvitationText>, sqlx::Error> {
    let now = state.clock.now();
    let text = |invitation: Invitation| {
        let expired = match invitation.stage(now) {
            Stage::Open => false,
            Stage::Expired => true,
            Stage::Accepted | Stage::Cancelled => return None,
        };
        Some(InvitationText {
            id: invitation.id,
            email: invitation.email,
            role: invitation.role.title(),
            expired,
            until: zone.date(invitation.expires_at),
        })
    };
    Ok(invitation_store::list(tx, true, None, ROWS).await?.into_iter().filter_map(text).collect())
}

impl MemberText {
    /// Returns what the person is called on the page.
    fn shown(&self) -> &str {
        if self.name.is_empty() { &self.email } else { &self.name }
    }

    fn of(row: MemberRow, keys: &[(Row, Holders)], zone: &Zone) -> Self {
        let known = keys.iter().filter(|(_, holders)| holders.people.contains(&row.user));
        Self {
            id: row.user,
            name: row.name,
            email: row.email,
            role: row.role,
            joined: zone.date(row.joined_at),
            keys: known.map(|(key, _)| KeyText::of(key, zone)).collect(),
        }
    }
}

impl KeyText {
    fn of(key: &Row, zone: &Zone) -> Self {
        Self {
            id: key.id,
            name: key.name.clone(),
            hint: format!("{}\u{2026}", key.hint),
            last_used: key.last_used_at.map_or_else(|| "never used".to_owned(), |at| format!("used {}", zone.date(at))),
        }
    }
}
