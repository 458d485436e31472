//! Finds sales for which verified reports name several customers: every two of those customers form a join, which
//! `history::joins` evaluates.
//!
//! Almost every batch has none, and isn't delayed: only the batch itself and data that is loaded anyway are checked.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::{
    event::Event,
    id::{CustomerId, EventId, OrganizationId},
    timestamp::Timestamp,
};

use super::judge::Existing;
use crate::{
    event::reading,
    history::{
        buyers::{Customers, Pair},
        facts,
        joins::Report,
        sale_buyers_store as store,
    },
};
use kit::{db::TenantsTx, state::AppState};
use rules::fact::ReportedEvent;

/// A sale, by its external id.
type Sale = (OrganizationId, String);

/// Returns the pairs of customers that form joins because of this batch. Saves them, with each customer's report.
pub(super) async fn find(
    tx: &mut TenantsTx,
    state: &AppState,
    reported: &[ReportedEvent],
    existing: &Existing,
    customers: &Customers,
) -> Result<Vec<Pair>, sqlx::Error> {
    let sales = suspects(tx, reported, existing, customers).await?;
    if sales.is_empty() {
        return Ok(Vec::new());
    }
    let earlier = earlier(tx, &sales, existing).await?;
    let own = reported.iter().filter(|reported| sale(reported).is_some_and(|name| sales.contains_key(&name)));
    let reports: Vec<&ReportedEvent> = own.chain(&earlier).collect();
    let ids = ids(tx, &reports, customers).await?;
    let mut firsts: BTreeMap<(OrganizationId, EventId, CustomerId), (Timestamp, EventId)> = BTreeMap::new();
    for reported in reports {
        let (Some(name), Some(buyer)) = (sale(reported), reported.buyer()) else { continue };
        let customer = ids.get(&(reported.organization_id, buyer.external_id.clone()));
        let (Some(first), Some(customer)) = (sales.get(&name), customer) else { continue };
        let report = (reported.received_at, reported.event_id);
        let known = firsts.entry((reported.organization_id, *first, *customer)).or_insert(report);
        *known = (*known).min(report);
    }
    let report = |(key, first): (&(OrganizationId, EventId, CustomerId), &(Timestamp, EventId))| {
        (key.0, Report { sale: key.1, customer: key.2, received_at: first.0, event: first.1 })
    };
    let reports: Vec<(OrganizationId, Report)> = firsts.iter().map(report).collect();
    let pairs = pairs(&reports);
    store::keep(tx, &reports).await?;
    store::join(tx, &pairs, || state.new_id()).await?;
    Ok(pairs.into_iter().map(|(pair, _)| pair).collect())
}

fn sale(report: &ReportedEvent) -> Option<Sale> {
    Some((report.organization_id, report.conversion()?.external_id.clone()))
}

/// Sales with several buyers, each with the event that first reported it; and those already known as such and reported
/// again, perhaps by an earlier report.
async fn suspects(
    tx: &mut TenantsTx,
    reported: &[ReportedEvent],
    existing: &Existing,
    customers: &Customers,
) -> Result<BTreeMap<Sale, EventId>, sqlx::Error> {
    let mut first_buyers: HashMap<Sale, CustomerId> = HashMap::new();
    let (mut doubled, mut again): (BTreeSet<Sale>, BTreeSet<Sale>) = Default::default();
    for reported in reported {
        let (Some(name), Some(buyer)) = (sale(reported), reported.buyer()) else { continue };
        let Some(known) = customers.get(&(reported.organization_id, buyer.external_id.clone())) else { continue };
        let stored = existing.get(&name);
        if stored.is_some() && known.in_joins {
            again.insert(name.clone());
        }
        let stored = stored.filter(|stored| stored.provenance.is_verified()).and_then(|stored| stored.customer_id);
        let first = *first_buyers.entry(name.clone()).or_insert(stored.unwrap_or(known.id));
        if first != known.id {
            doubled.insert(name);
        }
    }
    again.retain(|name| !doubled.contains(name));
    let mut sales: BTreeMap<Sale, EventId> =
        doubled.into_iter().filter_map(|name| Some((name.clone(), first(&name, reported, existing)?))).collect();
    if !again.is_empty() {
        let stored = |name: Sale| existing.get(&name).map(|stored| (name, stored.event_id));
        let again: Vec<(Sale, EventId)> = again.into_iter().filter_map(stored).collect();
        let events: Vec<_> = again.iter().map(|(name, event)| (name.0, *event)).collect();
        let kept = store::kept(tx, &events).await?;
        sales.extend(again.into_iter().filter(|(name, event)| kept.contains(&(name.0, *event))));
    }
    Ok(sales)
}

