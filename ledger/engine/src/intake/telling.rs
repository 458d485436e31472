//! Adds what a batch tells to the journeys that it touches.

use std::collections::{HashMap, HashSet};

use shared::id::{ConversionId, CustomerId, EventId, OrganizationId};

use super::{doubles, judge::Existing};
use crate::{
    attribution::{self, store::OwnedTouch},
    journey::{
        Journey, JourneyKey, Journeys,
        buyers::{self, Customers, Known},
        facts::{self, Retelling},
        load,
    },
};
use kit::{db::TenantTx, state::AppState};
use rules::{
    attribution::touch::Touch,
    book::entry::Cause,
    conversion::{
        Conversion,
        given_back::{Dispute, Refund},
    },
    fact::{ConversionFact, Fact, Told},
};

/// The journeys concerned, whole, with what is told; refunds and disputes are kept but not yet in them.
pub(super) async fn journeys(
    tx: &mut TenantTx,
    state: &AppState,
    told: &[Told],
    existing: Existing,
) -> Result<Journeys, sqlx::Error> {
    let customers = customers(tx, state, told, &existing).await?;
    let mut told: Vec<(&Told, Option<&Known>)> = told.iter().map(|told| (told, customer(&customers, told))).collect();
    // One order whatever the batch's: the earliest telling of a conversion is its first.
    told.sort_by_key(|(told, _)| (told.at, told.event_id));
    keep_facts(tx, &told, &existing).await?;
    let mut keys: HashSet<JourneyKey> = HashSet::new();
    // Nothing is stored of fresh customers, so nothing needs to be loaded.
    let known = told.iter().filter_map(|(told, known)| Some((told.organization_id, (*known)?)));
    let known: Vec<_> = known.filter(|(_, known)| !known.is_fresh).map(|(tenant, known)| (tenant, known.id)).collect();
    keys.extend(load::groups_of(tx, &known).await?);
    let existing: Vec<Conversion> = existing.into_values().collect();
    keys.extend(load::keys_of(tx, &existing).await?);
    let ids: Vec<(&Told, Option<CustomerId>)> =
        told.iter().map(|(told, known)| (*told, known.map(|known| known.id))).collect();
    let touches = attribution::resolve::resolve(tx, &ids, &state.config.keys.click_token).await?;
    attribution::store::insert(tx, &touches).await?;
    let mut batch = Batch::new(load::load(tx, &keys).await?);
    for (told, known) in &told {
        batch.tell(state, told, *known);
    }
    batch.adopt();
    batch.touch(touches);
    Ok(batch.journeys)
}

fn customer<'c>(customers: &'c Customers, told: &Told) -> Option<&'c Known> {
    customers.get(&(told.organization_id, told.buyer()?.external_id.clone()))
}

/// Finds or creates the customers that verified reports name, and puts those into one group that may be one.
async fn customers(
    tx: &mut TenantTx,
    state: &AppState,
    told: &[Told],
    existing: &Existing,
) -> Result<Customers, sqlx::Error> {
    let named = told.iter().filter_map(|told| Some((told.organization_id, told.buyer()?, told.received_at)));
    let wanted = buyers::wanted(named);
    let new_id = || state.new_id::<shared::id::Customer>().uuid();
    let mut customers = buyers::find(tx, &wanted, state.clock.now(), new_id).await?;
    let pairs = doubles::find(tx, state, told, existing, &customers).await?;
    buyers::link(tx, &wanted, &mut customers, pairs).await?;
    Ok(customers)
}

/// Keeps refunds, disputes, other names, and second tellings as they were told.
async fn keep_facts(
    tx: &mut TenantTx,
    told: &[(&Told, Option<&Known>)],
    existing: &Existing,
) -> Result<(), sqlx::Error> {
    let (mut refunds, mut disputes, mut aliases, mut retold) = (Vec::new(), Vec::new(), Vec::new(), Vec::new());
    let mut seen: HashSet<(OrganizationId, String)> = existing.keys().cloned().collect();
    for (told, known) in told {
        let (organization, event_id, occurred_at) = (told.organization_id, told.event_id, told.at);
        for fact in &told.facts {
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
                        retold.push((organization, Retelling { event_id, external_id, customer }));
                    }
                }
            }
        }
    }
    facts::insert_retellings(tx, &retold).await?;
    facts::insert_refunds(tx, &refunds).await?;
    facts::insert_disputes(tx, &disputes).await?;
    facts::insert_aliases(tx, &aliases).await
}

struct Batch {
    journeys: Journeys,
    /// Where each conversion is.
    places: HashMap<(OrganizationId, String), (JourneyKey, ConversionId)>,
    /// Where each customer is.
    homes: HashMap<(OrganizationId, CustomerId), JourneyKey>,
    /// The conversion that each event told.
    told_by: HashMap<(OrganizationId, EventId), String>,
}

impl Batch {
    fn new(journeys: Journeys) -> Self {
        let (mut places, mut homes) = (HashMap::new(), HashMap::new());
        for (key, journey) in &journeys {
            for conversion in &journey.conversions {
                let name = (conversion.organization_id, conversion.external_id.clone());
                places.insert(name, (*key, conversion.id));
            }
            homes.extend(journey.people.keys().map(|customer| ((key.organization(), *customer), *key)));
        }
        Self { journeys, places, homes, told_by: HashMap::new() }
    }

