//! Conversions, refunds and gateway events, as one set: kept, told apart from known ones, attributed and booked.
//!
//! Everything runs under the lock of the tenants concerned. [`judge`] decides which events are new; [`book`] loads the
//! histories they belong to, settles each whole (see [`crate::commission::settle`]), and writes what changed.

use std::collections::{BTreeMap, HashMap, HashSet};

use shared::{
    batch::{ItemVerdict, Verdict},
    event::{Conversion as ToldConversion, ConversionSource, Event, Payload},
    id::{ConversionId, CustomerId, EventId, OrganizationId, ProgramId},
    money::MoneyError,
};
use uuid::Uuid;

use super::{
    fact::{self, Fact, Told, Unreadable},
    item::{Item, digest, verdict},
    rollup::Rollup,
    store::{self, NewEvent},
};
use crate::{
    attribution::{self, store::OwnedTouch},
    book,
    commission::{
        self,
        settle::{Journey, Rates, settle},
    },
    conversion::{self, Conversion, Kind, Outcome, Status, store::Refund},
    db::TenantTx,
    state::AppState,
};

#[derive(Debug, thiserror::Error)]
pub enum BookingError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error("commission arithmetic: {0}")]
    Money(#[from] MoneyError),
}

/// An event with its place in the set and its JSON.
type Placed<'a> = (usize, &'a Event, &'a str);

/// Verdicts with the places given.
///
/// # Errors
/// Nothing may be committed then.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    events: &[Placed<'_>],
) -> Result<Vec<(usize, ItemVerdict)>, BookingError> {
    if events.is_empty() {
        return Ok(Vec::new());
    }
    let mut organizations: Vec<OrganizationId> = events.iter().map(|(_, event, _)| event.organization_id).collect();
    organizations.sort_unstable();
    organizations.dedup();
    store::lock_tenants(tx, &organizations).await?;
    let mut verdicts = Vec::with_capacity(events.len());
    let read = read(tx, state, events, &mut verdicts).await?;
    let (new, existing) = judge(tx, state, read, &mut verdicts).await?;
    let rows: Vec<NewEvent<'_>> =
        new.iter().map(|read| NewEvent { event: read.event, digest: read.digest, raw: read.raw }).collect();
    store::insert_events(tx, &rows, state.clock.now()).await?;
    let told: Vec<Told> = new.into_iter().map(|read| read.told).collect();
    book(tx, state, &told, existing).await?;
    Ok(verdicts)
}

struct Read<'a> {
    place: usize,
    event: &'a Event,
    raw: &'a str,
    digest: [u8; 32],
    told: Told,
}

impl Read<'_> {
    fn key(&self) -> (Uuid, Uuid) {
        (self.event.organization_id.uuid(), self.event.id.uuid())
    }

    async fn quarantine(&self, tx: &mut TenantTx, state: &AppState, reason: &str, detail: &str) -> Result<(), sqlx::Error> {
        let item = Item { raw: self.raw, content: Ok(self.event.clone()) };
        store::quarantine(tx, state, &item, reason, detail).await
    }
}

/// Reads each event's facts; what can't be read goes to quarantine.
async fn read<'a>(
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
    let programs = store::connections(tx, &named).await?;
    let mut read = Vec::with_capacity(events.len());
    for (place, event, raw) in events {
        let told = fact::read(event).and_then(|mut told| {
            if let Payload::Gateway(gateway) = &event.payload {
                let program = programs.get(&(event.organization_id, gateway.connection_id));
                let unknown = || Unreadable::new("unknown_connection", "no such gateway connection");
                told.program_id = Some(*program.ok_or_else(unknown)?);
            }
            Ok(told)
        });
        match told {
            Ok(told) => read.push(Read { place: *place, event, raw, digest: digest(event), told }),
            Err(Unreadable { code, detail }) => {
                let item = Item { raw, content: Ok((*event).clone()) };
                store::quarantine(tx, state, &item, code, &detail).await?;
                verdicts.push((*place, verdict(Some(event.id), Verdict::Rejected, Some(code), true)));
            }
        }
    }
    Ok(read)
}

/// Conversions that are stored already, by tenant and external id.
type Existing = HashMap<(OrganizationId, String), Conversion>;

