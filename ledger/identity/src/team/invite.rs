//! Creates, resends and cancels invitations; the same for the API and the dashboard.
//!
//! A link contains 32 random bytes, of which only the SHA-256 is stored, so that no one who reads the database can
//! join. It is for one email address and valid for seven days; sending the invitation again creates a new link.

use axum::http::StatusCode;
use serde_json::json;
use sha2::{Digest, Sha256};
use shared::{id::InvitationId, timestamp::Timestamp};

use super::{
    email,
    invitation_store::{self, Invitation, Stage},
    store,
};
use crate::{
    access::{actor::Actor, session::Token},
    audit::{self, Entry},
    organization::{self, create::is_test_mode, gate, profile::Profile},
};
use kit::{
    access::role::Role,
    api::text::{self, holds_address},
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    limit::{self, Limit},
    mail,
    state::AppState,
};

pub const DAYS: i64 = 7;
/// The most open invitations at a time, whatever the plan: more would be a mailing list rather than a team.
const OPEN_MAX: i64 = 100;
/// The minimum time between two emails to the same address.
const AGAIN_AFTER_MS: i64 = 60_000;
const TOKEN_CHARS: usize = 43;
/// The maximum length of an organization's name in an email to someone who may never have heard of it.
const NAME_SHOWN_MAX: usize = 60;

/// Returns the hash by which a link's invitation is found; `None` if the text isn't shaped like one of our tokens.
pub fn hash_of(token: &str) -> Option<[u8; 32]> {
    let plain = token.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_');
    (token.len() == TOKEN_CHARS && plain).then(|| Sha256::digest(token).into())
}

/// Parses the role of an invitation, which can't be owner.
///
/// # Errors
/// 400 naming `role`.
pub fn role(text: &str) -> Result<Role> {
    let role = Role::parse(text).filter(|role| *role != Role::Owner);
    role.ok_or_else(|| Error::field("role", "role must be admin, manager or viewer"))
}

/// # Errors
/// 400 naming `email`, 402 if the plan allows no more people, 409 for a member, for an address with an open invitation,
/// and in test mode, 429 `invitation_limit` if too many emails were sent today.
pub async fn invite(tx: &mut TenantTx, state: &AppState, actor: &Actor, email: &str, role: Role) -> Result<Invitation> {
    let now = state.clock.now();
    let email = text::email("email", email)?;
    live(tx).await?;
    // Serializes invitations; otherwise two could take the last place.
    organization::lock_store::lock(tx).await?;
    if store::has_address(tx, &email).await? {
        return Err(conflict(Code::AlreadyMember, "Someone with this email address is already a member."));
    }
    if let Some(open) = invitation_store::open_of(tx, &email).await? {
        if open.stage(now) == Stage::Open {
            return Err(conflict(
                Code::AlreadyInvited,
                "This email address already has an open invitation. Resend it or cancel it.",
            ));
        }
        invitation_store::cancel(tx, open.id, now).await?;
    }
    let open = invitation_store::count_open(tx, now).await?;
    if open >= OPEN_MAX {
        return Err(conflict(
            Code::TooManyInvitations,
            "There are 100 open invitations, which is the limit. Wait until some are accepted, or cancel some.",
        ));
    }
    let used = store::count(tx).await? + open;
    gate::room_for(tx, state, "team members", |limits| limits.members, used).await?;
    let new = Invitation {
        organization: tx.organization(),
        id: state.new_id(),
        email,
        role,
        invited_by: actor.who.clone(),
        created_at: now,
        sent_at: now,
        expires_at: now.plus_days(DAYS),
        cancelled_at: None,
        accepted_at: None,
    };
    let token = Token::fresh();
    invitation_store::insert(tx, &new, &token.hash).await.on_constraint("invitations_open", || {
        conflict(Code::AlreadyInvited, "This email address already has an open invitation. Resend it or cancel it.")
    })?;
    post(tx, state, &new, &token).await?;
    let entry = Entry::new("invitation.created", new.id).after(json!({"email": new.email, "role": role.as_str()}));
    audit::record(tx, actor, now, entry).await?;
    Ok(new)
}

/// Sends a new link to the same address; the old one stops working.
///
/// # Errors
/// 404 if the invitation doesn't exist, 409 if it can no longer be accepted, 429 within a minute of the last email, and
/// as [`invite`].
pub async fn resend(tx: &mut TenantTx, state: &AppState, actor: &Actor, id: InvitationId) -> Result<Invitation> {
    let now = state.clock.now();
    organization::lock_store::lock(tx).await?;
    let mut renewed = open(tx, id, now).await?;
    if now.millis() - renewed.sent_at.millis() < AGAIN_AFTER_MS {
        let message = "This invitation was emailed less than a minute ago. Wait a minute, then try again.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooSoon, message).retry_after(60));
    }
    if renewed.stage(now) == Stage::Expired {
        let used = store::count(tx).await? + invitation_store::count_open(tx, now).await?;
        gate::room_for(tx, state, "team members", |limits| limits.members, used).await?;
    }
    (renewed.sent_at, renewed.expires_at) = (now, now.plus_days(DAYS));
    let token = Token::fresh();
    invitation_store::renew(tx, &renewed, &token.hash).await?;
    post(tx, state, &renewed, &token).await?;
    let entry = Entry::new("invitation.resent", id).after(json!({"email": renewed.email}));
    audit::record(tx, actor, now, entry).await?;
    Ok(renewed)
}