    fn tell(&mut self, state: &AppState, told: &Told, known: Option<&Known>) {
        let organization = told.organization_id;
        let own = known.map_or(JourneyKey::Alone(organization, told.event_id), |known| {
            *self.homes.entry((organization, known.id)).or_insert(JourneyKey::Group(organization, known.id))
        });
        if let Some(known) = known {
            let journey = self.journeys.entry(own).or_default();
            heard(journey, told);
            journey.people.entry(known.id).or_insert_with(|| known.person.clone());
        }
        for fact in &told.facts {
            let name = match fact {
                Fact::Conversion(fact) => {
                    self.conversion(state, own, told, fact, known);
                    continue;
                }
                Fact::Refund(fact) => &fact.refund_of,
                Fact::Dispute(fact) => &fact.dispute_of,
                Fact::Alias(fact) => &fact.name,
            };
            if let Some((key, _)) = self.places.get(&(organization, name.clone()))
                && let Some(journey) = self.journeys.get_mut(key)
            {
                heard(journey, told);
            }
        }
    }

    fn conversion(
        &mut self,
        state: &AppState,
        own: JourneyKey,
        told: &Told,
        fact: &ConversionFact,
        known: Option<&Known>,
    ) {
        self.told_by.insert((told.organization_id, told.event_id), fact.external_id.clone());
        let name = (told.organization_id, fact.external_id.clone());
        let customer = known.map(|known| known.id);
        let Some((key, id)) = self.places.get(&name).copied() else {
            let conversion = Conversion::told(state.new_id(), told, fact, customer);
            self.places.insert(name, (own, conversion.id));
            let journey = self.journeys.entry(own).or_default();
            heard(journey, told);
            journey.conversions.push(conversion);
            return;
        };
        let Some(journey) = self.journeys.get_mut(&key) else { return };
        heard(journey, told);
        let retold = (fact.external_id.clone(), told.event_id);
        if !journey.retold_by.contains(&retold) {
            journey.retold_by.push(retold);
        }
        if let Some(conversion) = journey.conversions.iter_mut().find(|conversion| conversion.id == id) {
            let before = (!journey.joins.is_empty()).then(|| conversion.clone());
            conversion.retold(told, fact, customer);
            if before.is_some_and(|before| before != *conversion) {
                journey.joins.hear_of_all();
            }
        }
    }

    /// A purchase of an unknown buyer whose buyer was told by now moves to the buyer's journey, with all that is known
    /// of it.
    fn adopt(&mut self) {
        let found = |(key, journey): (&JourneyKey, &Journey)| {
            let JourneyKey::Alone(organization, _) = key else { return None };
            let customer = journey.conversions.iter().find_map(|conversion| conversion.customer_id)?;
            Some((*key, *self.homes.get(&(*organization, customer))?, customer))
        };
        let moves: Vec<(JourneyKey, JourneyKey, CustomerId)> = self.journeys.iter().filter_map(found).collect();
        for (from, to, customer) in moves {
            let Some(orphan) = self.journeys.remove(&from) else { continue };
            for place in self.places.values_mut().filter(|place| place.0 == from) {
                place.0 = to;
            }
            let home = self.journeys.entry(to).or_default();
            let buyer = home.known(customer);
            home.conversions.extend(orphan.conversions);
            home.stored.extend(orphan.stored);
            home.touches.extend(orphan.touches.into_iter().map(|touch| Touch { buyer, ..touch }));
            home.retold_by.extend(orphan.retold_by);
            home.decisions.extend(orphan.decisions);
            home.commissions.extend(orphan.commissions);
            home.cause = orphan.cause;
            home.joins.hear_of_all();
        }
    }

    /// Adds the evidence that came with this batch, where it isn't loaded already.
    fn touch(&mut self, touches: Vec<OwnedTouch>) {
        for OwnedTouch { organization_id, customer, touch } in touches {
            let place = self.told_by.get(&(organization_id, touch.event_id));
            let place = place.and_then(|name| self.places.get(&(organization_id, name.clone())));
            let key = match customer {
                Some(customer) => self.homes.get(&(organization_id, customer)),
                None => place.map(|(key, _)| key),
            };
            let Some(journey) = key.and_then(|key| self.journeys.get_mut(key)) else { continue };
            if journey.touches.iter().any(|known| (known.event_id, known.kind) == (touch.event_id, touch.kind)) {
                continue;
            }
            let conversion = place.and_then(|(_, id)| journey.conversions.iter().find(|row| row.id == *id));
            let buyer = match (customer, conversion) {
                (Some(customer), _) => journey.known(customer),
                (None, Some(conversion)) => journey.buyer(conversion),
                (None, None) => touch.buyer,
            };
            if let Some(customer) = customer.filter(|_| !journey.joins.is_empty()) {
                journey.joins.touched.insert((touch.event_id, touch.kind), customer);
            }
            journey.touches.push(Touch { buyer, ..touch });
        }
    }
}

/// The journey is looked at again because of this event.
fn heard(journey: &mut Journey, told: &Told) {
    journey.cause = Cause { event_id: Some(told.event_id), ..Cause::default() };
    journey.joins.hear(told.received_at);
}
