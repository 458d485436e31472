//! Which events are new: reads their facts, and sorts out duplicates, conflicts and what can't be read.

use std::collections::{BTreeSet, HashMap};

use shared::{
    batch::{ItemVerdict, Verdict},
    event::{Event, Payload},
    id::OrganizationId,
    money::Money,
};
use uuid::Uuid;

use super::{digest::digest, item::verdict, reading, store};
use crate::{
    conversion::{self, Conversion},
    db::TenantTx,
    fact::{Fact, Told, Unreadable},
    gateway::origin::{self, Expected},
    gateway_connection::{self, store::Heard},
    journey::facts,
    privacy::redact::same_but_for_people,
    quarantine::store::{self as quarantine, Suspect},
    state::AppState,
};

/// An event with its place in the set and its JSON.
pub(super) type Placed<'a> = (usize, &'a Event, &'a str);

pub(super) struct Read<'a> {
    place: usize,
    pub(super) event: &'a Event,
    pub(super) raw: &'a str,
    pub(super) digest: [u8; 32],
    pub(super) told: Told,
}

impl Read<'_> {
    fn key(&self) -> (Uuid, Uuid) {
        (self.event.organization_id.uuid(), self.event.id.uuid())
    }

    async fn quarantine(
        &self,
        tx: &mut TenantTx,
        state: &AppState,
        reason: &str,
        detail: &str,
    ) -> Result<(), sqlx::Error> {
        quarantine::keep(tx, state, Suspect::event(self.event, self.raw, reason, detail)).await
    }
}

/// Reads each event's facts; what can't be read goes to quarantine. A gateway's connection remembers what it heard last.
pub(super) async fn read<'a>(
    tx: &mut TenantTx,
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
    let mut heard = Vec::with_capacity(named.len());
    let mut read = Vec::with_capacity(events.len());
    for (place, event, raw) in events {
        let told = reading::read(event).and_then(|mut told| {
            if let Payload::Gateway(gateway) = &event.payload {
                let unknown = || Unreadable::new("unknown_connection", "no such gateway connection");
                let known = connections.get(&(event.organization_id, gateway.connection_id)).ok_or_else(unknown)?;
                let (test_mode, account) = (known.test_mode, known.account.as_deref());
                origin::check(gateway.gateway, &gateway.body, Expected { test_mode, account, development })?;
                told.prefers = Some(known.program);
            }
            Ok(told)
        });
        if let Payload::Gateway(gateway) = &event.payload {
            heard.push(Heard {
                organization: event.organization_id,
                connection: gateway.connection_id,
                at: event.received_at,
                event_type: gateway.event_type.clone(),
                error: told.as_ref().err().map(ToString::to_string),
            });
        }
        match told {
            Ok(told) => read.push(Read { place: *place, event, raw, digest: digest(event), told }),
            Err(Unreadable { code, detail }) => {
                quarantine::keep(tx, state, Suspect::event(event, raw, code, &detail)).await?;
                verdicts.push((*place, verdict(Some(event.id), Verdict::Rejected, Some(code), true)));
            }
        }
    }
    gateway_connection::store::heard(tx, &heard).await?;
    Ok(read)
}

/// Conversions that are stored already, by tenant and external id: those that the batch tells again, and those whose
/// refunds, disputes or other names it tells.
pub(super) type Existing = HashMap<(OrganizationId, String), Conversion>;

/// What is known of a conversion that is told again.
#[derive(Debug, Clone, Copy)]
struct Known {
    lead: bool,
    amount: Money,
    verified: bool,
}

impl Known {
    /// Whether another telling means something else. What a page told is no word against what a backend or gateway tells.
    fn contradicts(self, told: Self) -> Option<&'static str> {
        if self.lead != told.lead {
            return Some("a sale and a lead have the same name");
        }
        let corrected = told.verified && !self.verified;
        (self.amount != told.amount && !corrected).then_some("this sale is known with another amount")
    }
}

