//! SQL of the leases on connections: one worker at a time sends with a connection, by the database's clock, so that no
//! two clocks have to agree.

use payout_core::step::Status;
use shared::{
    id::{OrganizationId, PayoutConnectionId, PayoutId},
    seal::{SealError, Secret},
    timestamp::Timestamp,
};
use uuid::Uuid;

use crate::payout_connection::encryption::{self, Column};
use kit::{
    config::Keys,
    db::{TenantTx, TenantsTx, claim::Claim},
};

/// How long a lease lasts without renewal. Each attempt renews it and takes less time than this.
const LEASE_SECONDS: f64 = 90.0;

/// A connection that one worker holds exclusively.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Lease {
    pub(super) organization: OrganizationId,
    pub(super) connection: Uuid,
    /// New for each lease: a worker that lost its lease can't continue with the old token.
    pub(super) token: Uuid,
}

/// Leases connections with due payouts, least recently worked on first.
pub(super) async fn take(tx: &mut TenantsTx, now: Timestamp, most: i64) -> Result<Vec<Lease>, sqlx::Error> {
    let (mut claim, mut taken) = (Claim::of(most), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select w.organization_id from payout_connections w
             where w.organization_id <> all ($2) and w.status = 'active' and (w.wait_until is null or w.wait_until <= $1)
               and (w.lease_until is null or w.lease_until < statement_timestamp())
               and exists (select 1 from payouts p
                           where p.organization_id = w.organization_id and p.next_at <= $1 and p.rail = 'Stripe'
                             and (p.status = 'Scheduled' or p.connection_id = w.id))
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
                       select w.id from payout_connections w
                       where w.organization_id = $1 and w.status = 'active' and (w.wait_until is null or w.wait_until <= $2)
                         and (w.lease_until is null or w.lease_until < statement_timestamp())
                         and exists (select 1 from payouts p
                                     where p.organization_id = $1 and p.next_at <= $2 and p.rail = 'Stripe'
                                       and (p.status = 'Scheduled' or p.connection_id = w.id))
                       order by w.worked_at nulls first limit $3 for no key update skip locked)
                 update payout_connections c
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

/// Renews the lease for its full length. Returns whether it still holds and the connection may be used.
pub(super) async fn renew(tx: &mut TenantTx, lease: &Lease) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payout_connections set lease_until = statement_timestamp() + make_interval(secs => $4)
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

pub(super) async fn give_back(tx: &mut TenantTx, lease: &Lease) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set lease = null, lease_until = null
         where organization_id = $1 and id = $2 and lease = $3",
        lease.organization.uuid(),
        lease.connection,
        lease.token,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The payouts that are due on the connection, longest waiting first, without those under way.
pub(super) async fn due(
    tx: &mut TenantTx,
    lease: &Lease,
    busy: &[Uuid],
    most: i64,
    now: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "select id from payouts
         where organization_id = $1 and next_at <= $2 and rail = 'Stripe' and (status = 'Scheduled' or connection_id = $3)
           and not id = any ($4)
         order by next_at, id limit $5",
        lease.organization.uuid(),
        now,
        lease.connection,
        busy,
        most,
    )
    .fetch_all(tx.conn())
    .await
}