/// Sorts out duplicates and conflicts; answers the new events and the stored conversions that they name.
async fn judge<'a>(
    tx: &mut TenantTx,
    state: &AppState,
    read: Vec<Read<'a>>,
    verdicts: &mut Vec<(usize, ItemVerdict)>,
) -> Result<(Vec<Read<'a>>, Existing), sqlx::Error> {
    let keys: Vec<(Uuid, Uuid)> = read.iter().map(Read::key).collect();
    let mut known = store::known_events(tx, &keys).await?;
    let names: Vec<(OrganizationId, &str)> =
        read.iter().filter_map(|read| Some((read.told.organization_id, named_sale(&read.told)?))).collect();
    let existing: Existing = conversion::store::by_external_id(tx, &names)
        .await?
        .into_iter()
        .map(|conversion| ((conversion.organization_id, conversion.external_id.clone()), conversion))
        .collect();
    // What was told of each conversion: by the database, then by this batch.
    let mut amounts: HashMap<(OrganizationId, String), (i64, String)> = existing
        .iter()
        .map(|(key, stored)| (key.clone(), (stored.amount.minor, stored.amount.currency.code().to_owned())))
        .collect();
    let mut new = Vec::with_capacity(read.len());
    for read in read {
        let id = Some(read.event.id);
        if let Some((first_digest, first_body)) = known.get(&read.key()) {
            if first_digest.as_slice() == read.digest || same_purchase(first_body, read.event) {
                verdicts.push((read.place, verdict(id, Verdict::Duplicate, None, true)));
            } else {
                read.quarantine(tx, state, "conflict", "the same event came with other content").await?;
                verdicts.push((read.place, verdict(id, Verdict::Conflict, Some("conflict"), true)));
            }
            continue;
        }
        if let Some(Fact::Conversion(fact)) = &read.told.fact {
            let key = (read.told.organization_id, fact.external_id.clone());
            let told = (fact.amount, fact.currency.code().to_owned());
            if amounts.entry(key).or_insert_with(|| told.clone()) != &told {
                read.quarantine(tx, state, "conflict", "this sale is known with another amount").await?;
                verdicts.push((read.place, verdict(id, Verdict::Conflict, Some("conflict"), true)));
                continue;
            }
        }
        verdicts.push((read.place, verdict(id, Verdict::Accepted, None, true)));
        known.insert(read.key(), (read.digest.to_vec(), read.raw.to_owned()));
        new.push(read);
    }
    Ok((new, existing))
}

fn named_sale(told: &Told) -> Option<&str> {
    match told.fact.as_ref()? {
        Fact::Conversion(fact) => Some(&fact.external_id),
        Fact::Refund(fact) => Some(&fact.refund_of),
    }
}

/// A page and a backend may both tell the same purchase, each with what it knows. Where type and money agree, that is
/// no conflict.
fn same_purchase(first: &str, second: &Event) -> bool {
    let Ok(first) = serde_json::from_str::<Event>(first) else { return false };
    let (Payload::Conversion(first), Payload::Conversion(second)) = (&first.payload, &second.payload) else {
        return false;
    };
    let money = |told: &ToldConversion| (told.kind, told.amount_cents, told.currency, told.refund_of.clone());
    let one_pixel = (first.source == ConversionSource::Pixel) != (second.source == ConversionSource::Pixel);
    one_pixel && money(first) == money(second)
}

/// Whose history: a known buyer's, or a single purchase's where the buyer is unknown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
enum JourneyKey {
    Buyer(OrganizationId, CustomerId),
    Alone(OrganizationId, EventId),
}

impl JourneyKey {
    const fn organization(self) -> OrganizationId {
        match self {
            Self::Buyer(organization, _) | Self::Alone(organization, _) => organization,
        }
    }

    fn new(organization: OrganizationId, customer: Option<CustomerId>, event: EventId) -> Self {
        customer.map_or(Self::Alone(organization, event), |customer| Self::Buyer(organization, customer))
    }

    fn of(conversion: &Conversion) -> Self {
        Self::new(conversion.organization_id, conversion.customer_id, conversion.event_id)
    }
}

/// The histories that a batch touches. Sorted, so that a batch is always worked off in the same order.
#[derive(Debug, Default)]
struct Journeys {
    by_key: BTreeMap<JourneyKey, Journey>,
    /// The event that made us look at a history again: named in its corrections.
    causes: HashMap<JourneyKey, EventId>,
    refunds: Vec<Refund>,
    touches: Vec<OwnedTouch>,
}

