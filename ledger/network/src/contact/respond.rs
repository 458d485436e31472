//! What a creator does with a contact: decline, withdraw, mute the brand, stop all invitations, write, report. Each is
//! checked in the creator's own transaction first, and written in one of the brand's.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{CreatorId, NetworkContactId, OrganizationId};

use super::{
    Contact, creator_store,
    invite::read,
    store::{self, Filter},
    thread,
    wording::{self, REASON_MAX},
};
use crate::creator::session::CreatorSession;
use engine::book;
use identity::{
    access::{actor::Actor, caller::Caller},
    audit::{self, Entry},
};
use kit::{
    db::{Holder, TenantTx},
    error::{Code, Error, Result},
    state::AppState,
    text::Texts,
};
use programs::affiliate::status_change;

/// A creator's contact, with a transaction of its brand, whose organization is locked.
#[derive(Debug)]
pub struct Opened {
    pub tx: TenantTx,
    pub contact: Contact,
    pub actor: Actor,
}

/// # Errors
/// 404 for a contact that isn't the creator's.
pub async fn open(state: &AppState, session: &CreatorSession, caller: &Caller, id: NetworkContactId) -> Result<Opened> {
    let mut own = state.db.global(Holder::Creator(session.creator)).await?;
    let brand = creator_store::brand_of(&mut own, (session.creator, id)).await?;
    own.commit().await?;
    let mut tx = state.db.tenant(brand.ok_or_else(Error::not_found)?).await?;
    book::store::lock(&mut tx).await?;
    let contact = read(&mut tx, id, state.clock.now()).await?;
    if contact.creator != session.creator {
        return Err(Error::not_found());
    }
    let actor = caller.actor(format!("creator:{}", session.creator));
    Ok(Opened { tx, contact, actor })
}

/// Declines an invitation, or withdraws an application that the brand hasn't decided.
///
/// # Errors
/// 404; 409 `wrong_status` if there is nothing to decline or withdraw.
pub async fn end(state: &AppState, session: &CreatorSession, caller: &Caller, id: NetworkContactId) -> Result<()> {
    let Opened { mut tx, contact, actor } = open(state, session, caller, id).await?;
    finish(&mut tx, state, &contact, (&actor, session.t)).await?;
    let organization = tx.organization();
    tx.commit().await?;
    drop(state.news.send(organization));
    state.edge_config_changed.notify_one();
    Ok(())
}

/// # Errors
/// 409 `wrong_status` if there is nothing to decline or withdraw.
async fn finish(tx: &mut TenantTx, state: &AppState, contact: &Contact, (actor, t): (&Actor, Texts)) -> Result<()> {
    let (id, now) = (contact.id, state.clock.now());
    let (status, action) = match contact.status.as_str() {
        "Invited" => ("Declined", "network_contact.declined"),
        "Applied" => ("Withdrawn", "network_contact.withdrawn"),
        _ => {
            return Err(Error::new(StatusCode::CONFLICT, Code::WrongStatus, t.say("contact-decided")));
        }
    };
    store::set_status(tx, id, (status, true), now).await?;
    if let Some(affiliate) = contact.affiliate.filter(|_| status == "Withdrawn") {
        store::remove_application(tx, (contact.program, affiliate)).await?;
        // The affiliate's other applications to the brand stay: they weren't withdrawn.
        if !store::has_other_application(tx, affiliate, contact).await? {
            status_change::change(tx, state, affiliate, "Archived", Some("Withdrawn by the applicant")).await?;
        }
    }
    let entry = Entry::new(action, id).before(json!({"status": contact.status}));
    audit::record(tx, actor, now, entry).await
}

/// The status of a contact, for the installation that announced its creator; `None` if the creator erased it.
pub async fn status(
    state: &AppState,
    (organization, id): (OrganizationId, NetworkContactId),
) -> Result<Option<String>> {
    let mut tx = state.db.tenant(organization).await?;
    let found = find(&mut tx, state, id).await?;
    tx.commit().await?;
    Ok(found.map(|contact| contact.status))
}

async fn find(tx: &mut TenantTx, state: &AppState, id: NetworkContactId) -> Result<Option<Contact>> {
    let filter = Filter { id: Some(id), limit: 1, ..Filter::default() };
    Ok(store::list(tx, &filter, state.clock.now()).await?.pop())
}

