//! What a brand does with a creator: invite, take an invitation back. The same for the dashboard and the API.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{CreatorId, NetworkContactId, ProgramId},
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
    matching::{creators, filter::CreatorFilter, store as matching_store},
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
/// After a declined, withdrawn or refused contact, the next invitation of the same creator and program.
const PAUSE_DAYS: i64 = 180;
const DAY_MILLIS: i64 = 86_400_000;

/// Invites a creator to a program. Locks the organization.
///
/// # Errors
/// 400 at `message`; 404 if the program may not search for creators, or the brand doesn't see the creator; 409
/// `wrong_status` if there is a contact already, or the creator declined lately; 409 `opted_out` if the creator gets no
/// more invitations this week; 429 `too_many_letters` beyond the brand's limits.
pub async fn invite(
    tx: &mut TenantTx,
    state: &AppState,
    (program, creator): (ProgramId, CreatorId),
    message: &str,
) -> Result<(Contact, Entry)> {
    let (now, message) = (state.clock.now(), wording::invitation(message)?);
    book::store::lock(tx).await?;
    if matching_store::wanted(tx, program).await?.is_none() {
        return Err(not_found("programId"));
    }
    let profile = matching_store::creator_name(tx, creator).await?.ok_or_else(|| not_found("creatorId"))?;
    let pair = Filter { program: Some(program), creator: Some(creator), limit: 1, ..Filter::default() };
    if let Some(known) = store::list(tx, &pair, now).await?.pop() {
        may_follow(&known, now)?;
    }
    if let Err(error) = check_limits(tx, state, now).await {
        if error.status() == StatusCode::TOO_MANY_REQUESTS {
            raise::invitations(state, tx.organization()).await?;
        }
        return Err(error);
    }
    if !store::may_invite(tx, creator, profile.weekly_invitations_max, now).await? {
        let message = "This creator doesn't want more invitations this week.";
        return Err(Error::new(StatusCode::CONFLICT, Code::OptedOut, message));
    }
    let score = score(tx, (program, creator), now).await?;
    let new = Invited { id: state.new_id(), program, creator, message: &message, score };
    let id = store::invite(tx, &new, (now, OPEN_DAYS)).await?;
    let entry = Entry::new("network_contact.invited", id).after(json!({"programId": program, "creatorId": creator}));
    Ok((read(tx, id, now).await?, entry))
}

/// The score at the time of the invitation, for the brand's list.
async fn score(tx: &mut TenantTx, (program, creator): (ProgramId, CreatorId), now: Timestamp) -> Result<i16> {
    let all = creators::of(tx, program, (&CreatorFilter::default(), None), (now, Texts::default())).await?;
    Ok(all.into_iter().find(|one| one.id == creator).map_or(0, |one| i16::from(one.score)))
}

/// Whether an invitation may follow an earlier contact.
fn may_follow(known: &Contact, now: Timestamp) -> Result<()> {
    let conflict = |message: &str| Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    match known.status.as_str() {
        "Invited" => conflict("You already invited this creator to the program."),
        "Applied" | "Joined" => conflict("This creator already applied to the program."),
        "Declined" | "Rejected" | "Withdrawn" if now.millis() - known.changed_at.millis() < PAUSE_DAYS * DAY_MILLIS => {
            conflict("This contact ended less than 180 days ago. You can invite the creator again later.")
        }
        _ => Ok(()),
    }
}

async fn check_limits(tx: &mut TenantTx, state: &AppState, now: Timestamp) -> Result<()> {
    let history = store::history(tx, now).await?;
    let (day_max, because) = allowance::of(history);
    let refused = |message: String| Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyEmails, message));
    if history.invited_today >= day_max {
        let reason = because.map_or("", allowance::Because::words);
        return refused(format!("You can send {day_max} invitations a day. {reason}").trim_end().to_owned());
    }
    if history.open >= OPEN_MAX {
        return refused(format!("{OPEN_MAX} of your invitations are still open. Wait for answers, or cancel some."));
    }
    let organization = tx.organization();
    let sent = kit::mail::store::unsolicited_emails(tx.conn(), organization).await?;
    let most = state.config.unsolicited_emails_per_day;
    if sent + history.invited_today >= i64::from(most) {
        return refused(format!(
            "You've emailed {most} new people within a day, which is the limit. Continue tomorrow."
        ));
    }
    Ok(())
}

/// Cancels an open invitation.
///
/// # Errors
/// 404; 409 `wrong_status` if it isn't open.
pub async fn cancel(tx: &mut TenantTx, state: &AppState, id: NetworkContactId) -> Result<(Contact, Entry)> {
    let now = state.clock.now();
    book::store::lock(tx).await?;
    let known = read(tx, id, now).await?;
    if known.status != "Invited" {
        let message = "Only an open invitation can be canceled.";
        return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, message));
    }
    store::set_status(tx, id, ("Expired", false), now).await?;
    let entry = Entry::new("network_contact.canceled", id).before(json!({"status": "Invited"}));
    Ok((read(tx, id, now).await?, entry))
}

/// # Errors
/// 404.
pub async fn read(tx: &mut TenantTx, id: NetworkContactId, now: Timestamp) -> Result<Contact> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    store::list(tx, &filter, now).await?.pop().ok_or_else(Error::not_found)
}

fn not_found(field: &'static str) -> Error {
    Error::not_found().with_field(field)
}
