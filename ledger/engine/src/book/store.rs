//! SQL of the book: opens accounts, inserts transfers as one set, then updates the balances.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use shared::{
    id::{AccountId, OrganizationId, TransferId},
    timestamp::Timestamp,
};
use uuid::Uuid;

use kit::db::{TenantTx, TenantsTx};
use rules::book::entry::{AccountKey, Entry};

/// Locks the organization, so that only one transaction at a time books for it. Anything read after this is current
/// until the commit.
pub async fn lock(tx: &mut TenantTx) -> Result<(), sqlx::Error> {
    let organization = tx.organization();
    lock_all(tx, &[organization]).await
}

/// As [`lock`], for several organizations, in the order of their ids.
pub async fn lock_all(tx: &mut TenantsTx, organizations: &[OrganizationId]) -> Result<(), sqlx::Error> {
    let ids: Vec<Uuid> = organizations.iter().map(|tenant| tenant.uuid()).collect();
    sqlx::query!("select id from tenants where id = any ($1) order by id for no key update", &ids)
        .fetch_all(tx.conn())
        .await
        .map(drop)
}

/// Posts all entries. The caller holds the book's lock of each of their organizations ([`lock_all`]): no other transaction
/// moves these balances, so that they are updated in any order.
///
/// # Errors
/// Database errors; the caller must then roll back.
pub async fn post(
    tx: &mut TenantsTx,
    entries: &[Entry],
    now: Timestamp,
    mut new_id: impl FnMut() -> Uuid,
) -> Result<(), sqlx::Error> {
    if entries.is_empty() {
        return Ok(());
    }
    let accounts = open_accounts(tx, entries, &mut new_id).await?;
    insert_transfers(tx, entries, &accounts, now, &mut new_id).await?;
    move_balances(tx, entries, &accounts).await
}

type Accounts = HashMap<AccountKey, AccountId>;

