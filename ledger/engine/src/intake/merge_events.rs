//! Adds a batch's reports to the histories that they affect.

use std::collections::{HashMap, HashSet};

use shared::id::{ConversionId, CustomerId, EventId, OrganizationId};

use super::{doubles, judge::Existing};
use crate::{
    attribution::{self, store::OwnedTouch},
    history::{
        BuyerHistories, BuyerHistory, HistoryKey,
        buyers::{self, Customers, Known},
        facts::{self, RepeatedReport},
        load,
    },
};
use kit::{db::TenantsTx, state::AppState};
use rules::{
    attribution::touch::Touch,
    book::entry::Cause,
    conversion::{
        Conversion,
        given_back::{Dispute, Refund},
    },
    fact::{ConversionFact, Fact, ReportedEvent},
};

/// Returns the affected histories with the new reports; refunds and disputes are saved but not yet included.
pub(super) async fn histories(
    tx: &mut TenantsTx,
    state: &AppState,
    reported: &[ReportedEvent],
    existing: Existing,
) -> Result<BuyerHistories, sqlx::Error> {
    let customers = customers(tx, state, reported, &existing).await?;
    let mut reported: Vec<(&ReportedEvent, Option<&Known>)> =
        reported.iter().map(|reported| (reported, customer(&customers, reported))).collect();
    // Sorted independently of the batch's order: the earliest report of a conversion is its first.
    reported.sort_by_key(|(reported, _)| (reported.at, reported.event_id));
    keep_facts(tx, &reported, &existing).await?;
    let mut keys: HashSet<HistoryKey> = HashSet::new();
    // Nothing is stored about new customers, so nothing needs to be loaded.
    let known = reported.iter().filter_map(|(reported, known)| Some((reported.organization_id, (*known)?)));
    let known: Vec<_> = known.filter(|(_, known)| !known.is_fresh).map(|(tenant, known)| (tenant, known.id)).collect();
    keys.extend(load::groups_of(tx, &known).await?);
    let existing: Vec<Conversion> = existing.into_values().collect();
    keys.extend(load::keys_of(tx, &existing).await?);
    let ids: Vec<(&ReportedEvent, Option<CustomerId>)> =
        reported.iter().map(|(reported, known)| (*reported, known.map(|known| known.id))).collect();
    let touches = attribution::resolve::resolve(tx, &ids, &state.config.keys.click_token).await?;
    attribution::store::insert(tx, &touches).await?;
    let mut batch = Batch::new(load::load(tx, &keys).await?);
    for (reported, known) in &reported {
        batch.merge(state, reported, *known);
    }
    batch.adopt();
    batch.touch(touches);
    Ok(batch.histories)
}

fn customer<'c>(customers: &'c Customers, report: &ReportedEvent) -> Option<&'c Known> {
    customers.get(&(report.organization_id, report.buyer()?.external_id.clone()))
}

/// Finds or creates the customers that verified reports name, and groups those that may be the same person.
async fn customers(
    tx: &mut TenantsTx,
    state: &AppState,
    reported: &[ReportedEvent],
    existing: &Existing,
) -> Result<Customers, sqlx::Error> {
    let named = reported
        .iter()
        .filter_map(|reported| Some((reported.organization_id, reported.buyer()?, reported.received_at)));
    let requested = buyers::names_of(named);
    let new_id = || state.new_id::<shared::id::Customer>().uuid();
    let mut customers = buyers::find(tx, &requested, state.clock.now(), new_id).await?;
    let pairs = doubles::find(tx, state, reported, existing, &customers).await?;
    buyers::link(tx, &requested, &mut customers, pairs).await?;
    Ok(customers)
}

/// Saves refunds, disputes, aliases and repeated reports as they were received.
async fn keep_facts(
    tx: &mut TenantsTx,
    reported: &[(&ReportedEvent, Option<&Known>)],
    existing: &Existing,
) -> Result<(), sqlx::Error> {
    let (mut refunds, mut disputes, mut aliases, mut repeated) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut seen: HashSet<(OrganizationId, String)> = existing.keys().cloned().collect();
    for (reported, known) in reported {
        let (organization, event_id, occurred_at) = (reported.organization_id, reported.event_id, reported.at);
        for fact in &reported.facts {
            match fact {
                Fact::Refund(fact) => {
                    refunds.push((organization, Refund { event_id, occurred_at, fact: fact.clone() }))
                }
                Fact::Dispute(fact) => {
                    disputes.push((organization, Dispute { event_id, occurred_at, fact: fact.clone() }));
                }
                Fact::Alias(alias) => aliases.push((organization, (event_id, alias.clone()))),
                Fact::Conversion(fact) => {
                    let external_id = fact.external_id.clone();
                    if !seen.insert((organization, external_id.clone())) {
                        let customer = known.map(|known| known.id);
                        repeated.push((organization, RepeatedReport { event_id, external_id, customer }));
                    }
                }
            }
        }
    }
    facts::insert_repeated_reports(tx, &repeated).await?;
    facts::insert_refunds(tx, &refunds).await?;
    facts::insert_disputes(tx, &disputes).await?;
    facts::insert_aliases(tx, &aliases).await
}

struct Batch {
    histories: BuyerHistories,
    /// The history and id of each conversion.
    places: HashMap<(OrganizationId, String), (HistoryKey, ConversionId)>,
    /// The history of each customer.
    homes: HashMap<(OrganizationId, CustomerId), HistoryKey>,
    /// The conversion that each event reported.
    reported_by: HashMap<(OrganizationId, EventId), String>,
}