async fn book(tx: &mut TenantTx, state: &AppState, told: &[Told], existing: Existing) -> Result<(), BookingError> {
    let now = state.clock.now();
    let mut new_uuid = || state.new_id::<shared::id::EventKind>().uuid();
    let buyers: Vec<_> =
        told.iter().filter_map(|told| Some((told.organization_id, told.customer.as_ref()?))).collect();
    let (customers, new_customers) = conversion::store::customers(tx, &buyers, now, &mut new_uuid).await?;
    let customer = |told: &Told| {
        let name = told.customer.as_ref()?.external_id.clone();
        customers.get(&(told.organization_id, name)).copied()
    };
    let with_customers: Vec<(&Told, Option<CustomerId>)> = told.iter().map(|told| (told, customer(told))).collect();
    let mut journeys = Journeys {
        touches: attribution::store::resolve(tx, &with_customers, &state.config.keys.click_token).await?,
        ..Journeys::default()
    };
    journeys.load(tx, &with_customers, &new_customers, &existing).await?;
    journeys.add(state, &with_customers, &existing);
    conversion::store::insert_refunds(tx, &journeys.refunds).await?;
    attribution::store::insert(tx, &journeys.touches).await?;
    let rates = rates(tx, &journeys).await?;
    settle_all(tx, state, journeys, &rates).await
}

impl Journeys {
    /// Loads the stored part of every history that the batch touches.
    async fn load(
        &mut self,
        tx: &mut TenantTx,
        told: &[(&Told, Option<CustomerId>)],
        new_customers: &HashSet<CustomerId>,
        existing: &Existing,
    ) -> Result<(), sqlx::Error> {
        let mut customers: HashSet<(OrganizationId, CustomerId)> = told
            .iter()
            .filter_map(|(told, customer)| Some((told.organization_id, (*customer)?)))
            .filter(|(_, customer)| !new_customers.contains(customer))
            .collect();
        let mut alone = Vec::new();
        for conversion in existing.values() {
            match conversion.customer_id {
                Some(customer) => drop(customers.insert((conversion.organization_id, customer))),
                None => alone.push(conversion.clone()),
            }
        }
        let customers: Vec<_> = customers.into_iter().collect();
        let mut stored = conversion::store::by_customer(tx, &customers).await?;
        let events: Vec<_> = alone.iter().map(|row| (row.organization_id, row.event_id)).collect();
        stored.extend(alone);
        let ids: Vec<(OrganizationId, ConversionId)> =
            stored.iter().map(|row| (row.organization_id, row.id)).collect();
        let mut owners: HashMap<ConversionId, JourneyKey> = HashMap::new();
        for conversion in stored {
            let key = JourneyKey::of(&conversion);
            owners.insert(conversion.id, key);
            self.by_key.entry(key).or_default().conversions.push(conversion);
        }
        for owned in attribution::store::load(tx, &customers, &events).await? {
            self.touch(owned);
        }
        for (_, commission) in commission::store::load(tx, &ids).await? {
            if let Some(key) = owners.get(&commission.conversion_id) {
                self.by_key.entry(*key).or_default().commissions.push(commission);
            }
        }
        Ok(())
    }

    fn touch(&mut self, owned: OwnedTouch) {
        let key = JourneyKey::new(owned.organization_id, owned.customer, owned.touch.event_id);
        self.by_key.entry(key).or_default().touches.push(owned.touch);
    }

    /// Adds what the batch tells.
    fn add(&mut self, state: &AppState, told: &[(&Told, Option<CustomerId>)], existing: &Existing) {
        let mut owners: HashMap<(OrganizationId, String), JourneyKey> =
            existing.iter().map(|(name, stored)| (name.clone(), JourneyKey::of(stored))).collect();
        for owned in self.touches.clone() {
            self.touch(owned);
        }
        for (told, customer) in told {
            let own = JourneyKey::new(told.organization_id, *customer, told.event_id);
            self.causes.insert(own, told.event_id);
            if let Some(Fact::Conversion(fact)) = &told.fact {
                let name = (told.organization_id, fact.external_id.clone());
                if owners.contains_key(&name) {
                    continue; // told before by another event: this one only brought evidence
                }
                owners.insert(name, own);
                let conversion = new_conversion(state, told, *customer, fact);
                let journey = self.by_key.entry(own).or_default();
                journey.new.insert(conversion.id);
                journey.conversions.push(conversion);
            }
        }
        for (told, _) in told {
            if let Some(Fact::Refund(fact)) = &told.fact {
                if let Some(owner) = owners.get(&(told.organization_id, fact.refund_of.clone())) {
                    self.causes.insert(*owner, told.event_id);
                }
                self.refunds.push(Refund {
                    organization_id: told.organization_id,
                    event_id: told.event_id,
                    occurred_at: told.at,
                    fact: fact.clone(),
                });
            }
        }
    }
}