/// # Errors
/// 404 if the invitation doesn't exist, 409 if it was already accepted or cancelled.
pub async fn cancel(tx: &mut TenantTx, actor: &Actor, id: InvitationId, now: Timestamp) -> Result<()> {
    let open = open(tx, id, now).await?;
    invitation_store::cancel(tx, id, now).await?;
    let entry = Entry::new("invitation.cancelled", id).before(json!({"email": open.email}));
    audit::record(tx, actor, now, entry).await
}

/// Returns an invitation that was neither accepted nor cancelled.
async fn open(tx: &mut TenantTx, id: InvitationId, now: Timestamp) -> Result<Invitation> {
    let found = invitation_store::hold(tx, id).await?.ok_or_else(Error::not_found)?;
    match found.stage(now) {
        Stage::Open | Stage::Expired => Ok(found),
        Stage::Accepted => Err(conflict(Code::AlreadyAccepted, "This invitation was already accepted.")),
        Stage::Cancelled => Err(conflict(Code::AlreadyCancelled, "This invitation was canceled. Create a new one.")),
    }
}

/// Rejects test modes, because a test mode's team is that of its live organization.
///
/// # Errors
/// 409 `test_mode`.
pub async fn live(tx: &mut TenantTx) -> Result<()> {
    match organization::store::kinship(tx).await? {
        Some(kin) if kin.test_of.is_some() => Err(is_test_mode()),
        Some(_) => Ok(()),
        None => Err(Error::not_found()),
    }
}

async fn post(tx: &mut TenantTx, state: &AppState, invitation: &Invitation, token: &Token) -> Result<()> {
    // Each email counts, even if its invitation is cancelled immediately.
    if !limit::admit_in(tx.conn(), state, &Limit::Invitation(invitation.organization, &invitation.email)).await? {
        let message =
            "Your organization, or this email address, has reached today's limit of invitations. Try again tomorrow.";
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::InvitationLimit, message).retry_after(3_600));
    }
    let profile = organization::store::profile(tx).await?.ok_or_else(Error::not_found)?;
    let link = format!("{}/invites/{}", state.config.public_url, token.text);
    let name = shown_name(&profile);
    let message = email::invitation(&invitation.email, &name, invitation.role, (link, DAYS))?;
    mail::post(tx.conn(), state, message).await
}

/// Returns the organization's name, shortened; if a mail program would turn it into a link, its slug instead.
fn shown_name(profile: &Profile) -> String {
    let name = if holds_address(&profile.name) { &profile.slug } else { &profile.name };
    if name.chars().count() <= NAME_SHOWN_MAX {
        return name.clone();
    }
    name.chars().take(NAME_SHOWN_MAX - 1).chain(['…']).collect()
}

fn conflict(code: Code, message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, code, message).with_field("email")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_hash_and_nothing_else_is_looked_up() {
        let token = Token::fresh();
        assert_eq!(hash_of(&token.text), Some(token.hash));
        assert_ne!(Token::fresh().text, token.text);
        for other in ["", "short", &format!("{}=", &token.text[1..]), &format!("{}a", token.text)] {
            assert_eq!(hash_of(other), None, "{other}");
        }
    }

    #[test]
    fn a_name_that_reads_as_an_address_is_not_mailed_to_strangers() {
        let shown = |name: &str| {
            shown_name(&Profile {
                name: name.to_owned(),
                slug: "acme".to_owned(),
                billing_email: None,
                time_zone: "UTC".to_owned(),
                brand_color: None,
                logo_url: None,
                is_test: false,
                created_at: Timestamp::EPOCH,
            })
        };
        assert_eq!(shown("Acme SaaS"), "Acme SaaS");
        for bad in ["You won! Visit evil.example", "https://evil.example", "www.evil"] {
            assert_eq!(shown(bad), "acme", "{bad}");
        }
        assert_eq!(shown(&"x".repeat(200)), format!("{}…", "x".repeat(59)));
    }

    #[test]
    fn nobody_is_invited_as_owner() {
        assert_eq!(role("viewer").unwrap(), Role::Viewer);
        for other in ["owner", "Viewer", ""] {
            assert_eq!(role(other).unwrap_err().body().field.as_deref(), Some("role"), "{other}");
        }
    }
}
