//! Loads complete stored histories, for many groups in a few statements.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

use shared::id::{ConversionId, CustomerId, EventId, OrganizationId};
use uuid::Uuid;

use super::{BuyerHistories, BuyerHistory, HistoryKey, Person, facts, joins_store};
use crate::{attribution, commission, conversion};
use kit::{compiled_once, db::TenantsTx};
use rules::{attribution::touch::BuyerKey, conversion::Conversion};

/// The stored histories of these keys. A key without stored data gets an empty history.
#[compiled_once]
pub async fn load(tx: &mut TenantsTx, keys: &HashSet<HistoryKey>) -> Result<BuyerHistories, sqlx::Error> {
    let mut histories: BuyerHistories = keys.iter().map(|key| (*key, BuyerHistory::default())).collect();
    let groups: Vec<(OrganizationId, CustomerId)> = keys
        .iter()
        .filter_map(|key| match key {
            HistoryKey::Group(organization, group) => Some((*organization, *group)),
            HistoryKey::Alone(..) => None,
        })
        .collect();
    let events: Vec<(OrganizationId, EventId)> = keys
        .iter()
        .filter_map(|key| match key {
            HistoryKey::Alone(organization, event) => Some((*organization, *event)),
            HistoryKey::Group(..) => None,
        })
        .collect();
    let customers = people(tx, &groups, &mut histories).await?;
    let mut conversions = conversion::store::by_customer(tx, &customers.keys().copied().collect::<Vec<_>>()).await?;
    conversions.extend(conversion::store::by_event(tx, &events).await?);
    for conversion in conversions {
        let key = match conversion.customer_id {
            Some(customer) => customers.get(&(conversion.organization_id, customer)).copied(),
            None => Some(HistoryKey::Alone(conversion.organization_id, conversion.event_id)),
        };
        // A conversion that was first reported without a buyer, and has one now, belongs to the buyer's history.
        if let Some(history) = key.and_then(|key| histories.get_mut(&key)) {
            history.stored.insert(conversion.id, conversion.clone());
            history.conversions.push(conversion);
        }
    }
    touches(tx, &customers, &events, &mut histories).await?;
    booked(tx, &mut histories).await?;
    Ok(histories)
}

/// Maps the customers of these groups to their histories.
async fn people(
    tx: &mut TenantsTx,
    groups: &[(OrganizationId, CustomerId)],
    histories: &mut BuyerHistories,
) -> Result<HashMap<(OrganizationId, CustomerId), HistoryKey>, sqlx::Error> {
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
        let (id, key) = (CustomerId::new(row.id), HistoryKey::Group(organization, group));
        customers.insert((organization, id), key);
        let (buyer, emails) = (row.buyer_id, row.emails.unwrap_or_default());
        let person = Person { buyer, name: row.external_id, emails };
        histories.entry(key).or_default().people.insert(id, person);
    }
    joins_store::load(tx, &joined.into_iter().collect::<Vec<_>>(), histories).await?;
    Ok(customers)
}

/// Loads the touches of the customers, of purchases without a known buyer, and of events that repeated a known
/// conversion.
async fn touches(
    tx: &mut TenantsTx,
    customers: &HashMap<(OrganizationId, CustomerId), HistoryKey>,
    events: &[(OrganizationId, EventId)],
    histories: &mut BuyerHistories,
) -> Result<(), sqlx::Error> {
    let mut names = BTreeMap::new();
    let mut owners: HashMap<(OrganizationId, EventId), (HistoryKey, BuyerKey)> = HashMap::new();
    for (key, history) in histories.iter() {
        for conversion in &history.conversions {
            let buyer = history.buyer(conversion);
            names.insert((conversion.organization_id, conversion.external_id.clone()), (*key, buyer));
            owners.insert((conversion.organization_id, conversion.event_id), (*key, buyer));
        }
    }
    for (organization, event) in events {
        owners
            .entry((*organization, *event))
            .or_insert((HistoryKey::Alone(*organization, *event), BuyerKey::Alone(*event)));
    }
    let sales: Vec<(OrganizationId, String)> = names.keys().cloned().collect();
    if !sales.is_empty() {
        for (organization, repeated_report) in facts::repeated_reports(tx, &sales).await? {
            let Some(owner) = names.get(&(organization, repeated_report.external_id.clone())) else { continue };
            owners.insert((organization, repeated_report.event_id), *owner);
            if let Some(history) = histories.get_mut(&owner.0) {
                history.repeated_by.push((repeated_report.external_id, repeated_report.event_id));
            }
        }
    }
    let customer_keys: Vec<_> = customers.keys().copied().collect();
    let event_keys: Vec<_> = owners.keys().copied().collect();
    for owned in attribution::store::load(tx, &customer_keys, &event_keys).await? {
        let (organization, mut touch) = (owned.organization_id, owned.touch);
        let owner = match owned.customer {
            Some(customer) => customers.get(&(organization, customer)).copied().map(|key| {
                let buyer = histories.get(&key).map_or(BuyerKey::Known(customer), |history| history.known(customer));
                (key, buyer)
            }),
            None => owners.get(&(organization, touch.event_id)).copied(),
        };
        let Some((key, buyer)) = owner else { continue };
        touch.buyer = buyer;
        let history = histories.entry(key).or_default();
        if let Some(customer) = owned.customer.filter(|_| !history.joins.is_empty()) {
            history.joins.touched.insert((touch.event_id, touch.kind), customer);
        }
        history.touches.push(touch);
    }
    Ok(())
}

