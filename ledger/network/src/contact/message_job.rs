//! Queues the emails about messages: to the creator, or to the brand's people who want them. There is one for all unread
//! messages of a side, and at most one an hour for each thread; none follows while its reader hasn't opened the thread.

use std::time::Duration;

use uuid::Uuid;

use super::{
    Contact, email,
    message_store::{self, Unread},
    thread,
};
use crate::creator::unsubscribe;
use identity::notification::{
    Kind,
    end::{self, Reader},
    store::recipients,
};
use kit::{
    db::{Holder, TenantTx},
    error::Result,
    jobs::{Batches, OneByOne},
    limit::{self, Limit, PublicAction},
    mail::{self, Branding, EmailKind},
    state::AppState,
};

/// How often the job looks for messages.
pub const EVERY: Duration = Duration::from_secs(60);
/// The same in development.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);

/// One round.
///
/// # Errors
/// The last failing brand's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.enabled {
        return Ok(());
    }
    let mut one_by_one = OneByOne::of("email_network_messages");
    for some in state.db.all_tenants().await?.chunks(1_000) {
        // Brands with as many emails as they may get for now. Their threads wait, and don't delay those of others.
        let (mut batches, mut full): (Batches, Vec<Uuid>) = Default::default();
        while batches.begin() {
            let mut tx = state.db.tenants(some.to_vec()).await?;
            let unread =
                message_store::unannounced(&mut tx, (&full, batches.left_out()), state.clock.now(), Batches::SIZE)
                    .await?;
            tx.commit().await?;
            batches.found(unread.len());
            for one in unread {
                let brand = one.organization;
                if batches.is_left_out(brand) || (!one.from_brand && full.contains(&brand.uuid())) {
                    continue;
                }
                let announced = announce(state, &one).await;
                match announced {
                    Ok(true) => {}
                    Ok(false) => full.push(brand.uuid()),
                    Err(_) => batches.leave_out(brand),
                }
                one_by_one.note(brand, announced.map(drop));
            }
        }
    }
    one_by_one.result()
}

/// Returns false if the brand may get no more emails for now: then the messages are announced later.
async fn announce(state: &AppState, unread: &Unread) -> Result<bool> {
    let mut found = None;
    if unread.from_brand {
        let mut tx = state.db.global(Holder::Creator(unread.creator)).await?;
        found = message_store::address(&mut tx, unread.creator, unread.organization).await?;
        tx.commit().await?;
    }
    let now = state.clock.now();
    let mut tx = state.db.tenant(unread.organization).await?;
    let contacts = thread::contacts(&mut tx, state, unread.creator).await?;
    // The newest one that the creator can answer in.
    let at = contacts.iter().position(|contact| thread::is_writable(&contact.status)).unwrap_or_default();
    let contact = contacts.into_iter().nth(at);
    let digest = message_store::digest(&mut tx, unread.creator, unread.from_brand).await?;
    let mut is_admitted = true;
    if message_store::announced(&mut tx, unread.creator, unread.from_brand, now).await?
        && let (Some(contact), Some(digest)) = (contact, digest)
    {
        match found {
            Some(found) => to_creator(&mut tx, state, unread, (&contact, &digest), found).await?,
            None if unread.from_brand => {}
            None => is_admitted = to_brand(&mut tx, state, unread, (&contact, &digest)).await?,
        }
    }
    if is_admitted {
        tx.commit().await?;
    } else {
        // Otherwise they would count as announced.
        tx.rollback().await?;
    }
    Ok(is_admitted)
}

async fn to_creator(
    tx: &mut TenantTx,
    state: &AppState,
    unread: &Unread,
    (contact, digest): (&Contact, &(i64, String)),
    (address, language): (String, Option<String>),
) -> Result<()> {
    let look = Branding::rekomi().in_language(language.as_deref());
    let link = format!("{}/a/network/contacts/{}", state.config.public_url, contact.id);
    let end = unsubscribe::url(state, unread.creator)?;
    let content = email::message(look, &unread.brand, digest, link);
    mail::post(tx.conn(), state, content.with_end(&address, EmailKind::NetworkMessage, end)?).await
}

/// Returns false if the brand may get no more emails for now.
async fn to_brand(
    tx: &mut TenantTx,
    state: &AppState,
    unread: &Unread,
    (contact, digest): (&Contact, &(i64, String)),
) -> Result<bool> {
    let organization = tx.organization();
    let people = recipients(tx, Kind::NetworkMessage).await?;
    if people.is_empty() {
        return Ok(true);
    }
    // If many creators write at once, the emails about them come one by one.
    let whose = organization.to_string();
    let limit = Limit::Email { action: PublicAction::MessageNotice, address: &whose, device: None };
    if !limit::admit_in(tx.conn(), state, &limit).await? {
        return Ok(false);
    }
    let place = format!("/dashboard/network/contacts/{}?organization={organization}", unread.creator);
    let link = format!("{}{place}", state.config.public_url);
    let content = email::message_new(&unread.brand, contact.shown_name().as_deref(), digest, link);
    for person in people {
        let end = end::url(state, organization, Reader::Member(person.user, Kind::NetworkMessage));
        let email = content.clone().with_end(&person.email, EmailKind::NetworkMessageNew, end)?;
        mail::post(tx.conn(), state, email).await?;
    }
    Ok(true)
}
