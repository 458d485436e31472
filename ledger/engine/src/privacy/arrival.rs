//! Redacts events about an erased person that arrive later: the plain address is compared, and not stored again.
//!
//! Runs after the tenants' lock is taken, so that no erasure can happen in between. For an organization that never
//! erased anyone, it costs one small query per batch.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::{
    event::{Event, Payload},
    id::OrganizationId,
};

use super::{
    pseudonym::{Erased, Name},
    redact::{KnownSales, Walk, candidates},
    store,
};
use crate::event::reading;
use kit::{
    db::{TenantTx, TenantsTx},
    state::AppState,
};
use rules::{
    customer::mailbox::email_key,
    fact::{Details, Fact, ReportedEvent},
};

/// Those of the events that name an erased person, redacted: by their index, with JSON and event.
pub async fn redacted(
    tx: &mut TenantsTx,
    state: &AppState,
    organizations: &[OrganizationId],
    events: &[(&Event, &str)],
) -> Result<HashMap<usize, (String, Event)>, sqlx::Error> {
    let mut redacted = HashMap::new();
    for organization in store::with_erased(tx, organizations).await? {
        let own: BTreeMap<usize, (&Event, &str)> = events
            .iter()
            .enumerate()
            .filter(|(_, (event, _))| {
                event.organization_id == organization && !matches!(event.payload, Payload::Click(_))
            })
            .map(|(index, (event, raw))| (index, (*event, *raw)))
            .collect();
        let known = looked_up(tx, state, organization, own.values().copied()).await?;
        for (index, (event, raw)) in own {
            // A repeated report of a sale without a buyer may still describe its buyer.
            let is_one = |report: &ReportedEvent| {
                report.customer.is_none() && sales(report).any(|name| known.sales.contains_key(name))
            };
            let about_one = reading::read(event).is_ok_and(|report| is_one(&report));
            if known.erased.is_empty() && !about_one {
                continue;
            }
            let Some(body) = Walk::new(&known.erased, about_one).knowing(&known.sales).event(raw) else { continue };
            if let Ok(event) = serde_json::from_str::<Event>(&body) {
                redacted.insert(index, (body, event));
            }
        }
    }
    Ok(redacted)
}

/// Redacts a text before it is saved in an organization's quarantine.
pub async fn text(
    tx: &mut TenantsTx,
    state: &AppState,
    organization: OrganizationId,
    raw: &str,
) -> Result<Option<String>, sqlx::Error> {
    if store::with_erased(tx, &[organization]).await?.is_empty() {
        return Ok(None);
    }
    let report = serde_json::from_str::<Event>(raw).ok().and_then(|event| reading::read(&event).ok());
    let names = candidates(raw, report.as_ref());
    let erased = store::erased_among(tx, organization, &state.config.keys.pseudonym, &names).await?;
    Ok(Walk::new(&erased, false).event(raw))
}

/// The sales that an event reports or refers to.
fn sales(report: &ReportedEvent) -> impl Iterator<Item = &str> {
    report.facts.iter().filter_map(|fact| match fact {
        Fact::Conversion(fact) => Some(fact.external_id.as_str()),
        Fact::Refund(fact) => Some(fact.refund_of.as_str()),
        Fact::Dispute(_) | Fact::Alias(_) => None,
    })
}

/// The form in which an erased person's address is compared; `None` for anyone else's.
pub async fn compared(tx: &mut TenantTx, state: &AppState, address: &str) -> Result<Option<String>, sqlx::Error> {
    Ok(all_compared(tx, state, &[address]).await?.pop().flatten())
}

/// Like [`compared`], for several addresses.
pub async fn all_compared(
    tx: &mut TenantTx,
    state: &AppState,
    addresses: &[&str],
) -> Result<Vec<Option<String>>, sqlx::Error> {
    let organization = tx.organization();
    let names: BTreeSet<Name> = addresses.iter().map(|address| Name::email(address)).collect();
    let erased = store::erased_among(tx, organization, &state.config.keys.pseudonym, &names).await?;
    let key = |address: &&str| erased.address(address).map(|pseudonym| email_key(&pseudonym));
    Ok(addresses.iter().map(key).collect())
}

/// What is known about erased people whom the events name.
struct Known {
    erased: Erased,
    /// Their sales that the events report or refer to, by the name in the events.
    sales: KnownSales,
}

async fn looked_up(
    tx: &mut TenantsTx,
    state: &AppState,
    organization: OrganizationId,
    events: impl Iterator<Item = (&Event, &str)>,
) -> Result<Known, sqlx::Error> {
    let (mut names, mut reported_for) = (BTreeSet::new(), BTreeSet::new());
    for (event, raw) in events {
        let report = reading::read(event).ok();
        names.extend(candidates(raw, report.as_ref()));
        reported_for.extend(report.iter().flat_map(sales).map(str::to_owned));
    }
    let erased = store::erased_among(tx, organization, &state.config.keys.pseudonym, &names).await?;
    // A sale's name that contains an address is stored in its renamed form.
    let mut walk = Walk::new(&erased, false);
    let called: BTreeMap<String, String> =
        reported_for.into_iter().map(|name: String| (walk.field("", "externalEventId", &name), name)).collect();
    let stored = store::sales_of_erased(tx, organization, &called.keys().cloned().collect::<Vec<_>>()).await?;
    let sales = stored.into_iter().filter_map(|(name, details)| {
        let details: Details = details.and_then(|details| serde_json::from_value(details).ok()).unwrap_or_default();
        Some((called.get(&name)?.clone(), details.metadata))
    });
    Ok(Known { erased, sales: sales.collect() })
}