impl Batch {
    fn new(histories: BuyerHistories) -> Self {
        let (mut places, mut homes) = (HashMap::new(), HashMap::new());
        for (key, history) in &histories {
            for conversion in &history.conversions {
                let name = (conversion.organization_id, conversion.external_id.clone());
                places.insert(name, (*key, conversion.id));
            }
            homes.extend(history.people.keys().map(|customer| ((key.organization(), *customer), *key)));
        }
        Self { histories, places, homes, reported_by: HashMap::new() }
    }

    fn merge(&mut self, state: &AppState, report: &ReportedEvent, known: Option<&Known>) {
        let organization = report.organization_id;
        let own = known.map_or(HistoryKey::Alone(organization, report.event_id), |known| {
            *self.homes.entry((organization, known.id)).or_insert(HistoryKey::Group(organization, known.id))
        });
        if let Some(known) = known {
            let history = self.histories.entry(own).or_default();
            note_received(history, report);
            history.people.entry(known.id).or_insert_with(|| known.person.clone());
        }
        for fact in &report.facts {
            let name = match fact {
                Fact::Conversion(fact) => {
                    self.conversion(state, own, report, fact, known);
                    continue;
                }
                Fact::Refund(fact) => &fact.refund_of,
                Fact::Dispute(fact) => &fact.dispute_of,
                Fact::Alias(fact) => &fact.name,
            };
            if let Some((key, _)) = self.places.get(&(organization, name.clone()))
                && let Some(history) = self.histories.get_mut(key)
            {
                note_received(history, report);
            }
        }
    }

    fn conversion(
        &mut self,
        state: &AppState,
        own: HistoryKey,
        report: &ReportedEvent,
        fact: &ConversionFact,
        known: Option<&Known>,
    ) {
        self.reported_by.insert((report.organization_id, report.event_id), fact.external_id.clone());
        let name = (report.organization_id, fact.external_id.clone());
        let customer = known.map(|known| known.id);
        let Some((key, id)) = self.places.get(&name).copied() else {
            let conversion = Conversion::report(state.new_id(), report, fact, customer);
            self.places.insert(name, (own, conversion.id));
            let history = self.histories.entry(own).or_default();
            note_received(history, report);
            history.conversions.push(conversion);
            return;
        };
        let Some(history) = self.histories.get_mut(&key) else { return };
        note_received(history, report);
        let repeated = (fact.external_id.clone(), report.event_id);
        if !history.repeated_by.contains(&repeated) {
            history.repeated_by.push(repeated);
        }
        if let Some(conversion) = history.conversions.iter_mut().find(|conversion| conversion.id == id) {
            let before = (!history.joins.is_empty()).then(|| conversion.clone());
            conversion.repeated(report, fact, customer);
            if before.is_some_and(|before| before != *conversion) {
                history.joins.receive_all();
            }
        }
    }

    /// Moves a purchase whose buyer has become known to the buyer's history, with everything known about it.
    fn adopt(&mut self) {
        let found = |(key, history): (&HistoryKey, &BuyerHistory)| {
            let HistoryKey::Alone(organization, _) = key else { return None };
            let customer = history.conversions.iter().find_map(|conversion| conversion.customer_id)?;
            Some((*key, *self.homes.get(&(*organization, customer))?, customer))
        };
        let moves: Vec<(HistoryKey, HistoryKey, CustomerId)> = self.histories.iter().filter_map(found).collect();
        for (from, to, customer) in moves {
            let Some(orphan) = self.histories.remove(&from) else { continue };
            for place in self.places.values_mut().filter(|place| place.0 == from) {
                place.0 = to;
            }
            let home = self.histories.entry(to).or_default();
            let buyer = home.known(customer);
            home.conversions.extend(orphan.conversions);
            home.stored.extend(orphan.stored);
            home.touches.extend(orphan.touches.into_iter().map(|touch| Touch { buyer, ..touch }));
            home.repeated_by.extend(orphan.repeated_by);
            home.decisions.extend(orphan.decisions);
            home.commissions.extend(orphan.commissions);
            home.cause = orphan.cause;
            home.joins.receive_all();
        }
    }

    /// Adds the evidence of this batch that isn't loaded yet.
    fn touch(&mut self, touches: Vec<OwnedTouch>) {
        for OwnedTouch { organization_id, customer, touch } in touches {
            let place = self.reported_by.get(&(organization_id, touch.event_id));
            let place = place.and_then(|name| self.places.get(&(organization_id, name.clone())));
            let key = match customer {
                Some(customer) => self.homes.get(&(organization_id, customer)),
                None => place.map(|(key, _)| key),
            };
            let Some(history) = key.and_then(|key| self.histories.get_mut(key)) else { continue };
            if history.touches.iter().any(|known| (known.event_id, known.kind) == (touch.event_id, touch.kind)) {
                continue;
            }
            let conversion = place.and_then(|(_, id)| history.conversions.iter().find(|row| row.id == *id));
            let buyer = match (customer, conversion) {
                (Some(customer), _) => history.known(customer),
                (None, Some(conversion)) => history.buyer(conversion),
                (None, None) => touch.buyer,
            };
            if let Some(customer) = customer.filter(|_| !history.joins.is_empty()) {
                history.joins.touched.insert((touch.event_id, touch.kind), customer);
            }
            history.touches.push(Touch { buyer, ..touch });
        }
    }
}

/// Notes the event that triggers the recomputation of the history.
fn note_received(history: &mut BuyerHistory, report: &ReportedEvent) {
    history.cause = Cause { event_id: Some(report.event_id), ..Cause::default() };
    history.joins.receive(report.received_at);
}
