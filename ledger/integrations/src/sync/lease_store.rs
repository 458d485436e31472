//! SQL for leases: one worker at a time works on a connection. Leases use the database's clock, so that processes don't
//! depend on synchronized clocks.

use connector::{Choice, Known};
use shared::{
    id::{CrmConnectionId, OrganizationId},
    timestamp::Timestamp,
};
use sqlx::types::Json;
use uuid::Uuid;

use crate::crm::encryption;
use kit::{
    access::secret::SecretError,
    config::Keys,
    db::{TenantTx, TenantsTx, claim::Claim},
};

/// How long a lease is valid without renewal. Each attempt renews it and takes less time than this.
const LEASE_SECONDS: f64 = 90.0;

/// A connection that one worker has leased.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lease {
    pub organization: OrganizationId,
    pub connection: Uuid,
    /// A new token for each lease, so that a worker whose lease expired can't continue.
    pub token: Uuid,
}

/// The fields of a connection that syncs need.
#[derive(Debug, Clone)]
pub struct Connection {
    pub id: Uuid,
    pub vendor: String,
    pub tags: Vec<String>,
    pub segment_tag: bool,
    /// The default list.
    pub list: Option<Choice>,
    /// Consecutive failures.
    pub failures: i32,
    /// Failures for a missing permission since the last write or the last whole sync that succeeded.
    pub rights_failures: i32,
}

/// Leases connections with due syncs, starting with the ones that were worked on longest ago.
pub async fn take(tx: &mut TenantsTx, now: Timestamp, most: i64) -> Result<Vec<Lease>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(most), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select w.organization_id from crm_connections w
             where w.organization_id <> all ($2) and w.status = 'active' and (w.wait_until is null or w.wait_until <= $1)
               and (w.lease_until is null or w.lease_until < statement_timestamp())
               and exists (select 1 from crm_syncs s
                           where s.organization_id = w.organization_id and s.connection_id = w.id and s.next_at <= $1)
             order by w.worked_at nulls first limit $3",
            now,
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        let token = Uuid::from_bytes(rand::random());
        for (organization, count) in claim.owners(due) {
            let connections = sqlx::query_scalar!(
                "with d as materialized (
                       select w.id from crm_connections w
                       where w.organization_id = $1 and w.status = 'active' and (w.wait_until is null or w.wait_until <= $2)
                         and (w.lease_until is null or w.lease_until < statement_timestamp())
                         and exists (select 1 from crm_syncs s
                                     where s.organization_id = $1 and s.connection_id = w.id and s.next_at <= $2)
                       order by w.worked_at nulls first limit $3 for no key update skip locked)
                 update crm_connections c
                 set lease = $5, lease_until = statement_timestamp() + make_interval(secs => $4), worked_at = $2
                 from d
                 where c.organization_id = $1 and c.id = d.id
                 returning c.id",
                organization.uuid(),
                now,
                count,
                LEASE_SECONDS,
                token,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(connections.len());
            taken.extend(connections.into_iter().map(|connection| Lease { organization, connection, token }));
        }
    }
    Ok(taken)
}

/// Renews the lease for its full duration. Returns false where it has expired or the connection may no longer be used.
pub async fn renew(tx: &mut TenantTx, lease: &Lease) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update crm_connections set lease_until = statement_timestamp() + make_interval(secs => $4)
         where organization_id = $1 and id = $2 and lease = $3 and lease_until > statement_timestamp()
           and status = 'active'",
        lease.organization.uuid(),
        lease.connection,
        lease.token,
        LEASE_SECONDS,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Releases the lease.
pub async fn give_back(tx: &mut TenantTx, lease: &Lease) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections set lease = null, lease_until = null where organization_id = $1 and id = $2 and lease = $3",
        lease.organization.uuid(),
        lease.connection,
        lease.token,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Loads the connection and its opened credentials while the lease is valid.
///
/// # Errors
/// A database error, or where the credentials can't be opened.
pub async fn read(
    tx: &mut TenantTx,
    keys: &Keys,
    lease: &Lease,
) -> Result<Option<(Connection, connector::Account)>, SecretError> {
    let row = sqlx::query!(
        r#"select vendor, tags, segment_tag, list as "list: Json<Choice>", settings as "settings: Json<encryption::Credentials>",
                  sealed_credentials, found as "found: Json<Known>", failures, rights_failures
           from crm_connections
           where organization_id = $1 and id = $2 and lease = $3 and lease_until > clock_timestamp() and status = 'active'
             and (wait_until is null or wait_until <= worked_at)"#,
        lease.organization.uuid(),
        lease.connection,
        lease.token,
    )
    .fetch_optional(tx.conn())
    .await?;
    let Some(row) = row else { return Ok(None) };
    let id = CrmConnectionId::new(lease.connection);
    let mut credentials = encryption::open(keys, lease.organization, id, &row.sealed_credentials)?;
    credentials.extend(row.settings.0);
    let connection = Connection {
        id: lease.connection,
        vendor: row.vendor,
        tags: row.tags,
        segment_tag: row.segment_tag,
        list: row.list.map(|list| list.0),
        failures: row.failures,
        rights_failures: row.rights_failures,
    };
    Ok(Some((connection, connector::Account { credentials, found: row.found.0 })))
}

