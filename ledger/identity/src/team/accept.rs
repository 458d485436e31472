//! `/invites/{token}`: accepts an invitation by its link.
//!
//! Opening the link changes nothing, because mail scanners also open links; a button joins. The link is for one email
//! address: a person who has it reads that mailbox, so joining confirms the address, and no one can join with another.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use serde_json::json;
use shared::{id::UserId, seal::Secret};

use super::{
    email,
    invitation_store::{self, Invitation, Stage},
    invite, store,
};
use crate::{
    access::{
        account_event::{self, Happening},
        caller::Caller,
        finish_login::welcome,
        password, session, store as people,
    },
    account::password_rule,
    audit::{self, Entry},
    notification::{Kind, store::recipients},
    organization,
};
use kit::{
    db::Holder,
    error::{Code, Error, OnConstraint},
    form::Fields,
    mail,
    page::{Html, PageError},
    state::AppState,
};

#[derive(Debug, askama::Template)]
#[template(path = "invite.html")]
struct InvitePage {
    token: String,
    organization: String,
    role: &'static str,
    email: String,
    visitor: Visitor,
    problem: Option<String>,
}

/// The person who opened the link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Visitor {
    /// Signed in with the invited email.
    Invited,
    /// Signed in with another email.
    SomebodyElse(String),
    /// Signed out, and the invited email has an account.
    SignedOut,
    /// Signed out, and the invited email has no account.
    New,
}

/// An open invitation, and the person who opened its link.
struct Opened {
    invitation: Invitation,
    organization: String,
    visitor: Visitor,
    user: Option<UserId>,
}

/// `GET /invites/{token}`.
///
/// # Errors
/// 404 for a link that never existed or was replaced, 410 for one that was used, cancelled or has expired.
pub async fn show(
    State(state): State<AppState>,
    Path(token): Path<String>,
    caller: Caller,
) -> Result<Response, PageError> {
    let opened = open(&state, &token, &caller).await?;
    Ok(Html(page(token, opened, None)).into_response())
}

/// `POST /invites/{token}`: joins the organization.
///
/// # Errors
/// As [`show`], and 403 if the person is signed in with another email.
pub async fn accept(
    State(state): State<AppState>,
    Path(token): Path<String>,
    caller: Caller,
    Form(mut fields): Form<Fields>,
) -> Result<Response, PageError> {
    let opened = open(&state, &token, &caller).await?;
    let organization = opened.invitation.organization;
    let there = format!("/dashboard?organization={organization}");
    match (&opened.visitor, opened.user) {
        (Visitor::Invited, Some(user)) => {
            join(&state, &opened, &caller, user, None).await?;
            Ok(Redirect::to(&there).into_response())
        }
        (Visitor::New, _) => {
            let given = fields.take("password");
            if let Err(problem) = password_rule::check(&given, &opened.invitation.email) {
                return Ok(
                    (StatusCode::BAD_REQUEST, Html(page(token, opened, Some(problem.to_owned())))).into_response()
                );
            }
            let hash = password::hash(Secret::new(given)).await;
            let hash = hash.ok_or_else(|| Error::internal("a password could not be hashed"))?;
            let user: UserId = state.new_id();
            join(&state, &opened, &caller, user, Some(&hash)).await?;
            let tx = state.db.global(Holder::Nothing).await?;
            let email = &opened.invitation.email;
            Ok(welcome(&state, tx, user, email, &caller, Happening::SignedIn, &there).await?)
        }
        (Visitor::SignedOut, _) => Ok(Redirect::to(&format!("/login?next=/invites/{token}")).into_response()),
        (Visitor::SomebodyElse(_) | Visitor::Invited, _) => {
            let status = StatusCode::FORBIDDEN;
            let problem = Some("This invitation is for a different email address.".to_owned());
            Ok((status, Html(page(token, opened, problem))).into_response())
        }
    }
}

