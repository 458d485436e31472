//! Finds or creates the customers that events name, and tracks which of them are recomputed together.
//!
//! Customers who share an email address, or who were reported as the buyer of the same sale, form a group: a lead of
//! one may decide the credit of a sale of the other, and [`super::joins`] determines whether they are one buyer. A
//! group is identified by the smallest id in it, so the order of arrival can't matter.

use std::collections::{BTreeMap, HashMap};

use shared::{
    id::{CustomerId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::Person;
use kit::db::TenantsTx;
use rules::{
    customer::{mailbox::email_key, names::is_shared_mailbox},
    fact::Buyer,
};

/// A customer named in an event.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: CustomerId,
    pub group: CustomerId,
    /// Newly created and linked to no one, so nothing about them is stored yet.
    pub is_fresh: bool,
    /// Whether a join names this customer; see [`super::joins`].
    pub in_joins: bool,
    pub person: Person,
}

/// Customers by the name that the brand or gateway uses.
pub type Customers = HashMap<(OrganizationId, String), Known>;

/// A buyer named in an event, with the time at which it was received.
pub type Named<'b> = (OrganizationId, &'b Buyer, Timestamp);

/// Email addresses by tenant and name, each with the time at which it was first received.
pub type BuyerNames<'b> = BTreeMap<(OrganizationId, &'b str), BTreeMap<&'b str, Timestamp>>;

/// Two customers of one tenant that are recomputed together from now on.
pub type Pair = (OrganizationId, CustomerId, CustomerId);

/// The buyers named in a batch.
pub fn names_of<'b>(buyers: impl Iterator<Item = Named<'b>>) -> BuyerNames<'b> {
    let mut requested = BuyerNames::new();
    for (organization, buyer, at) in buyers {
        let addresses = requested.entry((organization, &buyer.external_id)).or_default();
        if let Some(email) = buyer.email.as_deref() {
            let first = addresses.entry(email).or_insert(at);
            *first = (*first).min(at);
        }
    }
    requested
}

/// Finds customers by name, and creates those that are missing.
pub async fn find(
    tx: &mut TenantsTx,
    requested: &BuyerNames<'_>,
    now: Timestamp,
    new_id: impl FnMut() -> Uuid,
) -> Result<Customers, sqlx::Error> {
    if requested.is_empty() { Ok(Customers::new()) } else { create_missing(tx, requested, now, new_id).await }
}

/// Saves the customers' addresses, and puts customers who share one, and the given pairs, into one group each.
pub async fn link(
    tx: &mut TenantsTx,
    requested: &BuyerNames<'_>,
    customers: &mut Customers,
    mut pairs: Vec<Pair>,
) -> Result<(), sqlx::Error> {
    pairs.extend(keep_emails(tx, requested, customers).await?);
    if !pairs.is_empty() {
        group(tx, &pairs).await?;
        for known in customers.values_mut() {
            known.is_fresh = false;
        }
    }
    Ok(())
}

