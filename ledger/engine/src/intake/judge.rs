//! Determines which events are new: reads their facts, and sorts out duplicates, conflicts and unreadable events.

use std::collections::{BTreeSet, HashMap, hash_map::Entry};

use shared::{
    batch::{ItemVerdict, Verdict},
    event::{Event, Gateway, Payload},
    id::OrganizationId,
    keys::KeyRing,
    money::Money,
    token::ClickToken,
};
use uuid::Uuid;

use super::{item::verdict, store};
use crate::{
    conversion,
    event::{digest::digest, reading},
    gateway_connection::last_webhook::{self, LastWebhook},
    history::facts,
    privacy::redact::same_but_for_people,
    quarantine::store::{self as quarantine, Suspect},
};
use kit::{db::TenantsTx, state::AppState};
use rules::{
    conversion::Conversion,
    fact::{Fact, Provenance, ReportedEvent, Unreadable},
    gateway::origin::{self, Expected},
};

/// An event with its index in the set and its JSON.
pub(super) type Placed<'a> = (usize, &'a Event, &'a str);

pub(super) struct Read<'a> {
    place: usize,
    pub(super) event: &'a Event,
    pub(super) raw: &'a str,
    pub(super) digest: [u8; 32],
    pub(super) report: ReportedEvent,
}

impl Read<'_> {
    fn key(&self) -> (Uuid, Uuid) {
        (self.event.organization_id.uuid(), self.event.id.uuid())
    }

    async fn quarantine(
        &self,
        tx: &mut TenantsTx,
        state: &AppState,
        reason: &str,
        detail: &str,
    ) -> Result<(), sqlx::Error> {
        quarantine::keep(tx, state, Suspect::event(self.event, self.raw, reason, detail)).await
    }
}

/// Reads each event's facts; unreadable events go to quarantine. Records the last webhook of each gateway connection.
pub(super) async fn read<'a>(
    tx: &mut TenantsTx,
    state: &AppState,
    events: &[Placed<'a>],
    verdicts: &mut Vec<(usize, ItemVerdict)>,
) -> Result<Vec<Read<'a>>, sqlx::Error> {
    let mut named = Vec::new();
    for (_, event, _) in events {
        if let Payload::Gateway(gateway) = &event.payload {
            named.push((event.organization_id, gateway.connection_id));
        }
    }
    let connections = store::connections(tx, &named).await?;
    let development = state.config.environment.is_development();
    let mut webhooks = Vec::with_capacity(named.len());
    let mut read = Vec::with_capacity(events.len());
    for (place, event, raw) in events {
        let report = reading::read(event).and_then(|mut report| {
            if let Payload::Gateway(gateway) = &event.payload {
                let unknown = || Unreadable::new("unknown_connection", "no such gateway connection");
                let known = connections.get(&(event.organization_id, gateway.connection_id)).ok_or_else(unknown)?;
                let expected = Expected {
                    test_mode: known.test_mode,
                    account: known.account.as_deref(),
                    environment: known.environment.as_deref(),
                    development,
                };
                origin::check(gateway.gateway, &gateway.body, expected)?;
                report.prefers = Some(known.program);
            }
            Ok(report)
        });
        if let Payload::Gateway(gateway) = &event.payload {
            webhooks.push(LastWebhook {
                organization: event.organization_id,
                connection: gateway.connection_id,
                at: event.received_at,
                event_type: gateway.event_type.clone(),
                error: report.as_ref().err().map(ToString::to_string),
            });
        }
        match report {
            Ok(report) => read.push(Read { place: *place, event, raw, digest: digest(event), report }),
            Err(Unreadable { code, detail }) => {
                quarantine::keep(tx, state, Suspect::event(event, raw, code, &detail)).await?;
                verdicts.push((*place, verdict(Some(event.id), Verdict::Rejected, Some(code), true)));
            }
        }
    }
    last_webhook::record(tx, &webhooks).await?;
    Ok(read)
}

/// Stored conversions by tenant and external id: those that the batch reports again, and those whose refunds, disputes
/// or aliases it reports.
pub(super) type Existing = HashMap<(OrganizationId, String), Conversion>;

/// What is known about a conversion that is reported again.
#[derive(Debug, Clone, Copy)]
struct Known {
    lead: bool,
    amount: Money,
    provenance: Provenance,
}

impl Known {
    /// Returns how another report contradicts this one, if this one is verified. A claim from a page can't be
    /// contradicted.
    fn contradicts(self, report: Self) -> Option<&'static str> {
        if !self.provenance.is_verified() {
            None
        } else if self.lead != report.lead {
            Some("a sale and a lead have the same ID")
        } else {
            (self.amount != report.amount).then_some("this sale was already reported with a different amount")
        }
    }
}

