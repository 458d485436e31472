//! Erases a person: their names are removed from all stored data, the book stays as it is.
//!
//! Runs in one transaction, in which each statement may take ten minutes. It searches everything before it takes the
//! organization's lock (`search`), so that sales are booked meanwhile. Each name is replaced by its pseudonym
//! (`pseudonym`) everywhere in the same transaction, events included, so that everything computed from the stored facts
//! stays the same.

use std::collections::BTreeSet;

use serde_json::Value;
use shared::{
    id::{AffiliateId, CustomerId, EventId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::{
    rewrite_store as rewrite,
    search::{Ahead, Erasure, Person, patterns},
};
use agents::copilot;
use engine::{
    book,
    event::{digest::digest, reading},
    privacy::{
        pattern,
        redact::GONE,
        store::{self, CustomerRow},
    },
};
use integrations::sync::maintenance_store;
use kit::{
    db::{TenantTx, time_limit_store},
    error::{Error, Result},
    file,
    state::AppState,
};
use outbox::edge_config::publish;
use payouts::{
    payout_account,
    tax::{self, erase::FormRetention},
};
use programs::{affiliate::status_change, reward::proof_store};
use rules::customer::mailbox::email_key;
use ui::missing_sale_claim;

/// The name of an erased affiliate.
pub const AFFILIATE_NAME: &str = "Erased affiliate";

/// What an erasure changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    pub events: usize,
    pub texts: i64,
    /// An affiliate who has one of the addresses and keeps it.
    pub also_affiliate: Option<AffiliateId>,
    /// Tax forms that must be kept for a while.
    pub kept: Vec<FormRetention>,
}

/// Erases a customer with all customers that are the same buyer. `None` if there is no such customer.
///
/// # Errors
/// Database errors; the caller must then roll back.
pub async fn customer(tx: &mut TenantTx, state: &AppState, id: CustomerId, now: Timestamp) -> Result<Option<Done>> {
    time_limit_store::raise(tx.conn()).await?;
    let Some(person) = Person::customer(tx, id).await? else { return Ok(None) };
    let ahead = Ahead::search(tx, state, &person).await?;
    book::store::lock(tx).await?;
    let Some(person) = Person::customer(tx, id).await? else { return Ok(None) };
    let erasure = begin(tx, state, &person, &ahead, now).await?;
    let ids: Vec<Uuid> = person.customers.iter().map(|row| row.id.uuid()).collect();
    let mut typed: Vec<String> = person.customers.iter().map(|row| row.id.to_string()).collect();
    typed.extend(store::conversions_of(tx, &ids).await?.iter().map(ToString::to_string));
    copilot::store::delete_with(tx, &typed).await?;
    erasure.customers(tx, person.customers, now).await?;
    let also_affiliate = erasure.notify_affiliates(tx).await?;
    let texts = erasure.texts(tx, &ahead, GONE).await?;
    Ok(Some(Done { events: erasure.events.len() + erasure.suspects.len(), texts, also_affiliate, kept: Vec::new() }))
}

/// Erases an affiliate. `None` if there is no such affiliate.
///
/// # Errors
/// Database errors; the caller must then roll back.
pub async fn affiliate(tx: &mut TenantTx, state: &AppState, id: AffiliateId, now: Timestamp) -> Result<Option<Done>> {
    time_limit_store::raise(tx.conn()).await?;
    let ahead = match Person::affiliate(tx, id).await? {
        Some(person) => Some(Ahead::search(tx, state, &person).await?),
        None => None,
    };
    book::store::lock(tx).await?;
    let Some(row) = store::affiliate(tx, id).await? else { return Ok(None) };
    let (Some(ahead), Some(person)) = (ahead, Person::affiliate(tx, id).await?) else {
        let kept = tax::erase::affiliate(tx, id, now).await?;
        return Ok(Some(Done { events: 0, texts: 0, also_affiliate: None, kept }));
    };
    let erasure = begin(tx, state, &person, &ahead, now).await?;
    erasure.customers(tx, Vec::new(), now).await?;
    if row.status != "Banned" {
        status_change::change(tx, state, id, "Banned", Some("Erased")).await?;
    }
    let address = erasure.erased.address(&row.email).unwrap_or_else(|| GONE.to_owned());
    // Runs after the status change, which notifies CRMs: once the affiliate is erased, nothing may be sent about them.
    maintenance_store::forget_affiliate(tx, id, &row.email).await?;
    rewrite::empty_affiliate(tx, id, &address, AFFILIATE_NAME, now).await?;
    rewrite::lock_out(tx, id).await?;
    missing_sale_claim::store::forget(tx, id).await?;
    for file in proof_store::files(tx, id).await? {
        file::store::destroy(tx, file, now).await?;
    }
    proof_store::forget(tx, id).await?;
    payout_account::forget::affiliate(tx, id).await?;
    copilot::store::delete_with(tx, &[id.to_string()]).await?;
    let texts = erasure.texts(tx, &ahead, AFFILIATE_NAME).await?;
    let kept = tax::erase::affiliate(tx, id, now).await?;
    publish::affiliate(tx, id, now).await?;
    Ok(Some(Done { events: erasure.events.len() + erasure.suspects.len(), texts, also_affiliate: None, kept }))
}

/// Finds the person again, now that nothing more is booked, and redacts files, purchases and events.
async fn begin(tx: &mut TenantTx, state: &AppState, person: &Person, ahead: &Ahead, now: Timestamp) -> Result<Erasure> {
    rewrite::empty_import_rows(tx, &person.reported(), &person.mailboxes()).await?;
    let erasure = Erasure::find(tx, state, person, Some(ahead)).await?;
    store::add_erased(tx, &erasure.erased, now).await?;
    for (id, stored) in &erasure.purchases {
        erasure.hide(tx, *id, stored).await?;
    }
    erasure.rewrite_events(tx).await?;
    Ok(erasure)
}

impl Erasure {
    /// Rewrites stored and quarantined events.
    async fn rewrite_events(&self, tx: &mut TenantTx) -> Result<()> {
        for redacted in &self.events {
            rewrite::rewrite_event(tx, redacted.id, &redacted.body, &digest(&redacted.event)).await?;
            if let Ok(report) = reading::read(&redacted.event)
                && !report.provenance().is_verified()
            {
                let key = report.claimed_email_key();
                rewrite::rewrite_claim(tx, report.event_id, key.as_deref()).await?;
                if redacted.own {
                    self.claim(tx, report.event_id).await?;
                }
            }
        }
        for (id, body) in &self.suspects {
            rewrite::rewrite_suspect(tx, *id, body).await?;
        }
        Ok(())
    }

    /// Redacts the metadata of a purchase that only a page reported, which belongs to no customer.
    async fn claim(&self, tx: &mut TenantTx, event: EventId) -> Result<()> {
        if let Some((id, stored)) = rewrite::details_of_claim(tx, event).await? {
            self.hide(tx, id, &stored).await?;
        }
        Ok(())
    }

    /// Redacts the metadata of one of the person's purchases.
    async fn hide(&self, tx: &mut TenantTx, id: Uuid, stored: &Value) -> Result<()> {
        let Some(details) = self.hidden(stored) else { return Ok(()) };
        let anew = serde_json::to_value(&details).map_err(|error| Error::internal(error))?;
        if anew != *stored {
            rewrite::rewrite_details(tx, id, &anew).await?;
        }
        Ok(())
    }

    /// Redacts the person's own rows, and the address in rows of others who share it.
    async fn customers(&self, tx: &mut TenantTx, own: Vec<CustomerRow>, now: Timestamp) -> Result<()> {
        let ids: BTreeSet<CustomerId> = own.iter().map(|row| row.id).collect();
        let others = self.sharing.iter().filter(|row| !ids.contains(&row.id)).map(|row| (row.clone(), None));
        for (row, erased_at) in own.into_iter().map(|row| (row, Some(now))).chain(others) {
            let external_id = self.erased.customer(&row.external_id).unwrap_or_else(|| row.external_id.clone());
            let email = row.email.map(|email| self.erased.address(&email).unwrap_or(email));
            let renamed = CustomerRow { id: row.id, external_id, email };
            store::rename_customer(tx, &renamed, erased_at).await?;
        }
        let pseudonyms: Vec<String> = self.addresses.values().cloned().collect();
        store::rename_addresses(tx, &self.keys(), &pseudonyms).await?;
        Ok(())
    }

    /// Keeps an affiliate who bought with their own address an affiliate, and their purchases self-referrals.
    async fn notify_affiliates(&self, tx: &mut TenantTx) -> Result<Option<AffiliateId>> {
        let mut found = None;
        for (id, email) in store::affiliates(tx).await? {
            if let Some(pseudonym) = self.addresses.get(&email_key(&email)) {
                store::note_pseudonym(tx, id, pseudonym).await?;
                found = Some(id);
            }
        }
        Ok(found)
    }

    /// Redacts texts that people and programs wrote freely.
    async fn texts(&self, tx: &mut TenantTx, ahead: &Ahead, name: &str) -> Result<i64> {
        let words = self.words(name);
        let patterns = patterns(&words);
        let subject = pattern::any(&patterns);
        rewrite::delete_confirmations(tx, &subject).await?;
        let (of_facts, others) = words;
        let found = ahead.texts(&patterns);
        let mut changed = rewrite::rewrite_texts(tx, &of_facts, true, found).await?;
        changed += rewrite::rewrite_texts(tx, &others, false, found).await?;
        rewrite::delete_emails(tx, &self.keys(), &subject).await?;
        rewrite::delete_views(tx, &subject).await?;
        Ok(changed)
    }
}
