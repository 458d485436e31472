//! The one thread of a brand and a creator. It opens when the creator answers an invitation or applies.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{self, CreatorId};

use super::{
    Contact, message_store, store,
    store::{Filter, Message},
    wording::{self, MESSAGE_MAX, REASON_MAX},
};
use crate::matching::card_store::{self, Addresses};
use engine::book;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    limit::{self, Limit, NETWORK_MESSAGES_MAX},
    state::AppState,
    text::Texts,
};

/// A brand's messages in a row without an answer.
const UNANSWERED_MAX: i64 = 3;
/// A brand's messages a day, to all creators.
const DAY_MAX: i64 = 200;
const CONTACTS_MAX: i64 = 100;

/// A brand's thread with a creator.
#[derive(Debug)]
pub struct Thread {
    pub contacts: Vec<Contact>,
    pub messages: Vec<Message>,
    /// Whether the creator answered or applied.
    pub is_open: bool,
    /// Where the creator can be found; empty before they applied or accepted.
    pub addresses: Addresses,
}

/// The brand's contacts with a creator, newest first.
pub async fn contacts(tx: &mut TenantTx, state: &AppState, creator: CreatorId) -> Result<Vec<Contact>> {
    let filter = Filter { creator: Some(creator), limit: CONTACTS_MAX, ..Filter::default() };
    Ok(store::list(tx, &filter, state.clock.now()).await?)
}

/// Whether a creator whose contact has this status can write to the brand.
pub fn is_writable(status: &str) -> bool {
    matches!(status, "Invited" | "Applied" | "Joined")
}

/// # Errors
/// 404 if the brand has no contact with the creator.
pub async fn load(tx: &mut TenantTx, state: &AppState, creator: CreatorId) -> Result<Thread> {
    let contacts = contacts(tx, state, creator).await?;
    if contacts.is_empty() {
        return Err(Error::not_found());
    }
    let messages = store::messages(tx, creator).await?;
    let is_answered = contacts.iter().any(is_answered);
    let addresses = if is_answered { card_store::addresses(tx, creator).await? } else { Addresses::default() };
    let is_open = is_answered || messages.iter().any(|message| !message.from_brand);
    Ok(Thread { contacts, messages, is_open, addresses })
}

/// # Errors
/// 404 if the brand has no contact with the creator.
pub async fn check(tx: &mut TenantTx, state: &AppState, creator: CreatorId) -> Result<()> {
    let filter = Filter { creator: Some(creator), limit: 1, ..Filter::default() };
    if store::list(tx, &filter, state.clock.now()).await?.is_empty() { Err(Error::not_found()) } else { Ok(()) }
}

fn is_answered(contact: &Contact) -> bool {
    matches!(contact.status.as_str(), "Applied" | "Joined")
}

/// Writes to a creator who answered. Locks the organization.
///
/// # Errors
/// 400 at `message`; 404; 409 `wrong_status` before the creator answered; 429 `too_many_letters` beyond the limits.
pub async fn write_as_brand(
    tx: &mut TenantTx,
    state: &AppState,
    creator: CreatorId,
    body: &str,
) -> Result<(Message, Entry)> {
    let (now, body) = (state.clock.now(), wording::long("message", body, MESSAGE_MAX)?);
    book::store::lock(tx).await?;
    if !load(tx, state, creator).await?.is_open {
        return Err(closed("You can write to creators after they answer your invitation or apply."));
    }
    let (unanswered, today) = store::brand_messages(tx, creator, now).await?;
    if unanswered >= UNANSWERED_MAX || today >= DAY_MAX {
        let message = format!("You can send {UNANSWERED_MAX} messages until the creator answers, and {DAY_MAX} a day.");
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyEmails, message).retry_after(3_600));
    }
    let id = state.new_id();
    message_store::insert(tx, (id, creator), (true, &body), now).await?;
    message_store::read(tx, creator, false, now).await?;
    let entry = Entry::new("network_message.sent", id).after(json!({"creatorId": creator}));
    Ok((Message { id, from_brand: true, body, created_at: now }, entry))
}

/// Writes to the brand of a contact. The organization must be locked.
///
/// # Errors
/// 400 at `message`; 409 `wrong_status` if all contacts with the brand have ended; 429 `too_many_letters` beyond the
/// creator's own limit.
pub async fn write_as_creator(
    tx: &mut TenantTx,
    state: &AppState,
    (contact, t): (&Contact, Texts),
    body: &str,
) -> Result<()> {
    let (now, body) = (state.clock.now(), wording::of_creator(t, "message", body, MESSAGE_MAX)?);
    let all = contacts(tx, state, contact.creator).await?;
    if !all.iter().any(|contact| is_writable(&contact.status)) {
        return Err(closed(t.say("contact-ended")));
    }
    if !limit::admit_in(tx.conn(), state, &Limit::NetworkMessage(contact.creator)).await? {
        let message = t.say("contact-message-many").with("most", NETWORK_MESSAGES_MAX).to_string();
        return Err(Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyEmails, message).retry_after(3_600));
    }
    message_store::insert(tx, (state.new_id(), contact.creator), (false, &body), now).await?;
    Ok(message_store::read(tx, contact.creator, true, now).await?)
}

/// Reports a creator to the operators. Returns nothing if a report of this creator is open already.
///
/// # Errors
/// 400 at `reason`; 404 if the brand has no contact with the creator.
pub async fn report(tx: &mut TenantTx, state: &AppState, creator: CreatorId, reason: &str) -> Result<Option<Entry>> {
    let reason = wording::long("reason", reason, REASON_MAX)?;
    check(tx, state, creator).await?;
    let id = state.new_id::<id::NetworkMessage>().uuid();
    let is_new = store::report(tx, (id, creator), (true, &reason), state.clock.now()).await?;
    Ok(is_new.then(|| Entry::new("network_creator.reported", creator)))
}

fn closed(message: impl Into<String>) -> Error {
    Error::new(StatusCode::CONFLICT, Code::WrongStatus, message)
}
