//! SQL of erasure: who was erased, which data names a person, and the rewriting of stored data.

use std::collections::{BTreeMap, BTreeSet};

use shared::{
    id::{AffiliateId, ConversionId, CustomerId, OrganizationId, ProgramId},
    keys::KeyRing,
    timestamp::Timestamp,
};
use uuid::Uuid;

use super::pseudonym::{Erased, Name};
use kit::db::{TenantTx, TenantsTx};

/// Those of the organizations that ever erased someone.
pub async fn with_erased(
    tx: &mut TenantsTx,
    organizations: &[OrganizationId],
) -> Result<Vec<OrganizationId>, sqlx::Error> {
    let ids: Vec<Uuid> = organizations.iter().map(|id| id.uuid()).collect();
    let found = sqlx::query_scalar!(
        "select organization_id from organizations o where organization_id = any ($1)
           and exists (select from erased_identities e where e.organization_id = o.organization_id)",
        &ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(OrganizationId::new).collect())
}

/// Those of the names that belong to an erased person.
pub async fn erased_among(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    ring: &KeyRing,
    names: &BTreeSet<Name>,
) -> Result<Erased, sqlx::Error> {
    let mut by_hash = BTreeMap::new();
    for name in names {
        for (hash, key) in name.hashes(organization, ring) {
            by_hash.insert(hash, (name, key));
        }
    }
    let mut erased = Erased::of(organization, ring.current());
    if by_hash.is_empty() {
        return Ok(erased);
    }
    let hashes: Vec<String> = by_hash.keys().cloned().collect();
    let known = sqlx::query_scalar!(
        "select pseudonym from erased_identities where organization_id = $1 and pseudonym = any ($2)",
        organization.uuid(),
        &hashes,
    )
    .fetch_all(tx.conn())
    .await?;
    for hash in known {
        if let Some((name, key)) = by_hash.remove(&hash) {
            erased.add(name.clone(), hash, key);
        }
    }
    Ok(erased)
}

/// The names as erased ones, whether they are or not: those that are keep their hash.
pub async fn as_erased(tx: &mut TenantTx, ring: &KeyRing, names: &BTreeSet<Name>) -> Result<Erased, sqlx::Error> {
    let organization = tx.organization();
    let mut erased = erased_among(tx, organization, ring, names).await?;
    for name in names.iter().filter(|name| !erased.contains(name)).cloned().collect::<Vec<_>>() {
        let hash = name.hash(organization, ring.current());
        erased.add(name, hash, ring.current().clone());
    }
    Ok(erased)
}

/// Adds names to the list of erased ones.
pub async fn add_erased(tx: &mut TenantTx, erased: &Erased, now: Timestamp) -> Result<(), sqlx::Error> {
    let hashes: Vec<String> = erased.iter().map(|(_, hash)| hash.to_owned()).collect();
    sqlx::query!(
        "insert into erased_identities (organization_id, pseudonym, erased_at)
         select $1, hash, $3 from unnest($2::text[]) hash on conflict do nothing",
        tx.organization().uuid(),
        &hashes,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The columns of a customer's row that name a person.
#[derive(Debug, Clone)]
pub struct CustomerRow {
    pub id: CustomerId,
    pub external_id: String,
    pub email: Option<String>,
}

/// All customers that are the same buyer as this one; empty if there is no such customer.
pub async fn buyer(tx: &mut TenantTx, customer: CustomerId) -> Result<Vec<CustomerRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select c.id, c.external_id, c.email from customers c
         join customers o on o.organization_id = c.organization_id and o.group_id = c.group_id and o.buyer_id = c.buyer_id
         where o.organization_id = $1 and o.id = $2 order by c.id",
        tx.organization().uuid(),
        customer.uuid(),
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CustomerRow { id: CustomerId::new(row.id), external_id: row.external_id, email: row.email })
        .collect())
}

/// Everything that these customers bought, and their leads.
pub async fn conversions_of(tx: &mut TenantTx, customers: &[Uuid]) -> Result<Vec<ConversionId>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        "select id from conversions where organization_id = $1 and customer_id = any ($2)",
        tx.organization().uuid(),
        customers,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(ids.into_iter().map(ConversionId::new).collect())
}

/// The compared forms of these customers' addresses.
async fn addresses_of(tx: &mut TenantTx, customers: &[Uuid]) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select distinct email_key from customer_emails where organization_id = $1 and customer_id = any ($2)",
        tx.organization().uuid(),
        customers,
    )
    .fetch_all(tx.conn())
    .await
}

/// What these customers, who are one buyer, are called: their IDs, and their addresses in the compared form.
pub async fn names_of(tx: &mut TenantTx, rows: &[CustomerRow]) -> Result<BTreeSet<Name>, sqlx::Error> {
    let ids: Vec<Uuid> = rows.iter().map(|row| row.id.uuid()).collect();
    let mut names: BTreeSet<Name> = rows.iter().map(|row| Name::of_customer(&row.external_id)).collect();
    names.extend(rows.iter().filter_map(|row| row.email.as_deref()).map(Name::email));
    names.extend(addresses_of(tx, &ids).await?.into_iter().map(Name::Email));
    Ok(names)
}