fn new_conversion(
    state: &AppState,
    told: &Told,
    customer: Option<CustomerId>,
    fact: &fact::ConversionFact,
) -> Conversion {
    Conversion {
        organization_id: told.organization_id,
        id: state.new_id(),
        event_id: told.event_id,
        external_id: fact.external_id.clone(),
        source: told.source.as_str().to_owned(),
        verified: told.source.verified(),
        lead: fact.lead,
        told_recurring: fact.told_recurring,
        customer_id: customer,
        subscription_id: fact.subscription_id.clone(),
        product_id: fact.product_id.clone(),
        amount: shared::money::Money::new(fact.amount, fact.currency),
        occurred_at: told.at,
        outcome: Outcome { kind: Kind::Sale, status: Status::Unattributed, refunded: 0, credit: None },
    }
}

/// Settings of every program that some touch names.
async fn rates(tx: &mut TenantTx, journeys: &Journeys) -> Result<Rates, sqlx::Error> {
    let programs: HashSet<(OrganizationId, ProgramId)> = journeys
        .by_key
        .iter()
        .flat_map(|(key, journey)| journey.touches.iter().map(|touch| (key.organization(), touch.program_id)))
        .collect();
    if programs.is_empty() {
        return Ok(Rates::default());
    }
    let programs: Vec<_> = programs.into_iter().collect();
    Ok(Rates {
        policies: attribution::store::policies(tx, &programs).await?,
        versions: commission::store::plan_versions(tx, &programs).await?,
    })
}

async fn settle_all(
    tx: &mut TenantTx,
    state: &AppState,
    journeys: Journeys,
    rates: &Rates,
) -> Result<(), BookingError> {
    let now = state.clock.now();
    let names: Vec<(OrganizationId, &str)> = journeys
        .by_key
        .values()
        .flat_map(|journey| journey.conversions.iter().map(|row| (row.organization_id, row.external_id.as_str())))
        .collect();
    let refunded = conversion::store::refunded(tx, &names).await?;
    let (mut conversions, mut commissions) = (Vec::new(), Vec::new());
    let (mut entries, mut rollup) = (Vec::new(), Rollup::default());
    for (key, journey) in journeys.by_key {
        let organization = key.organization();
        let days: HashMap<ConversionId, _> = journey.conversions.iter().map(|row| (row.id, row.occurred_at)).collect();
        // Refunds in another currency than the sale's can't be set against it.
        let of_sales: HashMap<String, i64> = journey
            .conversions
            .iter()
            .filter_map(|row| {
                let sum = refunded.get(&(organization, row.external_id.clone(), row.amount.currency))?;
                Some((row.external_id.clone(), *sum))
            })
            .collect();
        let settlement = settle(journey, &of_sales, rates, || state.new_id())?;
        let cause = journeys.causes.get(&key).copied();
        for (before, now) in &settlement.commissions {
            entries.extend(book::entry::corrections(organization, before.as_ref(), now, cause));
            let day = days.get(&now.conversion_id).copied().unwrap_or(now.hold_until);
            rollup.commission(organization, day, before.as_ref(), now);
        }
        for (before, now) in &settlement.conversions {
            rollup.conversion(before.as_ref(), now);
        }
        conversions.extend(settlement.conversions.into_iter().map(|(_, now)| now));
        commissions.extend(settlement.commissions.into_iter().map(|(_, now)| (organization, now)));
    }
    conversion::store::save(tx, &conversions.iter().collect::<Vec<_>>(), now).await?;
    let rows: Vec<_> = commissions.iter().map(|(organization, row)| (*organization, row)).collect();
    commission::store::save(tx, &rows, now).await?;
    book::store::post(tx, &entries, now, || state.new_id::<shared::id::Transfer>().uuid()).await?;
    rollup.save(tx).await?;
    Ok(())
}
