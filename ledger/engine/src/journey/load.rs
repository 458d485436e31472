//! Loads journeys as they are stored, whole, for many groups at once.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use shared::id::{ConversionId, CustomerId, EventId, OrganizationId};
use uuid::Uuid;

use super::{Journey, JourneyKey, Journeys, Person, facts, joins_store};
use crate::{attribution, commission, conversion};
use kit::db::TenantTx;
use rules::{attribution::touch::BuyerKey, conversion::Conversion};

/// The journeys of these keys, as stored. A key of which nothing is stored gets an empty journey.
pub async fn load(tx: &mut TenantTx, keys: &HashSet<JourneyKey>) -> Result<Journeys, sqlx::Error> {
    let mut journeys: Journeys = keys.iter().map(|key| (*key, Journey::default())).collect();
    let groups: Vec<(OrganizationId, CustomerId)> = keys
        .iter()
        .filter_map(|key| match key {
            JourneyKey::Group(organization, group) => Some((*organization, *group)),
            JourneyKey::Alone(..) => None,
        })
        .collect();
    let events: Vec<(OrganizationId, EventId)> = keys
        .iter()
        .filter_map(|key| match key {
            JourneyKey::Alone(organization, event) => Some((*organization, *event)),
            JourneyKey::Group(..) => None,
        })
        .collect();
    let customers = people(tx, &groups, &mut journeys).await?;
    let mut conversions = conversion::store::by_customer(tx, &customers.keys().copied().collect::<Vec<_>>()).await?;
    conversions.extend(conversion::store::by_event(tx, &events).await?);
    for conversion in conversions {
        let key = match conversion.customer_id {
            Some(customer) => customers.get(&(conversion.organization_id, customer)).copied(),
            None => Some(JourneyKey::Alone(conversion.organization_id, conversion.event_id)),
        };
        // A conversion that was told alone and has its buyer by now belongs to the buyer's journey.
        if let Some(journey) = key.and_then(|key| journeys.get_mut(&key)) {
            journey.stored.insert(conversion.id, conversion.clone());
            journey.conversions.push(conversion);
        }
    }
    touches(tx, &customers, &events, &mut journeys).await?;
    booked(tx, &mut journeys).await?;
    Ok(journeys)
}