/// Customers who have one of the addresses.
pub async fn customers_with(tx: &mut TenantTx, keys: &[String]) -> Result<Vec<CustomerRow>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, external_id, email from customers
         where organization_id = $1 and id in
               (select customer_id from customer_emails where organization_id = $1 and email_key = any ($2))",
        tx.organization().uuid(),
        keys,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows
        .into_iter()
        .map(|row| CustomerRow { id: CustomerId::new(row.id), external_id: row.external_id, email: row.email })
        .collect())
}

/// The columns of an affiliate's row that name a person, and its status.
#[derive(Debug, Clone)]
pub struct AffiliateRow {
    pub id: AffiliateId,
    pub email: String,
    pub name: String,
    pub status: String,
    pub is_erased: bool,
}

/// The affiliate, locked for update: anyone who writes about them does so before this, or after the transaction. Their
/// address is a key, so even writers that only reference the affiliate are waited for here, and not later.
pub async fn affiliate(tx: &mut TenantTx, id: AffiliateId) -> Result<Option<AffiliateRow>, sqlx::Error> {
    let row = sqlx::query!(
        "select email, name, status, erased_at from affiliates where organization_id = $1 and id = $2 for update",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| AffiliateRow {
        id,
        email: row.email,
        name: row.name,
        status: row.status,
        is_erased: row.erased_at.is_some(),
    }))
}

/// The address and name of an affiliate who isn't erased.
pub async fn names_of_affiliate(tx: &mut TenantTx, id: AffiliateId) -> Result<Option<(String, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select email, name from affiliates where organization_id = $1 and id = $2 and erased_at is null",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.email, row.name)))
}

/// Affiliates who aren't erased, with their addresses; few enough to search one by one.
pub async fn affiliates(tx: &mut TenantTx) -> Result<Vec<(AffiliateId, String)>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, email from affiliates where organization_id = $1 and erased_at is null",
        tx.organization().uuid()
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (AffiliateId::new(row.id), row.email)).collect())
}

/// Replaces a customer's names with pseudonyms; `erased_at` is set if the person is erased, and not if they only share
/// an address.
pub async fn rename_customer(
    tx: &mut TenantTx,
    row: &CustomerRow,
    erased_at: Option<Timestamp>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update customers set external_id = $3, email = $4, erased_at = coalesce(erased_at, $5)
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        row.id.uuid(),
        row.external_id,
        row.email,
        erased_at,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Replaces the compared addresses with their pseudonyms, for everyone who has them.
pub async fn rename_addresses(tx: &mut TenantTx, old: &[String], new: &[String]) -> Result<(), sqlx::Error> {
    sqlx::query!("select rekomi_redact_addresses($1, $2, $3)", tx.organization().uuid(), old, new)
        .execute(tx.conn())
        .await
        .map(drop)
}

/// The former addresses of an affiliate, in compared form.
pub async fn former_addresses(tx: &mut TenantTx, id: AffiliateId) -> Result<Vec<String>, sqlx::Error> {
    sqlx::query_scalar!(
        "select email_key from affiliate_emails where organization_id = $1 and affiliate_id = $2",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_all(tx.conn())
    .await
}

/// Saves the pseudonym of an affiliate's only address, under which their purchases are stored. If an affiliate has
/// dated addresses, those rows are rewritten with all other texts.
pub async fn note_pseudonym(tx: &mut TenantTx, affiliate: AffiliateId, pseudonym: &str) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into affiliate_emails (organization_id, affiliate_id, effective_at, email_key)
         select $1, $2, $4, $3
         where not exists (select from affiliate_emails where organization_id = $1 and affiliate_id = $2)
         returning 1 as one",
        tx.organization().uuid(),
        affiliate.uuid(),
        pseudonym,
        Timestamp::EPOCH,
    )
    .fetch_all(tx.conn())
    .await
    .map(drop)
}

/// Those of these conversions that belong to an erased person, each with its stored details.
pub async fn sales_of_erased(
    tx: &mut TenantsTx,
    organization: OrganizationId,
    external_ids: &[String],
) -> Result<Vec<(String, Option<serde_json::Value>)>, sqlx::Error> {
    if external_ids.is_empty() {
        return Ok(Vec::new());
    }
    let found = sqlx::query!(
        "select c.external_id, c.details from conversions c
         join customers b on b.organization_id = c.organization_id and b.id = c.customer_id
         where c.organization_id = $1 and c.external_id = any ($2) and b.erased_at is not null",
        organization.uuid(),
        external_ids,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.external_id, row.details)).collect())
}

/// The owners of these programs, among these organizations.
pub async fn owners_of(
    tx: &mut TenantsTx,
    organizations: &[OrganizationId],
    programs: &[ProgramId],
) -> Result<BTreeMap<ProgramId, OrganizationId>, sqlx::Error> {
    let organizations: Vec<Uuid> = organizations.iter().map(|id| id.uuid()).collect();
    let programs: Vec<Uuid> = programs.iter().map(|id| id.uuid()).collect();
    let found = sqlx::query!(
        "select organization_id, id from programs where organization_id = any ($1) and id = any ($2)",
        &organizations,
        &programs,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found.into_iter().map(|row| (row.id, row.organization_id)).collect())
}
