//! Erases a person: their names are removed from all stored data, the book stays as it is.
//!
//! Runs in one transaction under the organization's lock, in which each statement may take ten minutes. Each name is
//! replaced by its pseudonym (`pseudonym`) everywhere in the same transaction, events included, so that everything computed
//! from the stored facts stays the same.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::{
    event::Event,
    id::{AffiliateId, CustomerId, EventId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::rewrite_store::{self as rewrite, Words};
use agents::copilot;
use engine::{
    book,
    event::{digest::digest, reading},
    privacy::{
        pattern,
        pseudonym::{Erased, Name, is_pseudonym},
        redact::{Found, GONE, KnownSales, Walk},
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
use rules::{customer::mailbox::email_key, fact::Details};
use ui::missing_sale_claim;

/// The name of an erased affiliate.
pub const AFFILIATE_NAME: &str = "Erased affiliate";
/// A shorter id could be any word in a text.
const ID_IN_TEXT_MIN: usize = 6;
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
    book::store::lock(tx).await?;
    let rows = store::buyer(tx, id).await?;
    if rows.is_empty() {
        return Ok(None);
    }
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
    let names = store::names_of(tx, &rows).await?;
    let reported = rows.iter().flat_map(|row| [Some(row.external_id.as_str()), row.email.as_deref()]).flatten();
    let reported: Vec<String> = reported.map(str::to_lowercase).chain(words(&names)).collect();
    rewrite::empty_import_rows(tx, &reported, &mailboxes(&names)).await?;
    let mut erasure = Erasure::new(tx, state, names, now).await?;
    let own = [ids.clone(), erasure.named_by_address(tx).await?].concat();
    erasure.sales(tx, &own).await?;
    let events = erasure.events(tx, &own).await?;
    let mut typed: Vec<String> = rows.iter().map(|row| row.id.to_string()).collect();
    typed.extend(store::conversions_of(tx, &ids).await?.iter().map(ToString::to_string));
    copilot::store::delete_with(tx, &typed).await?;
    erasure.customers(tx, rows, now).await?;
    let also_affiliate = erasure.notify_affiliates(tx).await?;
    let texts = erasure.texts(tx, GONE).await?;
    Ok(Some(Done { events, texts, also_affiliate, kept: Vec::new() }))
}

/// Erases an affiliate. `None` if there is no such affiliate.
///
/// # Errors
/// Database errors; the caller must then roll back.
pub async fn affiliate(tx: &mut TenantTx, state: &AppState, id: AffiliateId, now: Timestamp) -> Result<Option<Done>> {
    time_limit_store::raise(tx.conn()).await?;
    book::store::lock(tx).await?;
    let Some(row) = store::affiliate(tx, id).await? else { return Ok(None) };
    if row.is_erased {
        let kept = tax::erase::affiliate(tx, id, now).await?;
        return Ok(Some(Done { events: 0, texts: 0, also_affiliate: None, kept }));
    }
    let mut names = BTreeSet::from([Name::email(&row.email)]);
    names.extend(store::former_addresses(tx, id).await?.into_iter().map(Name::Email));
    let reported: Vec<String> = std::iter::once(row.email.to_lowercase()).chain(words(&names)).collect();
    rewrite::empty_import_rows(tx, &reported, &mailboxes(&names)).await?;
    let mut erasure = Erasure::new(tx, state, names, now).await?;
    erasure.found.names.insert(row.name.clone());
    erasure.found.addresses.insert(row.email.clone());
    let own = erasure.named_by_address(tx).await?;
    erasure.sales(tx, &own).await?;
    let events = erasure.events(tx, &own).await?;
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
    let texts = erasure.texts(tx, AFFILIATE_NAME).await?;
    let kept = tax::erase::affiliate(tx, id, now).await?;
    publish::affiliate(tx, id, now).await?;
    Ok(Some(Done { events, texts, also_affiliate: None, kept }))
}

/// The names as an imported file may contain them.
fn words(names: &BTreeSet<Name>) -> impl Iterator<Item = String> {
    names.iter().map(|(Name::Email(text) | Name::Id(text))| text.to_lowercase())
}

/// A pattern of their mailboxes, in whatever spelling.
fn mailboxes(names: &BTreeSet<Name>) -> String {
    let key = |name: &Name| match name {
        Name::Email(key) => Some(pattern::mailbox(key)),
        Name::Id(_) => None,
    };
    pattern::any(&names.iter().filter_map(key).collect::<Vec<_>>())
}

/// An erasure in progress.
struct Erasure {
    erased: Erased,
    /// Compared addresses with their pseudonyms.
    addresses: BTreeMap<String, String>,
    sales: KnownSales,
    found: Found,
}

impl Erasure {
    async fn new(tx: &mut TenantTx, state: &AppState, names: BTreeSet<Name>, now: Timestamp) -> Result<Self> {
        let clear = |name: &Name| match name {
            Name::Email(text) | Name::Id(text) => !is_pseudonym(text),
        };
        let names: BTreeSet<Name> = names.into_iter().filter(clear).collect();
        let erased = store::add_erased(tx, &state.config.keys.pseudonym, &names, now).await?;
        let mut addresses = BTreeMap::new();
        for (name, _) in erased.iter() {
            if let Name::Email(key) = name
                && let Some(pseudonym) = erased.address(key)
            {
                addresses.insert(key.clone(), pseudonym);
            }
        }
        Ok(Self { erased, addresses, sales: KnownSales::new(), found: Found::default() })
    }

    fn keys(&self) -> Vec<String> {
        self.addresses.keys().cloned().collect()
    }

    fn pseudonyms(&self) -> Vec<String> {
        self.addresses.values().cloned().collect()
    }

    /// Ids that aren't addresses, with their pseudonyms.
    fn ids(&self) -> impl Iterator<Item = (&str, String)> {
        self.erased.iter().filter_map(|(name, hash)| match name {
            Name::Id(id) => Some((id.as_str(), format!("erased-{hash}"))),
            Name::Email(_) => None,
        })
    }

    /// Redacts stored and quarantined events; `own` are the customers whose events lose more than addresses.
    async fn events(&mut self, tx: &mut TenantTx, own: &[Uuid]) -> Result<usize> {
        let mut patterns: Vec<String> = self.addresses.keys().map(|key| pattern::mailbox_anywhere(key)).collect();
        patterns.extend(self.ids().map(|(id, _)| pattern::exactly(id)));
        let pattern = pattern::any(&patterns);
        let about = rewrite::events_about(tx, own).await?;
        let mut stored: BTreeMap<Uuid, (String, bool)> =
            about.into_iter().map(|(id, body)| (id, (body, true))).collect();
        for (id, body) in rewrite::events_naming(tx, &pattern).await? {
            stored.entry(id).or_insert((body, false));
        }
        let mut changed = 0;
        for (id, (body, own)) in stored {
            let Some((body, own)) = self.redacted(&body, own) else { continue };
            let Ok(event) = serde_json::from_str::<Event>(&body) else { continue };
            rewrite::rewrite_event(tx, id, &body, &digest(&event)).await?;
            if let Ok(report) = reading::read(&event)
                && !report.provenance().is_verified()
            {
                let key = report.claimed_email_key();
                rewrite::rewrite_claim(tx, report.event_id, key.as_deref()).await?;
                if own {
                    self.claim(tx, report.event_id).await?;
                }
            }
            changed += 1;
        }
        for (id, body) in rewrite::suspects_naming(tx, &pattern).await? {
            if let Some((body, _)) = self.redacted(&body, false) {
                rewrite::rewrite_suspect(tx, id, &body).await?;
                changed += 1;
            }
        }
        Ok(changed)
    }

    /// The redacted event, and whether it is about the person.
    fn redacted(&mut self, body: &str, own: bool) -> Option<(String, bool)> {
        let mut walk = Walk::new(&self.erased, own).knowing(&self.sales);
        let redacted = walk.event(body);
        self.found.names.append(&mut walk.found.names);
        self.found.addresses.append(&mut walk.found.addresses);
        self.found.sales.append(&mut walk.found.sales);
        Some((redacted?, walk.is_own()))
    }

    /// Customers whose ID is one of the addresses, in whatever spelling: their events are the person's own, too.
    async fn named_by_address(&self, tx: &mut TenantTx) -> Result<Vec<Uuid>> {
        let rows = store::customers_with(tx, &self.keys()).await?;
        let named = rows.into_iter().filter(|row| self.erased.customer(&row.external_id).is_some());
        Ok(named.map(|row| row.id.uuid()).collect())
    }

    /// Redacts the metadata of the person's purchases, with which their events must then agree.
    async fn sales(&mut self, tx: &mut TenantTx, customers: &[Uuid]) -> Result<()> {
        for (id, name, stored) in rewrite::details_of(tx, customers).await? {
            let Some(details) = self.hide(tx, id, stored).await? else { continue };
            self.sales.insert(name, details.metadata);
        }
        Ok(())
    }

    /// Redacts the metadata of a purchase that only a page reported, which belongs to no customer.
    async fn claim(&self, tx: &mut TenantTx, event: EventId) -> Result<()> {
        if let Some((id, stored)) = rewrite::details_of_claim(tx, event).await? {
            self.hide(tx, id, stored).await?;
        }
        Ok(())
    }

    async fn hide(&self, tx: &mut TenantTx, id: Uuid, stored: Value) -> Result<Option<Details>> {
        let Ok(mut details) = serde_json::from_value::<Details>(stored.clone()) else { return Ok(None) };
        details.metadata = Walk::new(&self.erased, true).pairs(&details.metadata);
        let anew = serde_json::to_value(&details).map_err(|error| Error::internal(error))?;
        if anew != stored {
            rewrite::rewrite_details(tx, id, &anew).await?;
        }
        Ok(Some(details))
    }

    /// Redacts the person's own rows, and the address in rows of others who share it.
    async fn customers(&mut self, tx: &mut TenantTx, own: Vec<CustomerRow>, now: Timestamp) -> Result<()> {
        let ids: BTreeSet<CustomerId> = own.iter().map(|row| row.id).collect();
        let others = store::customers_with(tx, &self.keys()).await?;
        let others = others.into_iter().filter(|row| !ids.contains(&row.id)).map(|row| (row, None));
        for (row, erased_at) in own.into_iter().map(|row| (row, Some(now))).chain(others) {
            let external_id = self.erased.customer(&row.external_id).unwrap_or_else(|| row.external_id.clone());
            for report in [Some(&row.external_id), row.email.as_ref()].into_iter().flatten() {
                if self.erased.address(report).is_some() {
                    self.found.addresses.insert(report.clone());
                }
            }
            let email = row.email.map(|email| self.erased.address(&email).unwrap_or(email));
            let renamed = CustomerRow { id: row.id, external_id, email };
            store::rename_customer(tx, &renamed, erased_at).await?;
        }
        store::rename_addresses(tx, &self.keys(), &self.pseudonyms()).await?;
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

    /// Redacts texts that people and programs wrote freely. Known spellings come first, so that rows and events still
    /// agree, then any other spelling; ids and full names only in texts that the book isn't computed from.
    async fn texts(&self, tx: &mut TenantTx, name: &str) -> Result<i64> {
        let mut of_facts = Words::default();
        for (sale, renamed) in &self.found.sales {
            of_facts.add(pattern::exactly(sale), renamed);
        }
        let mut spelled: Vec<&String> = self.found.addresses.iter().collect();
        spelled.sort_by_key(|address| std::cmp::Reverse(address.len()));
        for address in spelled {
            if let Some(pseudonym) = self.erased.address(address) {
                of_facts.add(pattern::exactly(address), pseudonym);
            }
        }
        for (key, pseudonym) in &self.addresses {
            of_facts.add(pattern::mailbox(key), pseudonym);
        }
        let mut others = Words::default();
        for (id, pseudonym) in self.ids().filter(|(id, _)| id.len() >= ID_IN_TEXT_MIN) {
            if id.bytes().all(|byte| byte.is_ascii_digit()) {
                others.add(pattern::digits(id), pseudonym);
            } else if id.chars().all(char::is_alphabetic) {
                // It may be any word, such as a status, so replace it only where it is the buyer's ID.
                for key in ["customerId", "externalId"] {
                    others.add(pattern::pair(key, id), format!("\"{key}\": \"{pseudonym}\""));
                }
            } else {
                others.add(pattern::exactly(id), pseudonym);
            }
        }
        for full in self.found.names.iter().filter(|full| full.as_str() != GONE) {
            if full.contains(char::is_whitespace) {
                others.add(pattern::exactly(full), name);
            } else {
                // A single word may be any word, so replace it only where it is a name.
                others.add(pattern::pair("name", full), format!("\"name\": \"{name}\""));
            }
        }
        let subject = pattern::any(&[of_facts.patterns.as_slice(), others.patterns.as_slice()].concat());
        rewrite::delete_confirmations(tx, &subject).await?;
        let mut changed = rewrite::rewrite_texts(tx, &of_facts, true).await?;
        changed += rewrite::rewrite_texts(tx, &others, false).await?;
        rewrite::delete_emails(tx, &self.keys(), &subject).await?;
        rewrite::delete_views(tx, &subject).await?;
        Ok(changed)
    }
}