async fn open_accounts(
    tx: &mut TenantsTx,
    entries: &[Entry],
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<Accounts, sqlx::Error> {
    let mut keys: Vec<AccountKey> = entries.iter().flat_map(|entry| [entry.debit, entry.credit]).collect();
    keys.sort_unstable();
    keys.dedup();
    let mut accounts = find_accounts(tx, &keys).await?;
    let missing: Vec<AccountKey> = keys.into_iter().filter(|key| !accounts.contains_key(key)).collect();
    if missing.is_empty() {
        return Ok(accounts);
    }
    sqlx::query!(
        "insert into accounts (organization_id, id, kind, affiliate_id, currency)
         select * from unnest($1::uuid[], $2::uuid[], $3::text[], $4::uuid[], $5::text[])
         on conflict do nothing",
        &missing.iter().map(|key| key.organization_id.uuid()).collect::<Vec<_>>(),
        &missing.iter().map(|_| new_id()).collect::<Vec<_>>(),
        &missing.iter().map(|key| key.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &missing.iter().map(|key| key.affiliate_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &missing.iter().map(|key| key.currency.code().to_owned()).collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await?;
    accounts.extend(find_accounts(tx, &missing).await?);
    Ok(accounts)
}

/// Reads by arrays, not by a join with the keys: for that, Postgres may read all of a large organization's accounts for each
/// key.
async fn find_accounts(tx: &mut TenantsTx, keys: &[AccountKey]) -> Result<Accounts, sqlx::Error> {
    let requested: HashMap<_, AccountKey> = keys
        .iter()
        .map(|key| {
            let affiliate = key.affiliate_id.map(|id| id.uuid());
            ((key.organization_id.uuid(), key.kind.as_str(), affiliate, key.currency.code()), *key)
        })
        .collect();
    let found = sqlx::query!(
        r#"select organization_id as "organization_id!", kind as "kind!", affiliate_id, currency as "currency!", id as "id!"
           from accounts
           where organization_id = any ($1) and kind = any ($2) and affiliate_id = any ($3) and currency = any ($4)
           union all
           select organization_id, kind, affiliate_id, currency, id from accounts
           where organization_id = any ($1) and kind = any ($2) and affiliate_id is null and currency = any ($4)"#,
        &distinct(requested.keys().map(|key| key.0)),
        &distinct(requested.keys().map(|key| key.1)) as &[&str],
        &distinct(requested.keys().filter_map(|key| key.2)),
        &distinct(requested.keys().map(|key| key.3)) as &[&str],
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(found
        .into_iter()
        .filter_map(|row| {
            let key = (row.organization_id, row.kind.as_str(), row.affiliate_id, row.currency.as_str());
            Some((*requested.get(&key)?, AccountId::new(row.id)))
        })
        .collect())
}

fn distinct<T: Ord>(values: impl Iterator<Item = T>) -> Vec<T> {
    values.collect::<BTreeSet<T>>().into_iter().collect()
}

fn account(accounts: &Accounts, key: &AccountKey) -> Result<Uuid, sqlx::Error> {
    accounts.get(key).map(|id| id.uuid()).ok_or(sqlx::Error::RowNotFound)
}

async fn insert_transfers(
    tx: &mut TenantsTx,
    entries: &[Entry],
    accounts: &Accounts,
    now: Timestamp,
    new_id: &mut impl FnMut() -> Uuid,
) -> Result<(), sqlx::Error> {
    let debits: Vec<Uuid> = entries.iter().map(|entry| account(accounts, &entry.debit)).collect::<Result<_, _>>()?;
    let credits: Vec<Uuid> = entries.iter().map(|entry| account(accounts, &entry.credit)).collect::<Result<_, _>>()?;
    // A cluster takes no `insert` from arrays without `returning`. The rows are counted, because the ledger would read each.
    sqlx::query_scalar!(
        r#"with booked as (
               insert into transfers (organization_id, id, debit_account_id, credit_account_id, amount, currency, kind,
                                      commission_id, event_id, decision_id, payout_id, created_at)
               select *, $12::timestamptz from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::uuid[], $5::bigint[],
                                                      $6::text[], $7::text[], $8::uuid[], $9::uuid[], $10::uuid[],
                                                      $11::uuid[])
               returning 1)
           select count(*) as "count!" from booked"#,
        &entries.iter().map(|entry| entry.debit.organization_id.uuid()).collect::<Vec<_>>(),
        &entries.iter().map(|_| TransferId::new(new_id()).uuid()).collect::<Vec<_>>(),
        &debits,
        &credits,
        &entries.iter().map(|entry| entry.amount).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.debit.currency.code().to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.kind.as_str().to_owned()).collect::<Vec<_>>(),
        &entries.iter().map(|entry| entry.commission_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| entry.cause.event_id.map(|id| id.uuid())).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| entry.cause.decision_id).collect::<Vec<_>>() as &[Option<Uuid>],
        &entries.iter().map(|entry| entry.cause.payout_id).collect::<Vec<_>>() as &[Option<Uuid>],
        now,
    )
    .fetch_one(tx.conn())
    .await
    .map(drop)
}

async fn move_balances(tx: &mut TenantsTx, entries: &[Entry], accounts: &Accounts) -> Result<(), sqlx::Error> {
    let mut moves: BTreeMap<(Uuid, Uuid), i64> = BTreeMap::new();
    for entry in entries {
        for (key, amount) in [(&entry.debit, -entry.amount), (&entry.credit, entry.amount)] {
            let sum = moves.entry((key.organization_id.uuid(), account(accounts, key)?)).or_default();
            *sum = sum.checked_add(amount).ok_or_else(|| sqlx::Error::Encode("balance out of range".into()))?;
        }
    }
    let organizations: Vec<Uuid> = moves.keys().map(|key| key.0).collect();
    let ids: Vec<Uuid> = moves.keys().map(|key| key.1).collect();
    sqlx::query!(
        "update accounts a set balance = a.balance + m.amount
         from unnest($1::uuid[], $2::uuid[], $3::bigint[]) m (organization_id, id, amount)
         where a.organization_id = m.organization_id and a.id = m.id",
        &organizations,
        &ids,
        &moves.into_values().collect::<Vec<_>>(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