async fn create_missing(
    tx: &mut TenantsTx,
    requested: &BuyerNames<'_>,
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Customers, sqlx::Error> {
    let organizations: Vec<Uuid> = requested.keys().map(|key| key.0.uuid()).collect();
    let names: Vec<String> = requested.keys().map(|key| key.1.to_owned()).collect();
    let emails: Vec<Option<String>> =
        requested.values().map(|emails| emails.keys().next().map(|email| (*email).to_owned())).collect();
    let made = sqlx::query!(
        "insert into customers (organization_id, id, external_id, email, created_at, buyer_id, group_id)
         select organization_id, id, external_id, email, $5::timestamptz, id, id
         from unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[]) c (organization_id, id, external_id, email)
         on conflict (organization_id, external_id) do nothing
         returning organization_id, id, external_id",
        &organizations,
        &names.iter().map(|_| new_id()).collect::<Vec<_>>(),
        &names,
        &emails as &[Option<String>],
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut customers: Customers = made
        .into_iter()
        .map(|row| {
            let id = CustomerId::new(row.id);
            let person = Person { buyer: id, name: row.external_id.clone(), emails: Vec::new() };
            let known = Known { id, group: id, is_fresh: true, in_joins: false, person };
            ((OrganizationId::new(row.organization_id), row.external_id), known)
        })
        .collect();
    if customers.len() < names.len() {
        let found = sqlx::query!(
            "select organization_id, id, external_id, buyer_id, group_id, in_joins from customers
             where (organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
            &organizations,
            &names,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in found {
            let buyer = row.buyer_id;
            let person = Person { buyer, name: row.external_id.clone(), emails: Vec::new() };
            let (id, group) = (CustomerId::new(row.id), CustomerId::new(row.group_id));
            let known = Known { id, group, is_fresh: false, in_joins: row.in_joins, person };
            customers.entry((OrganizationId::new(row.organization_id), row.external_id)).or_insert(known);
        }
    }
    Ok(customers)
}

/// Saves every reported address, and returns the pairs of customers who share one.
async fn keep_emails(
    tx: &mut TenantsTx,
    requested: &BuyerNames<'_>,
    customers: &mut Customers,
) -> Result<Vec<Pair>, sqlx::Error> {
    let mut keys: BTreeMap<(Uuid, String, Uuid), Timestamp> = BTreeMap::new();
    for ((organization, name), emails) in requested {
        let Some(known) = customers.get_mut(&(*organization, (*name).to_owned())) else { continue };
        for (email, received_at) in emails {
            let key = email_key(email);
            let first = keys.entry((organization.uuid(), key.clone(), known.id.uuid())).or_insert(*received_at);
            *first = (*first).min(*received_at);
            known.person.emails.push(key);
        }
    }
    if keys.is_empty() {
        return Ok(Vec::new());
    }
    let organizations: Vec<Uuid> = keys.keys().map(|key| key.0).collect();
    let texts: Vec<String> = keys.keys().map(|key| key.1.clone()).collect();
    sqlx::query!(
        "insert into customer_emails (organization_id, email_key, customer_id, received_at)
         select * from unnest($1::uuid[], $2::text[], $3::uuid[], $4::timestamptz[])
         on conflict (organization_id, email_key, customer_id) do update set received_at = excluded.received_at
         where customer_emails.received_at > excluded.received_at",
        &organizations,
        &texts,
        &keys.keys().map(|key| key.2).collect::<Vec<_>>(),
        &keys.values().map(|received_at| *received_at).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    // Several people using one mailbox doesn't make them one person.
    let (organizations, texts): (Vec<Uuid>, Vec<String>) =
        organizations.into_iter().zip(texts).filter(|(_, key)| !is_shared_mailbox(key)).unzip();
    let shared = sqlx::query!(
        r#"select organization_id, min(customer_id::text)::uuid as "first!", array_agg(customer_id) as "all!"
           from customer_emails where (organization_id, email_key) in (select * from unnest($1::uuid[], $2::text[]))
           group by organization_id, email_key having count(*) > 1"#,
        &organizations,
        &texts,
    )
    .fetch_all(tx.conn())
    .await?;
    let mut pairs = Vec::new();
    for row in shared {
        let first = CustomerId::new(row.first);
        for other in row.all.into_iter().map(CustomerId::new).filter(|other| *other != first) {
            pairs.push((row.organization_id, first, other));
        }
    }
    Ok(pairs)
}

/// Merges the groups of linked customers into one each.
async fn group(tx: &mut TenantsTx, pairs: &[Pair]) -> Result<(), sqlx::Error> {
    let rows = sqlx::query!(
        "select organization_id, id, group_id from customers
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &pairs.iter().flat_map(|pair| [pair.0.uuid(); 2]).collect::<Vec<_>>(),
        &pairs.iter().flat_map(|pair| [pair.1.uuid(), pair.2.uuid()]).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let groups: HashMap<Uuid, Uuid> = rows.iter().map(|row| (row.id, row.group_id)).collect();
    let owners: HashMap<Uuid, Uuid> = rows.iter().map(|row| (row.group_id, row.organization_id)).collect();
    let of = |id: &CustomerId| groups.get(&id.uuid()).copied().unwrap_or(id.uuid());
    let moves = smallest(pairs.iter().map(|pair| (of(&pair.1), of(&pair.2))));
    sqlx::query!(
        "update customers c set group_id = m.new from unnest($1::uuid[], $2::uuid[], $3::uuid[]) m (organization_id, old, new)
         where c.organization_id = m.organization_id and c.group_id = m.old",
        &moves.keys().map(|id| owners.get(id).copied().unwrap_or_default()).collect::<Vec<_>>(),
        &moves.keys().copied().collect::<Vec<_>>(),
        &moves.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Maps every id that is linked to a smaller one, directly or indirectly, to the smallest id of its set.
pub(super) fn smallest(links: impl Iterator<Item = (Uuid, Uuid)>) -> BTreeMap<Uuid, Uuid> {
    let mut parents: BTreeMap<Uuid, Uuid> = BTreeMap::new();
    fn root(parents: &BTreeMap<Uuid, Uuid>, mut id: Uuid) -> Uuid {
        while let Some(parent) = parents.get(&id).filter(|parent| **parent != id) {
            id = *parent;
        }
        id
    }
    for (one, other) in links {
        let (one, other) = (root(&parents, one), root(&parents, other));
        parents.insert(one.max(other), one.min(other));
    }
    let moves: Vec<(Uuid, Uuid)> = parents.keys().map(|id| (*id, root(&parents, *id))).collect();
    moves.into_iter().filter(|(id, root)| id != root).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn id(number: u8) -> Uuid {
        Uuid::from_bytes([number; 16])
    }

    #[test]
    fn linked_ids_take_the_smallest_of_their_set_whatever_the_order() {
        let links = [(5, 3), (7, 5), (2, 7), (9, 8)];
        let joined: BTreeMap<Uuid, Uuid> =
            [(3, 2), (5, 2), (7, 2), (9, 8)].into_iter().map(|(a, b)| (id(a), id(b))).collect();
        assert_eq!(smallest(links.iter().map(|(a, b)| (id(*a), id(*b)))), joined);
        assert_eq!(smallest(links.iter().rev().map(|(a, b)| (id(*b), id(*a)))), joined);
        assert!(smallest([(id(4), id(4))].into_iter()).is_empty());
    }
}
