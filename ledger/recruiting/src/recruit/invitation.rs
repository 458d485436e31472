//! What can be done with an invitation that someone hasn't accepted: the page and the API share it.

use axum::http::StatusCode;
use shared::{id::AffiliateId, timestamp::Timestamp};

use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use programs::affiliate::{
    email,
    invite_store::{self, Invite},
    status_change, unsolicited_email,
};

/// The minimum time between two emails to the same person.
const PAUSE_MILLIS: i64 = 24 * 3_600_000;

/// What became of an invitation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Stage {
    Open,
    Accepted,
    Cancelled,
}

impl Stage {
    pub(super) const fn of(invite: &Invite) -> Self {
        match (invite.has_come, invite.may_join) {
            (_, false) => Self::Cancelled,
            (true, true) => Self::Accepted,
            (false, true) => Self::Open,
        }
    }

    /// As the API spells it.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Open => "Open",
            Self::Accepted => "Accepted",
            Self::Cancelled => "Cancelled",
        }
    }
}

/// From when on an open invitation can be sent again.
pub(super) const fn resendable_at(invite: &Invite) -> Timestamp {
    invite.sent_at.plus_millis(PAUSE_MILLIS)
}

/// # Errors
/// 404 for someone who wasn't invited by email.
pub(super) async fn known(tx: &mut TenantTx, id: AffiliateId) -> Result<Invite> {
    let found = invite_store::list(tx, Some(id), false, None, 1).await?;
    found.into_iter().next().ok_or_else(Error::not_found)
}

/// The invitation, if it is open. It stays open until the end of the transaction.
async fn open(tx: &mut TenantTx, id: AffiliateId) -> Result<Invite> {
    book::store::lock(tx).await?;
    let invite = known(tx, id).await?;
    let code = match Stage::of(&invite) {
        Stage::Open => return Ok(invite),
        Stage::Accepted => Code::AlreadyAccepted,
        Stage::Cancelled => Code::AlreadyCancelled,
    };
    Err(Error::new(StatusCode::CONFLICT, code, "This invitation is no longer open."))
}

/// Sends the invitation once more. Returns the audit entry.
///
/// # Errors
/// 404; 409 `already_accepted`, `already_cancelled` or `opted_out`; 429 `too_soon` or `too_many_letters`.
pub(super) async fn resend(tx: &mut TenantTx, state: &AppState, id: AffiliateId) -> Result<Entry> {
    let now = state.clock.now();
    let invite = open(tx, id).await?;
    let pause = resendable_at(&invite).millis() - now.millis();
    if pause > 0 {
        let message = "They were emailed within the last 24 hours. Try again later.";
        let seconds = u32::try_from(pause / 1_000 + 1).unwrap_or(u32::MAX);
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooSoon, message).retry_after(seconds));
    }
    let affiliate = status_change::read(tx, state, id).await?;
    let permit = unsolicited_email::permit(tx, state, &affiliate.email).await?;
    let permit = permit.map_err(|kept| kept.error())?;
    email::invited(tx, state, &affiliate, invite.program_id, (invite.note.as_deref(), permit)).await?;
    invite_store::sent_again(tx, id, now).await?;
    Ok(Entry::new("invite.resent", id))
}

/// Cancels the invitation: the links in its emails stop working. Returns the audit entry. After the commit, the caller
/// must wake the edge's pusher.
///
/// # Errors
/// 404; 409 `already_accepted` or `already_cancelled`.
pub(super) async fn cancel(tx: &mut TenantTx, state: &AppState, id: AffiliateId) -> Result<Entry> {
    open(tx, id).await?;
    status_change::change(tx, state, id, "Archived", Some("Invitation canceled")).await?;
    Ok(Entry::new("invite.cancelled", id))
}