async fn open(state: &AppState, token: &str, caller: &Caller) -> Result<Opened, Error> {
    let hash = invite::hash_of(token).ok_or_else(unknown)?;
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let invitation = invitation_store::by_token(&mut tx, &hash).await?.ok_or_else(unknown)?;
    let account = people::find_user(&mut tx, &invitation.email).await?.map(|found| found.id);
    tx.commit().await?;
    still_good(&invitation, state)?;
    let mut tx = state.db.tenant(invitation.organization).await?;
    let kin = organization::store::kinship(&mut tx).await?;
    kin.filter(|kin| !kin.closed).ok_or_else(unknown)?;
    let profile = organization::store::profile(&mut tx).await?.ok_or_else(unknown)?;
    tx.commit().await?;
    let session = session::find(&caller.headers, state).await?;
    let (visitor, user) = match (session, account) {
        (Some(session), _) if session.email == invitation.email => (Visitor::Invited, Some(session.user)),
        (Some(session), _) => (Visitor::SomebodyElse(session.email), Some(session.user)),
        (None, Some(user)) => (Visitor::SignedOut, Some(user)),
        (None, None) => (Visitor::New, None),
    };
    Ok(Opened { invitation, organization: profile.name, visitor, user })
}

fn still_good(invitation: &Invitation, state: &AppState) -> Result<(), Error> {
    let over = |code: Code, message: &str| Err(Error::new(StatusCode::GONE, code, message));
    match invitation.stage(state.clock.now()) {
        Stage::Open => Ok(()),
        Stage::Accepted => over(Code::AlreadyAccepted, "This invitation was already accepted. Sign in to continue."),
        Stage::Cancelled => over(Code::AlreadyCancelled, "This invitation was canceled. Ask for a new one."),
        Stage::Expired => over(Code::InvitationExpired, "This invitation has expired. Ask for a new one."),
    }
}

/// Adds the person as a member, and first creates their account if `new_password` contains its hash.
async fn join(
    state: &AppState,
    opened: &Opened,
    caller: &Caller,
    user: UserId,
    new_password: Option<&str>,
) -> Result<(), Error> {
    let (invitation, now) = (&opened.invitation, state.clock.now());
    let organization = invitation.organization;
    let mut tx = state.db.tenant(organization).await?;
    organization::lock_store::lock(&mut tx).await?;
    let held = invitation_store::hold(&mut tx, invitation.id).await?.ok_or_else(unknown)?;
    still_good(&held, state)?;
    match new_password {
        Some(hash) => {
            let taken = || gone_by("An account with this email address already exists. Sign in to join.");
            let made = store::insert_person(&mut tx, user, &held.email, hash, now).await;
            made.on_constraint("users_email_key", taken)?;
            account_event::record(tx.conn(), user, Happening::AccountCreated, caller, now).await?;
        }
        None => store::verify_person(&mut tx, user, now).await?,
    }
    organization::store::insert_member(&mut tx, user, held.role, now)
        .await
        .on_constraint("memberships_pkey", || gone_by("You're already a member."))?;
    invitation_store::accept(&mut tx, held.id, user, now).await?;
    let actor = caller.actor(format!("user:{user}"));
    let entry = Entry::new("member.joined", user).after(json!({"email": held.email, "role": held.role.as_str()}));
    audit::record(&mut tx, &actor, now, entry).await?;
    let team = format!("{}/dashboard/settings/team?organization={organization}", state.config.public_url);
    for to in recipients(&mut tx, Kind::TeamJoined).await? {
        if to.user != user {
            let joined = (held.email.as_str(), held.role);
            let message = email::joined(&to.email, &opened.organization, joined, team.clone())?;
            mail::post(tx.conn(), state, message).await?;
        }
    }
    tx.commit().await?;
    Ok(())
}

fn page(token: String, opened: Opened, problem: Option<String>) -> InvitePage {
    InvitePage {
        token,
        organization: opened.organization,
        role: opened.invitation.role.as_str(),
        email: opened.invitation.email,
        visitor: opened.visitor,
        problem,
    }
}

fn unknown() -> Error {
    let message = "This link isn't valid. If the invitation was sent again, use the link in the latest email.";
    Error::new(StatusCode::NOT_FOUND, Code::NotFound, message)
}

fn gone_by(message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, Code::AlreadyMember, message)
}