/// The event that first reported a sale: the stored one, else the earliest of the batch.
fn first(name: &Sale, reported: &[ReportedEvent], existing: &Existing) -> Option<EventId> {
    let stored = existing.get(name).map(|stored| stored.event_id);
    stored.or_else(|| {
        let of_sale = reported.iter().filter(|reported| sale(reported).as_ref() == Some(name));
        of_sale.map(|reported| (reported.at, reported.event_id)).min().map(|(_, event)| event)
    })
}

/// The reports of these sales in earlier batches, read from their events.
async fn earlier(
    tx: &mut TenantsTx,
    sales: &BTreeMap<Sale, EventId>,
    existing: &Existing,
) -> Result<Vec<ReportedEvent>, sqlx::Error> {
    let stored: Vec<Sale> = sales.keys().filter(|name| existing.contains_key(*name)).cloned().collect();
    if stored.is_empty() {
        return Ok(Vec::new());
    }
    let mut events: Vec<(OrganizationId, EventId)> =
        stored.iter().filter_map(|name| Some((name.0, *sales.get(name)?))).collect();
    let repeated_reports = facts::repeated_reports(tx, &stored).await?;
    events.extend(
        repeated_reports.into_iter().map(|(organization, repeated_report)| (organization, repeated_report.event_id)),
    );
    let bodies = store::bodies(tx, &events).await?;
    let read = |(_, body): (OrganizationId, String)| {
        let event: Event = serde_json::from_str(&body).ok()?;
        reading::read(&event).ok()
    };
    Ok(bodies.into_iter().filter_map(read).collect())
}

/// The customers that these reports name.
async fn ids(
    tx: &mut TenantsTx,
    reports: &[&ReportedEvent],
    customers: &Customers,
) -> Result<HashMap<(OrganizationId, String), CustomerId>, sqlx::Error> {
    let names: BTreeSet<(OrganizationId, String)> = reports
        .iter()
        .filter_map(|report| Some((report.organization_id, report.buyer()?.external_id.clone())))
        .collect();
    let (here, elsewhere): (Vec<_>, Vec<_>) = names.into_iter().partition(|name| customers.contains_key(name));
    let mut ids: HashMap<_, _> =
        here.into_iter().filter_map(|name| Some((name.clone(), customers.get(&name)?.id))).collect();
    if !elsewhere.is_empty() {
        ids.extend(store::named(tx, &elsewhere).await?);
    }
    Ok(ids)
}

/// Every two buyers of the same sale, with the time at which the second was reported.
fn pairs(reports: &[(OrganizationId, Report)]) -> Vec<(Pair, Timestamp)> {
    let mut pairs: BTreeMap<Pair, Timestamp> = BTreeMap::new();
    for (place, (organization, one)) in reports.iter().enumerate() {
        let others = reports[..place].iter().filter(|(tenant, other)| tenant == organization && other.sale == one.sale);
        for (_, other) in others {
            let (small, large) = (one.customer.min(other.customer), one.customer.max(other.customer));
            let at = one.received_at.max(other.received_at);
            let found = pairs.entry((*organization, small, large)).or_insert(at);
            *found = (*found).min(at);
        }
    }
    pairs.into_iter().collect()
}