/// Postpones a payout after an internal error.
pub(super) async fn put_off(tx: &mut TenantTx, payout: Uuid, until: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts set next_at = $3 where organization_id = $1 and id = $2 and next_at is not null",
        tx.organization().uuid(),
        payout,
        until,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Takes a payout that is over off the due ones.
pub(super) async fn rest(tx: &mut TenantTx, payout: PayoutId) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payouts set next_at = null
         where organization_id = $1 and id = $2 and status in ('Sent', 'Failed', 'Reversed')",
        tx.organization().uuid(),
        payout.uuid(),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The payouts of other rails whose money is to be reserved, in all tenants of the transaction.
pub(super) async fn due_outside(
    tx: &mut TenantsTx,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(OrganizationId, Uuid)>, sqlx::Error> {
    let organizations = tx.tenant_ids();
    let rows = sqlx::query!(
        "select organization_id, id from payouts
         where organization_id = any ($4) and next_at <= $1 and rail <> 'Stripe' and status = $3
         order by next_at, id limit $2",
        now,
        most,
        Status::Scheduled.as_str(),
        &organizations,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (OrganizationId::new(row.organization_id), row.id)).collect())
}

/// Why a key isn't available.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeyError {
    #[error(transparent)]
    Database(#[from] sqlx::Error),
    #[error(transparent)]
    Seal(#[from] SealError),
}

/// Decrypts the key of an active connection; `None` if the connection is paused or deleted, or the lease is lost.
pub(super) async fn key(
    tx: &mut TenantTx,
    keys: &Keys,
    connection: Uuid,
    lease: Option<&Lease>,
) -> Result<Option<Secret>, KeyError> {
    let organization = tx.organization();
    let sealed = sqlx::query_scalar!(
        "select sealed_api_key from payout_connections
         where organization_id = $1 and id = $2 and status = 'active'
           and ($3::uuid is null or (lease = $3 and lease_until > clock_timestamp()
                                     and (wait_until is null or wait_until <= worked_at)))",
        organization.uuid(),
        connection,
        lease.map(|lease| lease.token),
    )
    .fetch_optional(tx.conn())
    .await?
    .flatten();
    let Some(sealed) = sealed else { return Ok(None) };
    let id = PayoutConnectionId::new(connection);
    Ok(Some(encryption::open(keys, organization, id, Column::ApiKey, &sealed)?))
}

/// Records a successful call on the connection.
pub(super) async fn went_well(tx: &mut TenantTx, lease: &Lease, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set failures = 0, last_success_at = $3 where organization_id = $1 and id = $2",
        lease.organization.uuid(),
        lease.connection,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Records a failed call on the connection. Nothing is sent before `wait_until`, if it is set.
pub(super) async fn went_wrong(
    tx: &mut TenantTx,
    lease: &Lease,
    message: &str,
    wait_until: Option<Timestamp>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections
         set failures = failures + 1, wait_until = greatest(wait_until, $3), last_error = $4, last_error_at = $5
         where organization_id = $1 and id = $2",
        lease.organization.uuid(),
        lease.connection,
        wait_until,
        message,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// The code of payouts that wait for money.
pub(super) const WITHOUT_MONEY: &str = "balance_insufficient";

/// Postpones payouts of this currency to `until`, except those that are due within the minute before it. Returns false
/// if a payout of the currency was already waiting for money: that holds as long as a payout that was once refused for
/// lack of money is open, even while it is retried. `attempt` is the call that was just refused.
///
/// The caller holds the connection's row, so that only one of several simultaneous refusals is the first; payouts are
/// locked in the order of their IDs, as in `payout_run::store`.
pub(super) async fn currency_waits(
    tx: &mut TenantTx,
    lease: &Lease,
    currency: &str,
    (until, message): (Timestamp, &str),
    attempt: Uuid,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let first = sqlx::query_scalar!(
        r#"select not exists (
               select from payouts p
               where p.organization_id = $1 and p.currency = $3 and p.rail = 'Stripe' and p.next_at is not null
                 and p.status in ('Scheduled', 'Reserved', 'Sending', 'Unknown')
                 and (p.status = 'Scheduled' or p.connection_id = $2)
                 and (p.reason_code = $4
                      or exists (select from payout_attempts a
                                 where a.organization_id = $1 and a.payout_id = p.id and a.id <> $5 and a.outcome = $4)))
               as "first!""#,
        lease.organization.uuid(),
        lease.connection,
        currency,
        WITHOUT_MONEY,
        attempt,
    )
    .fetch_one(tx.conn())
    .await?;
    sqlx::query!(
        "with waiting as (
             select id from payouts
             where organization_id = $1 and currency = $3 and rail = 'Stripe' and unclear_since is null
               and next_at < $4::timestamptz - interval '1 minute'
               and (status = 'Scheduled' or (status = 'Reserved' and connection_id = $2))
             order by id for no key update)
         update payouts p set next_at = $4, reason_code = $5, reason = $6, updated_at = $7
         from waiting w where p.organization_id = $1 and p.id = w.id",
        lease.organization.uuid(),
        lease.connection,
        currency,
        until,
        WITHOUT_MONEY,
        message,
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(first)
}