/// Withdraws an application for the installation that announced its creator, unless the brand has decided. Returns the
/// status then, and the transaction of the brand for what else belongs to it.
pub async fn withdraw_for(
    state: &AppState,
    who: String,
    (organization, id): (OrganizationId, NetworkContactId),
) -> Result<(TenantTx, Option<String>)> {
    let mut tx = state.db.tenant(organization).await?;
    book::store::lock(&mut tx).await?;
    let Some(contact) = find(&mut tx, state, id).await? else { return Ok((tx, None)) };
    if contact.status != "Applied" {
        return Ok((tx, Some(contact.status)));
    }
    let actor = Actor { who, ..Actor::system() };
    finish(&mut tx, state, &contact, (&actor, Texts::default())).await?;
    Ok((tx, Some("Withdrawn".to_owned())))
}

/// Hides the creator from a brand, and declines its open invitations.
///
/// # Errors
/// 404 for a contact that isn't the creator's.
pub async fn mute(state: &AppState, session: &CreatorSession, caller: &Caller, id: NetworkContactId) -> Result<()> {
    let Opened { mut tx, actor, .. } = open(state, session, caller, id).await?;
    let (now, brand) = (state.clock.now(), tx.organization());
    creator_store::decline_all(&mut tx, session.creator, now).await?;
    audit::record(&mut tx, &actor, now, Entry::new("network_contact.muted", id)).await?;
    tx.commit().await?;
    let mut own = state.db.global(Holder::Creator(session.creator)).await?;
    creator_store::mute(&mut own, session.creator, brand).await?;
    own.commit().await?;
    Ok(())
}

/// Takes the creator out of all brands' results, and declines all open invitations. Applications continue.
pub async fn stop_all(state: &AppState, session: &CreatorSession) -> Result<()> {
    let now = state.clock.now();
    let mut own = state.db.global(Holder::Creator(session.creator)).await?;
    // First, so that no brand can invite them again in the meantime.
    creator_store::pause(&mut own, session.creator, now).await?;
    let brands = creator_store::brands(&mut own, session.creator).await?;
    own.commit().await?;
    for brand in brands {
        decline_all(state, brand, session.creator).await?;
    }
    Ok(())
}

async fn decline_all(state: &AppState, brand: OrganizationId, creator: CreatorId) -> Result<()> {
    let mut tx = state.db.tenant(brand).await?;
    book::store::lock(&mut tx).await?;
    creator_store::decline_all(&mut tx, creator, state.clock.now()).await?;
    Ok(tx.commit().await?)
}

/// Writes to the brand.
///
/// # Errors
/// 400 at `message`; 403 if the operator suspended the creator; 404; 409 `wrong_status` if all contacts with the brand have
/// ended; 429 `too_many_letters` beyond the creator's own limit.
pub async fn write(
    state: &AppState,
    session: &CreatorSession,
    caller: &Caller,
    (id, body): (NetworkContactId, &str),
) -> Result<()> {
    let mut own = state.db.global(Holder::Creator(session.creator)).await?;
    let is_suspended = creator_store::is_suspended(&mut own, session.creator).await?;
    own.commit().await?;
    if is_suspended {
        let message = session.t.say("creator-apply-suspended").to_string();
        return Err(Error::new(StatusCode::FORBIDDEN, Code::Forbidden, message));
    }
    let Opened { mut tx, contact, .. } = open(state, session, caller, id).await?;
    thread::write_as_creator(&mut tx, state, (&contact, session.t), body).await?;
    let organization = tx.organization();
    tx.commit().await?;
    drop(state.news.send(organization));
    Ok(())
}

/// Reports the brand to the operators.
///
/// # Errors
/// 400 at `reason`; 404.
pub async fn report(
    state: &AppState,
    session: &CreatorSession,
    caller: &Caller,
    (id, reason): (NetworkContactId, &str),
) -> Result<()> {
    let reason = wording::of_creator(session.t, "reason", reason, REASON_MAX)?;
    let Opened { mut tx, .. } = open(state, session, caller, id).await?;
    let report = state.new_id::<shared::id::NetworkMessage>().uuid();
    store::report(&mut tx, (report, session.creator), (false, &reason), state.clock.now()).await?;
    Ok(tx.commit().await?)
}
