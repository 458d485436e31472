//! Where an erased person is named. Finding that out takes long in a large organization and changes nothing, so it
//! happens before the books are locked. Under the lock, only what was found is read again, and what came since.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;
use shared::{
    event::Event,
    id::{AffiliateId, CustomerId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::rewrite_store::{self as rewrite, Words};
use engine::privacy::{
    pattern,
    pseudonym::{Erased, Name, is_pseudonym},
    redact::{Found, GONE, KnownSales, Walk},
    store::{self, CustomerRow},
};
use kit::{db::TenantTx, error::Result, state::AppState};
use rules::fact::Details;

/// A shorter id could be any word in a text.
const ID_IN_TEXT_MIN: usize = 6;
/// Events were booked before a search if they were so many days earlier, even if the clocks of two processes differ.
const CLOCKS_DIFFER_DAYS: i64 = 1;

/// Whom an erasure is about.
pub(super) struct Person {
    names: BTreeSet<Name>,
    /// All customers that are the same buyer; none for an affiliate.
    pub(super) customers: Vec<CustomerRow>,
    /// An affiliate's address and name.
    affiliate: Option<(String, String)>,
}

impl Person {
    /// `None` if there is no such customer.
    pub(super) async fn customer(tx: &mut TenantTx, id: CustomerId) -> Result<Option<Self>> {
        let customers = store::buyer(tx, id).await?;
        if customers.is_empty() {
            return Ok(None);
        }
        let names = store::names_of(tx, &customers).await?;
        Ok(Some(Self { names, customers, affiliate: None }))
    }

    /// `None` if there is no such affiliate, or if they are erased.
    pub(super) async fn affiliate(tx: &mut TenantTx, id: AffiliateId) -> Result<Option<Self>> {
        let Some((email, name)) = store::names_of_affiliate(tx, id).await? else { return Ok(None) };
        let mut names = BTreeSet::from([Name::email(&email)]);
        names.extend(store::former_addresses(tx, id).await?.into_iter().map(Name::Email));
        Ok(Some(Self { names, customers: Vec::new(), affiliate: Some((email, name)) }))
    }

    /// The names as an imported file may contain them.
    pub(super) fn reported(&self) -> Vec<String> {
        let of_customers = self.customers.iter().flat_map(|row| [Some(&row.external_id), row.email.as_ref()]).flatten();
        let spelled = of_customers.chain(self.affiliate.iter().map(|(email, _)| email));
        let compared = self.names.iter().map(|(Name::Email(text) | Name::Id(text))| text);
        spelled.chain(compared).map(|text| text.to_lowercase()).collect()
    }

    /// A pattern of their mailboxes, in whatever spelling.
    pub(super) fn mailboxes(&self) -> String {
        let key = |name: &Name| match name {
            Name::Email(key) => Some(pattern::mailbox(key)),
            Name::Id(_) => None,
        };
        pattern::any(&self.names.iter().filter_map(key).collect::<Vec<_>>())
    }
}

/// What was found before the books were locked. It counts for the patterns that were searched: the person may have got
/// another name meanwhile.
pub(super) struct Ahead {
    event_pattern: String,
    events: Vec<Uuid>,
    /// Events from then on may not be among them.
    since: Timestamp,
    text_patterns: Vec<String>,
    texts: Option<String>,
}

impl Ahead {
    pub(super) async fn search(tx: &mut TenantTx, state: &AppState, person: &Person) -> Result<Self> {
        let since = state.clock.now().plus_days(-CLOCKS_DIFFER_DAYS);
        let found = Erasure::find(tx, state, person, None).await?;
        let text_patterns = patterns(&found.words(GONE));
        let texts = Some(rewrite::search_texts(tx, &text_patterns).await?);
        Ok(Self { event_pattern: found.event_pattern, events: found.naming, since, text_patterns, texts })
    }

    fn is_about_events(&self, pattern: &str) -> bool {
        self.event_pattern == pattern
    }

    /// Where texts match these patterns, if they were searched.
    pub(super) fn texts(&self, patterns: &[String]) -> Option<&str> {
        self.texts.as_deref().filter(|_| self.text_patterns == patterns)
    }
}

/// The patterns of both.
pub(super) fn patterns((of_facts, others): &(Words, Words)) -> Vec<String> {
    [of_facts.patterns.as_slice(), others.patterns.as_slice()].concat()
}

/// An event without the person.
pub(super) struct Redacted {
    pub(super) id: Uuid,
    pub(super) body: String,
    pub(super) event: Event,
    /// It is about the person.
    pub(super) own: bool,
}

/// An erasure in progress: what it replaces, and where.
pub(super) struct Erasure {
    pub(super) erased: Erased,
    /// Compared addresses with their pseudonyms.
    pub(super) addresses: BTreeMap<String, String>,
    /// Customers who have one of the addresses.
    pub(super) sharing: Vec<CustomerRow>,
    /// The person's purchases, with their stored details.
    pub(super) purchases: Vec<(Uuid, Value)>,
    pub(super) events: Vec<Redacted>,
    /// Redacted quarantine entries.
    pub(super) suspects: Vec<(Uuid, String)>,
    sales: KnownSales,
    found: Found,
    event_pattern: String,
    /// Events whose text matches the pattern.
    naming: Vec<Uuid>,
}

impl Erasure {
    /// Finds what names the person; with what was found ahead, by reading only that, and what came since.
    pub(super) async fn find(
        tx: &mut TenantTx,
        state: &AppState,
        person: &Person,
        ahead: Option<&Ahead>,
    ) -> Result<Self> {
        let clear = |name: &&Name| match name {
            Name::Email(text) | Name::Id(text) => !is_pseudonym(text),
        };
        let names: BTreeSet<Name> = person.names.iter().filter(clear).cloned().collect();
        let erased = store::as_erased(tx, &state.config.keys.pseudonym, &names).await?;
        let mut addresses = BTreeMap::new();
        for (name, _) in erased.iter() {
            if let Name::Email(key) = name
                && let Some(pseudonym) = erased.address(key)
            {
                addresses.insert(key.clone(), pseudonym);
            }
        }
        let mut erasure = Self {
            erased,
            addresses,
            sharing: Vec::new(),
            purchases: Vec::new(),
            events: Vec::new(),
            suspects: Vec::new(),
            sales: KnownSales::new(),
            found: Found::default(),
            event_pattern: String::new(),
            naming: Vec::new(),
        };
        if let Some((email, name)) = &person.affiliate {
            erasure.found.names.insert(name.clone());
            erasure.found.addresses.insert(email.clone());
        }
        erasure.sharing = store::customers_with(tx, &erasure.keys()).await?;
        let own = erasure.own(person);
        erasure.find_sales(tx, &own).await?;
        erasure.find_events(tx, &own, ahead).await?;
        Ok(erasure)
    }

    pub(super) fn keys(&self) -> Vec<String> {
        self.addresses.keys().cloned().collect()
    }

    /// Ids that aren't addresses, with their pseudonyms; sorted, so that the same ids have the same pattern.
    fn ids(&self) -> BTreeMap<&str, String> {
        let ids = self.erased.iter().filter_map(|(name, hash)| match name {
            Name::Id(id) => Some((id.as_str(), format!("erased-{hash}"))),
            Name::Email(_) => None,
        });
        ids.collect()
    }

    /// Customers whose events lose more than addresses: the person's, and those whose ID is one of the addresses, in
    /// whatever spelling. Notes how all of them spell the addresses.
    fn own(&mut self, person: &Person) -> Vec<Uuid> {
        for row in person.customers.iter().chain(&self.sharing) {
            for report in [Some(&row.external_id), row.email.as_ref()].into_iter().flatten() {
                if self.erased.address(report).is_some() {
                    self.found.addresses.insert(report.clone());
                }
            }
        }
        let named = self.sharing.iter().filter(|row| self.erased.customer(&row.external_id).is_some());
        person.customers.iter().chain(named).map(|row| row.id.uuid()).collect()
    }

    /// The person's purchases. Their events must agree with the redacted metadata.
    async fn find_sales(&mut self, tx: &mut TenantTx, own: &[Uuid]) -> Result<()> {
        for (id, name, stored) in rewrite::details_of(tx, own).await? {
            let Some(details) = self.hidden(&stored) else { continue };
            self.sales.insert(name, details.metadata);
            self.purchases.push((id, stored));
        }
        Ok(())
    }

    /// The details of one of the person's purchases without the person.
    pub(super) fn hidden(&self, stored: &Value) -> Option<Details> {
        let mut details = serde_json::from_value::<Details>(stored.clone()).ok()?;
        details.metadata = Walk::new(&self.erased, true).pairs(&details.metadata);
        Some(details)
    }

    /// Stored and quarantined events; `own` are the customers whose events lose more than addresses.
    async fn find_events(&mut self, tx: &mut TenantTx, own: &[Uuid], ahead: Option<&Ahead>) -> Result<()> {
        let mut patterns: Vec<String> = self.addresses.keys().map(|key| pattern::mailbox_anywhere(key)).collect();
        patterns.extend(self.ids().into_keys().map(pattern::exactly));
        self.event_pattern = pattern::any(&patterns);
        let mut naming = Vec::new();
        let mut since = Timestamp::EPOCH;
        if let Some(ahead) = ahead.filter(|ahead| ahead.is_about_events(&self.event_pattern)) {
            naming = rewrite::events_with(tx, &ahead.events).await?;
            since = ahead.since;
        }
        naming.extend(rewrite::events_naming(tx, &self.event_pattern, since).await?);
        self.naming = naming.iter().map(|(id, _)| *id).collect();
        let about = rewrite::events_about(tx, own).await?;
        let mut stored: BTreeMap<Uuid, (String, bool)> =
            about.into_iter().map(|(id, body)| (id, (body, true))).collect();
        for (id, body) in naming {
            stored.entry(id).or_insert((body, false));
        }
        for (id, (body, own)) in stored {
            let Some((body, own)) = self.redacted(&body, own) else { continue };
            let Ok(event) = serde_json::from_str::<Event>(&body) else { continue };
            self.events.push(Redacted { id, body, event, own });
        }
        for (id, body) in rewrite::suspects_naming(tx, &self.event_pattern).await? {
            if let Some((body, _)) = self.redacted(&body, false) {
                self.suspects.push((id, body));
            }
        }
        Ok(())
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

    /// What is replaced in texts that people and programs wrote freely, by `name` where it is a name. Known spellings
    /// come first, so that rows and events still agree, then any other spelling; ids and full names (the second part)
    /// only in texts that the book isn't computed from.
    pub(super) fn words(&self, name: &str) -> (Words, Words) {
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
        for (id, pseudonym) in self.ids().into_iter().filter(|(id, _)| id.len() >= ID_IN_TEXT_MIN) {
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
        (of_facts, others)
    }
}