/// Where the customers of these groups belong.
async fn people(
    tx: &mut TenantTx,
    groups: &[(OrganizationId, CustomerId)],
    journeys: &mut Journeys,
) -> Result<HashMap<(OrganizationId, CustomerId), JourneyKey>, sqlx::Error> {
    let mut customers = HashMap::new();
    if groups.is_empty() {
        return Ok(customers);
    }
    let rows = sqlx::query!(
        r#"select c.organization_id, c.id, c.external_id, c.buyer_id, c.group_id, c.in_joins,
                  e.emails as "emails?: Vec<String>"
           from customers c
           left join lateral (select array_agg(email_key order by email_key) as emails from customer_emails e
                              where e.organization_id = c.organization_id and e.customer_id = c.id) e on true
           where (c.organization_id, c.group_id) in (select * from unnest($1::uuid[], $2::uuid[]))"#,
        &groups.iter().map(|key| key.0.uuid()).collect::<Vec<_>>(),
        &groups.iter().map(|key| key.1.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut joined: BTreeSet<(OrganizationId, CustomerId)> = BTreeSet::new();
    for row in rows {
        let (organization, group) = (OrganizationId::new(row.organization_id), CustomerId::new(row.group_id));
        if row.in_joins {
            joined.insert((organization, group));
        }
        let (id, key) = (CustomerId::new(row.id), JourneyKey::Group(organization, group));
        customers.insert((organization, id), key);
        let (buyer, emails) = (row.buyer_id, row.emails.unwrap_or_default());
        let person = Person { buyer, name: row.external_id, emails };
        journeys.entry(key).or_default().people.insert(id, person);
    }
    joins_store::load(tx, &joined.into_iter().collect::<Vec<_>>(), journeys).await?;
    Ok(customers)
}

/// Evidence of the customers, of lone purchases, and of events that told a known conversion again.
async fn touches(
    tx: &mut TenantTx,
    customers: &HashMap<(OrganizationId, CustomerId), JourneyKey>,
    events: &[(OrganizationId, EventId)],
    journeys: &mut Journeys,
) -> Result<(), sqlx::Error> {
    let mut names = BTreeMap::new();
    let mut owners: HashMap<(OrganizationId, EventId), (JourneyKey, BuyerKey)> = HashMap::new();
    for (key, journey) in journeys.iter() {
        for conversion in &journey.conversions {
            let buyer = journey.buyer(conversion);
            names.insert((conversion.organization_id, conversion.external_id.clone()), (*key, buyer));
            owners.insert((conversion.organization_id, conversion.event_id), (*key, buyer));
        }
    }
    for (organization, event) in events {
        owners
            .entry((*organization, *event))
            .or_insert((JourneyKey::Alone(*organization, *event), BuyerKey::Alone(*event)));
    }
    let sales: Vec<(OrganizationId, String)> = names.keys().cloned().collect();
    if !sales.is_empty() {
        for (organization, retelling) in facts::retellings(tx, &sales).await? {
            let Some(owner) = names.get(&(organization, retelling.external_id.clone())) else { continue };
            owners.insert((organization, retelling.event_id), *owner);
            if let Some(journey) = journeys.get_mut(&owner.0) {
                journey.retold_by.push((retelling.external_id, retelling.event_id));
            }
        }
    }
    let customer_keys: Vec<_> = customers.keys().copied().collect();
    let event_keys: Vec<_> = owners.keys().copied().collect();
    for owned in attribution::store::load(tx, &customer_keys, &event_keys).await? {
        let (organization, mut touch) = (owned.organization_id, owned.touch);
        let owner = match owned.customer {
            Some(customer) => customers.get(&(organization, customer)).copied().map(|key| {
                let buyer = journeys.get(&key).map_or(BuyerKey::Known(customer), |journey| journey.known(customer));
                (key, buyer)
            }),
            None => owners.get(&(organization, touch.event_id)).copied(),
        };
        let Some((key, buyer)) = owner else { continue };
        touch.buyer = buyer;
        let journey = journeys.entry(key).or_default();
        if let Some(customer) = owned.customer.filter(|_| !journey.joins.is_empty()) {
            journey.joins.touched.insert((touch.event_id, touch.kind), customer);
        }
        journey.touches.push(touch);
    }
    Ok(())
}

/// What is booked for the conversions, and what people decided about them.
async fn booked(tx: &mut TenantTx, journeys: &mut Journeys) -> Result<(), sqlx::Error> {
    let owners: HashMap<ConversionId, JourneyKey> = journeys
        .iter()
        .flat_map(|(key, journey)| journey.conversions.iter().map(|conversion| (conversion.id, *key)))
        .collect();
    if owners.is_empty() {
        return Ok(());
    }
    let ids: Vec<(OrganizationId, ConversionId)> = owners.iter().map(|(id, key)| (key.organization(), *id)).collect();
    for (_, commission) in commission::store::load(tx, &ids).await? {
        let key = commission.conversion().and_then(|conversion| owners.get(&conversion));
        if let Some(journey) = key.and_then(|key| journeys.get_mut(key)) {
            journey.commissions.push(commission);
        }
    }
    for (conversion, decisions) in facts::decisions(tx, &ids).await? {
        if let Some(journey) = owners.get(&conversion).and_then(|key| journeys.get_mut(key)) {
            journey.decisions.extend(decisions);
        }
    }
    Ok(())
}

/// The keys of the journeys that these conversions belong to.
pub async fn keys_of(tx: &mut TenantTx, conversions: &[Conversion]) -> Result<HashSet<JourneyKey>, sqlx::Error> {
    let mut keys = HashSet::new();
    let mut customers: Vec<(OrganizationId, CustomerId)> = Vec::new();
    for conversion in conversions {
        match conversion.customer_id {
            Some(customer) => customers.push((conversion.organization_id, customer)),
            None => drop(keys.insert(JourneyKey::Alone(conversion.organization_id, conversion.event_id))),
        }
    }
    keys.extend(groups_of(tx, &customers).await?);
    Ok(keys)
}

/// The keys of the groups that these customers are in.
pub async fn groups_of(
    tx: &mut TenantTx,
    customers: &[(OrganizationId, CustomerId)],
) -> Result<HashSet<JourneyKey>, sqlx::Error> {
    if customers.is_empty() {
        return Ok(HashSet::new());
    }
    let rows = sqlx::query!(
        "select organization_id, group_id from customers
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &customers.iter().map(|key| key.0.uuid()).collect::<Vec<Uuid>>(),
        &customers.iter().map(|key| key.1.uuid()).collect::<Vec<Uuid>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| JourneyKey::Group(OrganizationId::new(row.organization_id), CustomerId::new(row.group_id)))
        .collect())
}

/// Puts what was given back or disputed of these journeys' sales into them, under whatever name it was told.
pub async fn given_back(tx: &mut TenantTx, journeys: &mut Journeys) -> Result<(), sqlx::Error> {
    let owners: HashMap<(OrganizationId, String), JourneyKey> = journeys
        .iter()
        .flat_map(|(key, journey)| journey.conversions.iter().map(|sale| (sale, *key)))
        .map(|(sale, key)| ((sale.organization_id, sale.external_id.clone()), key))
        .collect();
    if owners.is_empty() {
        return Ok(());
    }
    let sales: Vec<(OrganizationId, String)> = owners.keys().cloned().collect();
    for (organization, (sale, refund)) in facts::refunds(tx, &sales).await? {
        let key = owners.get(&(organization, sale.clone()));
        if let Some(journey) = key.and_then(|key| journeys.get_mut(key)) {
            journey.refunds.entry(sale).or_default().push(refund);
        }
    }
    for (organization, (sale, dispute)) in facts::disputes(tx, &sales).await? {
        let key = owners.get(&(organization, sale.clone()));
        if let Some(journey) = key.and_then(|key| journeys.get_mut(key)) {
            journey.disputes.entry(sale).or_default().push(dispute);
        }
    }
    Ok(())
}