/// Loads the commissions booked for the conversions, and the decisions about them.
async fn booked(tx: &mut TenantsTx, histories: &mut BuyerHistories) -> Result<(), sqlx::Error> {
    let owners: HashMap<ConversionId, HistoryKey> = histories
        .iter()
        .flat_map(|(key, history)| history.conversions.iter().map(|conversion| (conversion.id, *key)))
        .collect();
    if owners.is_empty() {
        return Ok(());
    }
    let ids: Vec<(OrganizationId, ConversionId)> = owners.iter().map(|(id, key)| (key.organization(), *id)).collect();
    for (_, commission) in commission::store::load(tx, &ids).await? {
        let key = commission.conversion().and_then(|conversion| owners.get(&conversion));
        if let Some(history) = key.and_then(|key| histories.get_mut(key)) {
            history.commissions.push(commission);
        }
    }
    for (conversion, decisions) in facts::decisions(tx, &ids).await? {
        if let Some(history) = owners.get(&conversion).and_then(|key| histories.get_mut(key)) {
            history.decisions.extend(decisions);
        }
    }
    Ok(())
}

/// The keys of the histories that these conversions belong to.
pub async fn keys_of(tx: &mut TenantsTx, conversions: &[Conversion]) -> Result<HashSet<HistoryKey>, sqlx::Error> {
    let mut keys = HashSet::new();
    let mut customers: Vec<(OrganizationId, CustomerId)> = Vec::new();
    for conversion in conversions {
        match conversion.customer_id {
            Some(customer) => customers.push((conversion.organization_id, customer)),
            None => drop(keys.insert(HistoryKey::Alone(conversion.organization_id, conversion.event_id))),
        }
    }
    keys.extend(groups_of(tx, &customers).await?);
    Ok(keys)
}

/// The keys of the groups that these customers belong to.
pub async fn groups_of(
    tx: &mut TenantsTx,
    customers: &[(OrganizationId, CustomerId)],
) -> Result<HashSet<HistoryKey>, sqlx::Error> {
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
        .map(|row| HistoryKey::Group(OrganizationId::new(row.organization_id), CustomerId::new(row.group_id)))
        .collect())
}

/// Loads the refunds and disputes of these histories' sales into them, under whatever name they were reported.
pub async fn given_back(tx: &mut TenantsTx, histories: &mut BuyerHistories) -> Result<(), sqlx::Error> {
    let owners: HashMap<(OrganizationId, String), HistoryKey> = histories
        .iter()
        .flat_map(|(key, history)| history.conversions.iter().map(|sale| (sale, *key)))
        .map(|(sale, key)| ((sale.organization_id, sale.external_id.clone()), key))
        .collect();
    if owners.is_empty() {
        return Ok(());
    }
    let sales: Vec<(OrganizationId, String)> = owners.keys().cloned().collect();
    let names = facts::names(tx, &sales).await?;
    for (organization, (sale, refund)) in facts::refunds(tx, &names).await? {
        let key = owners.get(&(organization, sale.clone()));
        if let Some(history) = key.and_then(|key| histories.get_mut(key)) {
            history.refunds.entry(sale).or_default().push(refund);
        }
    }
    for (organization, (sale, dispute)) in facts::disputes(tx, &names).await? {
        let key = owners.get(&(organization, sale.clone()));
        if let Some(history) = key.and_then(|key| histories.get_mut(key)) {
            history.disputes.entry(sale).or_default().push(dispute);
        }
    }
    Ok(())
}