/// The outcome for an event that reports a known conversion, or repeats a known event's id.
enum Judgement {
    New,
    Duplicate,
    Conflict(&'static str),
}

/// Whether the event is the stored one apart from its buyer's data, which was erased since.
async fn is_same_but_for_people(tx: &mut TenantsTx, read: &Read<'_>) -> Result<bool, sqlx::Error> {
    let (organization, event) = read.key();
    let stored = store::event_body(tx, organization, event).await?;
    Ok(stored.is_some_and(|stored| same_but_for_people(&stored, read.raw)))
}

/// Whether the event's id is that of its body, so that a known id means the same content. Only Shopify's topic may differ,
/// which isn't signed, but is part of the digest.
fn is_named_by_its_body(event: &Event) -> bool {
    matches!(&event.payload, Payload::Gateway(gateway) if gateway.gateway == Gateway::Shopify)
}

/// Sorts out duplicates and conflicts; returns the new events and the stored conversions that they name.
pub(super) async fn judge<'a>(
    tx: &mut TenantsTx,
    state: &AppState,
    read: Vec<Read<'a>>,
    verdicts: &mut Vec<(usize, ItemVerdict)>,
) -> Result<(Vec<Read<'a>>, Existing), sqlx::Error> {
    let keys: Vec<(Uuid, Uuid)> = read.iter().map(Read::key).collect();
    let mut known = store::known_events(tx, &keys).await?;
    let existing = existing(tx, &read).await?;
    // The first report of each conversion: from the database, then from this batch.
    let mut first: HashMap<(OrganizationId, String), Known> = existing
        .iter()
        .map(|(key, stored)| {
            (key.clone(), Known { lead: stored.lead, amount: stored.amount, provenance: stored.provenance })
        })
        .collect();
    let mut new = Vec::with_capacity(read.len());
    for read in read {
        let id = Some(read.event.id);
        let judgement = match known.get(&read.key()) {
            Some(digest) if digest.as_slice() == read.digest => Judgement::Duplicate,
            Some(_) if is_named_by_its_body(read.event) => Judgement::Duplicate,
            // The first claim is kept. Strangers can send any number of others, so none of them is saved.
            Some(_) if !read.report.provenance().is_verified() => Judgement::Duplicate,
            Some(_) if is_same_but_for_people(tx, &read).await? => Judgement::Duplicate,
            Some(_) => Judgement::Conflict("the same event was sent again with different content"),
            None => against_known(&read.report, &mut first, &state.config.keys.click_token),
        };
        match judgement {
            Judgement::Duplicate => verdicts.push((read.place, verdict(id, Verdict::Duplicate, None, true))),
            Judgement::Conflict(what) => {
                read.quarantine(tx, state, "conflict", what).await?;
                verdicts.push((read.place, verdict(id, Verdict::Conflict, Some("conflict"), true)));
            }
            Judgement::New => {
                verdicts.push((read.place, verdict(id, Verdict::Accepted, None, true)));
                known.insert(read.key(), read.digest.to_vec());
                new.push(read);
            }
        }
    }
    Ok((new, existing))
}

/// Compares a conversion with what is known under its external id, and remembers it.
///
/// A verified report replaces a claim, whatever the claim contained. A claim under a known external id only adds its
/// click token, if that is genuine.
fn against_known(
    report: &ReportedEvent,
    first: &mut HashMap<(OrganizationId, String), Known>,
    keys: &KeyRing,
) -> Judgement {
    let Some(fact) = report.conversion() else { return Judgement::New };
    let amount = Money::new(fact.amount, fact.currency);
    let reported = Known { lead: fact.lead, amount, provenance: report.provenance() };
    match first.entry((report.organization_id, fact.external_id.clone())) {
        Entry::Vacant(entry) => {
            entry.insert(reported);
            Judgement::New
        }
        Entry::Occupied(_) if !reported.provenance.is_verified() => {
            let token = report.evidence.click_token.as_deref();
            let genuine = token.is_some_and(|token| ClickToken::decode(token, keys).is_ok());
            if genuine { Judgement::New } else { Judgement::Duplicate }
        }
        Entry::Occupied(mut entry) => match entry.get().contradicts(reported) {
            Some(what) => Judgement::Conflict(what),
            None => {
                entry.insert(reported);
                Judgement::New
            }
        },
    }
}

async fn existing(tx: &mut TenantsTx, read: &[Read<'_>]) -> Result<Existing, sqlx::Error> {
    let mut sales: BTreeSet<(OrganizationId, String)> = BTreeSet::new();
    let mut others: BTreeSet<(OrganizationId, String)> = BTreeSet::new();
    for Read { report, .. } in read {
        for fact in &report.facts {
            match fact {
                Fact::Conversion(fact) => sales.insert((report.organization_id, fact.external_id.clone())),
                Fact::Refund(fact) => others.insert((report.organization_id, fact.refund_of.clone())),
                Fact::Dispute(fact) => others.insert((report.organization_id, fact.dispute_of.clone())),
                // Sales may have either ID.
                Fact::Alias(fact) => {
                    others.insert((report.organization_id, fact.alias.clone()));
                    others.insert((report.organization_id, fact.name.clone()))
                }
            };
        }
    }
    let others: Vec<(OrganizationId, String)> = others.into_iter().collect();
    sales.extend(facts::meant(tx, &others).await?);
    let names: Vec<(OrganizationId, &str)> = sales.iter().map(|sale| (sale.0, sale.1.as_str())).collect();
    let stored = conversion::store::by_external_id(tx, &names).await?;
    Ok(stored.into_iter().map(|row| ((row.organization_id, row.external_id.clone()), row)).collect())
}
