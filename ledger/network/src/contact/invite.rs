//! What a brand does with a creator: invite, take an invitation back. The same for the dashboard and the API.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{CreatorId, NetworkContactId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    Contact,
    allowance::{self, OPEN_MAX},
    store::{self, Filter, Invited},
    wording,
};
use crate::{
    flag::raise,
    matching::{
        creators,
        store::{self as matching_store, PAUSE_DAYS},
    },
};
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
    text::Texts,
};

/// How long an invitation can be accepted.
const OPEN_DAYS: i32 = 30;
const DAY_MILLIS: i64 = 86_400_000;

/// The error of an invitation. The operators learn of it if the brand reached its limits, in a transaction of its own:
/// while the invitation's is open, many refusals at once would wait for each other's connections.
pub async fn refused(state: &AppState, organization: OrganizationId, error: Error) -> Error {
    if error.status() != StatusCode::TOO_MANY_REQUESTS {
        return error;
    }
    match raise::invitations(state, organization).await {
        Ok(()) => error,
        Err(failed) => failed,
    }
}

/// Invites a creator to a program. Locks the organization. End the transaction before you pass an error to [`refused`].
///
/// # Errors
/// 400 at `message`; 404 if the program may not search for creators, or the brand doesn't see the creator; 409
/// `wrong_status` if there is a contact already, the creator declined lately, or the brand banned them; 409 `opted_out`
/// if the creator gets no more invitations this week; 429 `too_many_letters` beyond the brand's limits.
pub async fn invite(
    tx: &mut TenantTx,
    state: &AppState,
    (program, creator): (ProgramId, CreatorId),
    message: &str,
) -> Result<(Contact, Entry)> {
    let (now, message) = (state.clock.now(), wording::invitation(message)?);
    book::store::lock(tx).await?;
    // The score of this moment, for the brand's list.
    let score = i16::from(creators::one(tx, (program, creator), (now, Texts::default())).await?.creator.score);
    let profile = matching_store::creator_name(tx, creator).await?.ok_or_else(Error::not_found)?;
    let pair = Filter { program: Some(program), creator: Some(creator), limit: 1, ..Filter::default() };
    if let Some(known) = store::list(tx, &pair, now).await?.pop() {
        may_follow(&known, now)?;
    }
    if let Some(reason) = remaining(tx, state).await?.refusal {
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyEmails, reason).retry_after(3_600));
    }
    if !store::may_invite(tx, creator, profile.weekly_invitations_max, now).await? {
        let message = "This creator doesn't want more invitations this week.";
        return Err(Error::new(StatusCode::CONFLICT, Code::OptedOut, message));
    }
    let new = Invited { id: state.new_id(), program, creator, message: &message, score };
    let id = store::invite(tx, &new, (now, OPEN_DAYS)).await?;
    let entry = Entry::new("network_contact.invited", id).after(json!({"programId": program, "creatorId": creator}));
    Ok((read(tx, id, now).await?, entry))
}

/// Whether an invitation may follow an earlier contact.
///
/// # Errors
/// 409 `wrong_status`.
pub fn may_follow(known: &Contact, now: Timestamp) -> Result<()> {
    let conflict = |message: &str| Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    match known.status.as_str() {
        "Invited" => conflict("You already invited this creator to the program."),
        "Applied" | "Joined" => conflict("This creator already applied to the program."),
        _ if known.is_banned => {
            conflict("You banned this creator as an affiliate. Approve them before you invite them.")
        }
        _ if now.millis() - known.changed_at.millis() < i64::from(PAUSE_DAYS) * DAY_MILLIS => {
            let message = format!(
                "You can invite a creator to a program again {PAUSE_DAYS} days after the last contact about it."
            );
            Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message))
        }
        _ => Ok(()),
    }
}

/// How many invitations a brand can send now.
#[derive(Debug, Clone)]
pub struct Remaining {
    /// Until the end of 24 hours.
    pub left: i64,
    /// The most in 24 hours.
    pub day_max: i64,
    /// Why it isn't the usual number.
    pub because: Option<&'static str>,
    /// Why none can be sent now.
    pub refusal: Option<String>,
}

/// Counts what a brand can still send. Before a decision, the organization must be locked.
pub async fn remaining(tx: &mut TenantTx, state: &AppState) -> Result<Remaining> {
    let history = store::history(tx, state.clock.now()).await?;
    let (day_max, because) = allowance::of(history);
    let because = because.map(allowance::Because::words);
    let organization = tx.organization();
    let sent = kit::mail::store::unsolicited_emails(tx.conn(), organization).await?;
    let emails_max = i64::from(state.config.unsolicited_emails_per_day);
    let left = [day_max - history.invited_today, OPEN_MAX - history.open, emails_max - sent - history.invited_today];
    let refusal = match left {
        [..=0, _, _] => Some(match because {
            Some(because) => format!("You can send {day_max} invitations a day. {because}"),
            None => format!("You can send {day_max} invitations a day."),
        }),
        [_, ..=0, _] => {
            Some(format!("{OPEN_MAX} of your invitations are still open. Wait for answers, or withdraw some."))
        }
        [_, _, ..=0] => {
            Some(format!("You've reached the limit of {emails_max} emails to new people a day. Try again tomorrow."))
        }
        _ => None,
    };
    Ok(Remaining { left: left.into_iter().min().unwrap_or_default().max(0), day_max, because, refusal })
}

/// Withdraws an open invitation. It counts as sent all the same: the creator may have read it.
///
/// # Errors
/// 404; 409 `wrong_status` if it isn't open.
pub async fn withdraw(tx: &mut TenantTx, state: &AppState, id: NetworkContactId) -> Result<(Contact, Entry)> {
    let now = state.clock.now();
    book::store::lock(tx).await?;
    let known = read(tx, id, now).await?;
    if known.status != "Invited" {
        let message = "Only an open invitation can be withdrawn.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    store::set_status(tx, id, ("Expired", false), now).await?;
    let entry = Entry::new("network_contact.invitation_withdrawn", id).before(json!({"status": "Invited"}));
    Ok((read(tx, id, now).await?, entry))
}

/// # Errors
/// 404.
pub async fn read(tx: &mut TenantTx, id: NetworkContactId, now: Timestamp) -> Result<Contact> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    store::list(tx, &filter, now).await?.pop().ok_or_else(Error::not_found)
}