/// Records a successful call. Only a write or a whole sync (`may_write`) shows that no permission is missing: a key that
/// may only read succeeds with the lookups that come before each try of a write.
pub async fn went_well(tx: &mut TenantTx, lease: &Lease, may_write: bool) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections
         set failures = 0, rights_failures = case when $3 then 0 else rights_failures end
         where organization_id = $1 and id = $2 and (failures > 0 or ($3 and rights_failures > 0))",
        lease.organization.uuid(),
        lease.connection,
        may_write,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores what a sync learned about the account, for the syncs after it.
pub async fn remember(tx: &mut TenantTx, lease: &Lease, learned: &Known) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections set found = found || $4 where organization_id = $1 and id = $2 and lease = $3",
        lease.organization.uuid(),
        lease.connection,
        lease.token,
        Json(learned) as _,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A failure on a connection.
#[derive(Debug)]
pub struct Failure<'a> {
    pub message: &'a str,
    pub is_right: bool,
    /// Until when nothing is sent on the connection.
    pub wait_until: Option<Timestamp>,
}

pub async fn went_wrong(
    tx: &mut TenantTx,
    lease: &Lease,
    failure: &Failure<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_connections
         set failures = failures + 1, rights_failures = case when $3 then rights_failures + 1 else rights_failures end,
             wait_until = greatest(wait_until, $4), last_error = $5, last_error_at = $6
         where organization_id = $1 and id = $2",
        lease.organization.uuid(),
        lease.connection,
        failure.is_right,
        failure.wait_until,
        failure.message,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Queues a sync that marks the contact with the former address as former, if there is one, and keeps that address for
/// a later deletion. It also removes what syncs that failed may have added there. Call it before [`synced`].
pub async fn leave_behind(
    tx: &mut TenantTx,
    lease: &Lease,
    (id, affiliate): (Uuid, Uuid),
    person: &connector::Person,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into crm_syncs (organization_id, id, connection_id, affiliate_id, task, reason, former, next_at, created_at)
         select k.organization_id, $4, k.connection_id, k.affiliate_id, 'retire', 'changed',
                jsonb_build_object('email', k.email, 'lists', k.lists, 'tags', array(
                    select unnest(k.tags)
                    union
                    select unnest(s.tags) from crm_syncs s
                    where s.organization_id = $1 and s.connection_id = $2 and s.affiliate_id = $3
                      and s.state <> 'Succeeded' and (s.finished_at is null or s.finished_at >= k.synced_at)
                    order by 1)), $6, $6
         from crm_contacts k
         where k.organization_id = $1 and k.connection_id = $2 and k.affiliate_id = $3 and k.email = $5
         returning 1 as one",
        lease.organization.uuid(),
        lease.connection,
        affiliate,
        id,
        person.moved_from,
        now,
    )
    .fetch_all(tx.conn())
    .await?;
    sqlx::query!(
        "update crm_contacts set former_emails = array_append(array_remove(former_emails, email), email)
         where organization_id = $1 and connection_id = $2 and affiliate_id = $3 and email = $4",
        lease.organization.uuid(),
        lease.connection,
        affiliate,
        person.moved_from,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Stores what the CRM knows of the affiliate after a successful sync. Lists accumulate: affiliates are never removed
/// from one. The name is the newest that the sync noted. Someone who has left isn't in the CRM because of a sync that
/// wrote nothing.
pub async fn synced(
    tx: &mut TenantTx,
    lease: &Lease,
    (sync, affiliate): (Uuid, Uuid),
    (person, contact): (&connector::Person, Option<String>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let lists: Vec<String> = person.lists.iter().map(|list| list.id.clone()).collect();
    sqlx::query!(
        "with done as (
             update crm_connections set last_success_at = $8 where organization_id = $1 and id = $2)
         insert into crm_contacts (organization_id, connection_id, affiliate_id, contact, lists, tags, affiliate_status, synced_at,
                                   email, name)
         select $1, $2, a.id, $4, $5, $6, $7, $8, $9,
                (select s.names[cardinality(s.names)] from crm_syncs s where s.organization_id = $1 and s.id = $10)
         from affiliates a
         where a.organization_id = $1 and a.id = $3 and a.erased_at is null
           and ($11 or exists (select from crm_syncs s where s.organization_id = $1 and s.id = $10 and s.tags <> '{}'))
         for share
         on conflict (organization_id, connection_id, affiliate_id) do update
         set contact = excluded.contact, tags = excluded.tags, affiliate_status = excluded.affiliate_status, synced_at = excluded.synced_at,
             email = excluded.email, name = coalesce(excluded.name, crm_contacts.name),
             lists = array(select unnest(crm_contacts.lists) union select unnest(excluded.lists) order by 1)",
        lease.organization.uuid(),
        lease.connection,
        affiliate,
        contact,
        &lists,
        &person.tags,
        person.affiliate_status.as_str(),
        now,
        person.email,
        sync,
        person.is_approved() || person.is_synced,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Deletes the stored CRM contact after a successful deletion, and forgets what earlier syncs may have added to it.
pub async fn forgotten(tx: &mut TenantTx, lease: &Lease, affiliate: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update crm_syncs set tags = '{}'
         where organization_id = $1 and connection_id = $2 and affiliate_id = $3 and tags <> '{}'",
        lease.organization.uuid(),
        lease.connection,
        affiliate,
    )
    .execute(tx.conn())
    .await?;
    sqlx::query!(
        "delete from crm_contacts where organization_id = $1 and connection_id = $2 and affiliate_id = $3",
        lease.organization.uuid(),
        lease.connection,
        affiliate,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