/// Whether it is known without its buyer's name, who was erased since.
async fn is_same_but_for_people(tx: &mut TenantTx, read: &Read<'_>) -> Result<bool, sqlx::Error> {
    let (organization, event) = read.key();
    let stored = store::event_body(tx, organization, event).await?;
    Ok(stored.is_some_and(|stored| same_but_for_people(&stored, read.raw)))
}

/// Sorts out duplicates and conflicts; answers the new events and the stored conversions that they name.
pub(super) async fn judge<'a>(
    tx: &mut TenantTx,
    state: &AppState,
    read: Vec<Read<'a>>,
    verdicts: &mut Vec<(usize, ItemVerdict)>,
) -> Result<(Vec<Read<'a>>, Existing), sqlx::Error> {
    let keys: Vec<(Uuid, Uuid)> = read.iter().map(Read::key).collect();
    let mut known = store::known_events(tx, &keys).await?;
    let existing = existing(tx, &read).await?;
    // What was told of each conversion: by the database, then by this batch.
    let mut first: HashMap<(OrganizationId, String), Known> = existing
        .iter()
        .map(|(key, stored)| {
            (key.clone(), Known { lead: stored.lead, amount: stored.amount, verified: stored.verified })
        })
        .collect();
    let mut new = Vec::with_capacity(read.len());
    for read in read {
        let id = Some(read.event.id);
        if let Some(first_digest) = known.get(&read.key()) {
            if first_digest.as_slice() == read.digest || is_same_but_for_people(tx, &read).await? {
                verdicts.push((read.place, verdict(id, Verdict::Duplicate, None, true)));
            } else {
                read.quarantine(tx, state, "conflict", "the same event came with other content").await?;
                verdicts.push((read.place, verdict(id, Verdict::Conflict, Some("conflict"), true)));
            }
            continue;
        }
        if let Some(fact) = read.told.conversion() {
            let key = (read.told.organization_id, fact.external_id.clone());
            let amount = Money::new(fact.amount, fact.currency);
            let told = Known { lead: fact.lead, amount, verified: read.told.source.verified() };
            let first = first.entry(key).or_insert(told);
            if let Some(what) = first.contradicts(told) {
                read.quarantine(tx, state, "conflict", what).await?;
                verdicts.push((read.place, verdict(id, Verdict::Conflict, Some("conflict"), true)));
                continue;
            }
            if told.verified {
                *first = told;
            }
        }
        verdicts.push((read.place, verdict(id, Verdict::Accepted, None, true)));
        known.insert(read.key(), read.digest.to_vec());
        new.push(read);
    }
    Ok((new, existing))
}

async fn existing(tx: &mut TenantTx, read: &[Read<'_>]) -> Result<Existing, sqlx::Error> {
    let mut sales: BTreeSet<(OrganizationId, String)> = BTreeSet::new();
    let mut others: BTreeSet<(OrganizationId, String)> = BTreeSet::new();
    for Read { told, .. } in read {
        for fact in &told.facts {
            match fact {
                Fact::Conversion(fact) => sales.insert((told.organization_id, fact.external_id.clone())),
                Fact::Refund(fact) => others.insert((told.organization_id, fact.refund_of.clone())),
                Fact::Dispute(fact) => others.insert((told.organization_id, fact.dispute_of.clone())),
                Fact::Alias(fact) => others.insert((told.organization_id, fact.name.clone())),
            };
        }
    }
    let others: Vec<(OrganizationId, String)> = others.into_iter().collect();
    sales.extend(facts::meant(tx, &others).await?);
    let names: Vec<(OrganizationId, &str)> = sales.iter().map(|sale| (sale.0, sale.1.as_str())).collect();
    let stored = conversion::store::by_external_id(tx, &names).await?;
    Ok(stored.into_iter().map(|row| ((row.organization_id, row.external_id.clone()), row)).collect())
}
