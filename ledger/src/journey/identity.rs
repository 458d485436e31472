//! Who bought: finds or makes the customers that events name, and keeps track of which of them are one buyer and which
//! share an address.
//!
//! Two customers are one buyer where both were told as the buyer of the same conversion. Customers who share an e-mail
//! address are a group: they stay different buyers, but are settled together, since a lead of one may speak for a sale
//! of the other. Both are kept as the smallest id of the set, so that the order of arrival can't matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::{
    id::{CustomerId, OrganizationId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::Person;
use crate::{
    attribution::flag::email_key,
    db::{TenantTx, at},
    fact::Buyer,
};

/// A customer as an event names them.
#[derive(Debug, Clone)]
pub struct Known {
    pub id: CustomerId,
    pub group: CustomerId,
    /// Made just now, and linked to nobody: nothing of theirs is stored.
    pub is_fresh: bool,
    pub person: Person,
}

/// By the name that the brand or gateway uses.
pub type Customers = HashMap<(OrganizationId, String), Known>;

/// Finds customers by name, makes those that are missing, and keeps their addresses. `same` are pairs of customers that
/// were told as the buyer of one conversion; it is asked once the ids are known.
///
/// # Errors
/// Database errors.
pub async fn identify(
    tx: &mut TenantTx,
    buyers: &[(OrganizationId, &Buyer)],
    now: Timestamp,
    new_id: impl FnMut() -> Uuid,
    same: impl FnOnce(&Customers) -> Vec<(OrganizationId, CustomerId, CustomerId)>,
) -> Result<Customers, sqlx::Error> {
    let mut wanted: BTreeMap<(OrganizationId, &str), BTreeSet<&str>> = BTreeMap::new();
    for (organization, buyer) in buyers {
        wanted.entry((*organization, &buyer.external_id)).or_default().extend(buyer.email.as_deref());
    }
    if wanted.is_empty() {
        return Ok(Customers::new());
    }
    let mut customers = make_missing(tx, &wanted, now, new_id).await?;
    let mut links = Links::default();
    for (organization, one, other) in same(&customers) {
        links.buyers.push((organization, one, other));
    }
    keep_emails(tx, &wanted, &mut customers, &mut links).await?;
    if !links.is_empty() {
        join(tx, &links).await?;
        for known in customers.values_mut() {
            known.is_fresh = false;
        }
    }
    Ok(customers)
}

async fn make_missing(
    tx: &mut TenantTx,
    wanted: &BTreeMap<(OrganizationId, &str), BTreeSet<&str>>,
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<Customers, sqlx::Error> {
    let organizations: Vec<Uuid> = wanted.keys().map(|key| key.0.uuid()).collect();
    let names: Vec<String> = wanted.keys().map(|key| key.1.to_owned()).collect();
    let emails: Vec<Option<String>> =
        wanted.values().map(|emails| emails.iter().next().map(|email| (*email).to_owned())).collect();
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
        at(now),
    )
    .fetch_all(tx.conn())
    .await?;
    let mut customers: Customers = made
        .into_iter()
        .map(|row| {
            let id = CustomerId::new(row.id);
            let person = Person { buyer: id, name: row.external_id.clone(), emails: Vec::new() };
            let known = Known { id, group: id, is_fresh: true, person };
            ((OrganizationId::new(row.organization_id), row.external_id), known)
        })
        .collect();
    if customers.len() < names.len() {
        let found = sqlx::query!(
            "select organization_id, id, external_id, buyer_id, group_id from customers
             where (organization_id, external_id) in (select * from unnest($1::uuid[], $2::text[]))",
            &organizations,
            &names,
        )
        .fetch_all(tx.conn())
        .await?;
        for row in found {
            let buyer = CustomerId::new(row.buyer_id);
            let person = Person { buyer, name: row.external_id.clone(), emails: Vec::new() };
            let known =
                Known { id: CustomerId::new(row.id), group: CustomerId::new(row.group_id), is_fresh: false, person };
            customers.entry((OrganizationId::new(row.organization_id), row.external_id)).or_insert(known);
        }
    }
    Ok(customers)
}

#[derive(Debug, Default)]
struct Links {
    buyers: Vec<(OrganizationId, CustomerId, CustomerId)>,
    groups: Vec<(OrganizationId, CustomerId, CustomerId)>,
}

impl Links {
    fn is_empty(&self) -> bool {
        self.buyers.is_empty() && self.groups.is_empty()
    }
}

/// Keeps every address told, and notes who else has one of them.
async fn keep_emails(
    tx: &mut TenantTx,
    wanted: &BTreeMap<(OrganizationId, &str), BTreeSet<&str>>,
    customers: &mut Customers,
    links: &mut Links,
) -> Result<(), sqlx::Error> {
    let mut keys: BTreeSet<(Uuid, String, Uuid)> = BTreeSet::new();
    for ((organization, name), emails) in wanted {
        let Some(known) = customers.get_mut(&(*organization, (*name).to_owned())) else { continue };
        for email in emails {
            let key = email_key(email);
            keys.insert((organization.uuid(), key.clone(), known.id.uuid()));
            known.person.emails.push(key);
        }
    }
    if keys.is_empty() {
        return Ok(());
    }
    let organizations: Vec<Uuid> = keys.iter().map(|key| key.0).collect();
    let texts: Vec<String> = keys.iter().map(|key| key.1.clone()).collect();
    sqlx::query!(
        "insert into customer_emails (organization_id, email_key, customer_id)
         select * from unnest($1::uuid[], $2::text[], $3::uuid[]) on conflict do nothing",
        &organizations,
        &texts,
        &keys.iter().map(|key| key.2).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    let shared = sqlx::query!(
        r#"select organization_id, min(customer_id::text)::uuid as "first!", array_agg(customer_id) as "all!"
           from customer_emails where (organization_id, email_key) in (select * from unnest($1::uuid[], $2::text[]))
           group by organization_id, email_key having count(*) > 1"#,
        &organizations,
        &texts,
    )
    .fetch_all(tx.conn())
    .await?;
    for row in shared {
        let first = CustomerId::new(row.first);
        for other in row.all.into_iter().map(CustomerId::new).filter(|other| *other != first) {
            links.groups.push((OrganizationId::new(row.organization_id), first, other));
        }
    }
    Ok(())
}

/// Joins the sets of linked customers. Customers of one buyer are in one group.
async fn join(tx: &mut TenantTx, links: &Links) -> Result<(), sqlx::Error> {
    let pairs = || links.buyers.iter().chain(&links.groups);
    let rows = sqlx::query!(
        "select organization_id, id, buyer_id, group_id from customers
         where (organization_id, id) in (select * from unnest($1::uuid[], $2::uuid[]))",
        &pairs().flat_map(|link| [link.0.uuid(); 2]).collect::<Vec<_>>(),
        &pairs().flat_map(|link| [link.1.uuid(), link.2.uuid()]).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let sets: HashMap<Uuid, (Uuid, Uuid)> = rows.iter().map(|row| (row.id, (row.buyer_id, row.group_id))).collect();
    let owners: HashMap<Uuid, Uuid> = rows
        .iter()
        .flat_map(|row| [(row.buyer_id, row.organization_id), (row.group_id, row.organization_id)])
        .collect();
    let of = |id: &CustomerId| sets.get(&id.uuid()).copied().unwrap_or((id.uuid(), id.uuid()));
    let groups = smallest(pairs().map(|link| (of(&link.1).1, of(&link.2).1)));
    let buyers = smallest(links.buyers.iter().map(|link| (of(&link.1).0, of(&link.2).0)));
    let organizations = |moves: &BTreeMap<Uuid, Uuid>| -> Vec<Uuid> {
        moves.keys().map(|id| owners.get(id).copied().unwrap_or_default()).collect()
    };
    sqlx::query!(
        "update customers c set group_id = m.new from unnest($1::uuid[], $2::uuid[], $3::uuid[]) m (organization_id, old, new)
         where c.organization_id = m.organization_id and c.group_id = m.old",
        &organizations(&groups),
        &groups.keys().copied().collect::<Vec<_>>(),
        &groups.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    // A buyer's customers are found through their group, which is already the joint one.
    sqlx::query!(
        "update customers c set buyer_id = m.new
         from unnest($1::uuid[], $2::uuid[], $3::uuid[]) m (organization_id, old, new)
         join customers o on o.organization_id = m.organization_id and o.id = m.old
         where c.organization_id = m.organization_id and c.group_id = o.group_id and c.buyer_id = m.old",
        &organizations(&buyers),
        &buyers.keys().copied().collect::<Vec<_>>(),
        &buyers.values().copied().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// For every id that is linked to a smaller one, directly or through others: the smallest of its set.
fn smallest(links: impl Iterator<Item = (Uuid, Uuid)>) -> BTreeMap<Uuid, Uuid> {
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
