//! SQL of a reconciliation under way: its connection, our payouts, and the differences.

use std::collections::HashMap;

use payout_core::step::Status;
use shared::{
    id::{AffiliateId, OrganizationId, PayoutConnectionId, PayoutDifferenceId, PayoutId, ReconciliationId},
    money::Money,
    timestamp::Timestamp,
};

use super::compare::{Difference, Ours};
use kit::db::{TenantTx, TenantsTx, claim::Claim, corrupt_column};

/// How long a worker's claim on a reconciliation lasts; if the worker died, another one starts it again.
const CLAIM_MILLIS: i64 = 600_000;

/// Claims connections whose reconciliation is due, those that were never reconciled first.
pub(super) async fn claim(
    tx: &mut TenantsTx,
    now: Timestamp,
    most: i64,
) -> Result<Vec<(OrganizationId, PayoutConnectionId)>, sqlx::Error> {
    let (mut claim, mut claimed) = (Claim::of(most), Vec::new());
    while let Some(room) = claim.room() {
        let due = sqlx::query_scalar!(
            "select organization_id from payout_connections
             where organization_id <> all ($2) and status = 'active' and (reconcile_at is null or reconcile_at <= $1)
               and (wait_until is null or wait_until <= $1)
             order by reconcile_at nulls first limit $3",
            now,
            claim.visited(),
            room,
        )
        .fetch_all(tx.conn())
        .await?;
        for (organization, count) in claim.owners(due) {
            let ids = sqlx::query_scalar!(
                "with d as materialized (
                       select id from payout_connections
                       where organization_id = $1 and status = 'active' and (reconcile_at is null or reconcile_at <= $2)
                         and (wait_until is null or wait_until <= $2)
                       order by reconcile_at nulls first limit $4 for no key update skip locked)
                 update payout_connections c set reconcile_at = $3
                 from d
                 where c.organization_id = $1 and c.id = d.id
                 returning c.id",
                organization.uuid(),
                now,
                now.plus_millis(CLAIM_MILLIS),
                count,
            )
            .fetch_all(tx.conn())
            .await?;
            claim.took(ids.len());
            claimed.extend(ids.into_iter().map(|id| (organization, PayoutConnectionId::new(id))));
        }
    }
    Ok(claimed)
}

/// Extends the claim, unless another reconciliation was requested in the meantime: that one is due then. Returns false
/// if the connection may no longer be used.
pub(super) async fn keep(tx: &mut TenantTx, id: PayoutConnectionId, now: Timestamp) -> Result<bool, sqlx::Error> {
    let done = sqlx::query!(
        "update payout_connections set reconcile_at = case when reconcile_at <= $4 then reconcile_at else $3 end
         where organization_id = $1 and id = $2 and status = 'active'",
        tx.organization().uuid(),
        id.uuid(),
        now.plus_millis(CLAIM_MILLIS),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected() == 1)
}

/// Schedules the next reconciliation after a successful one: immediately if one was requested in the meantime.
pub(super) async fn done(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    (now, next): (Timestamp, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections
         set reconcile_at = case when reconcile_at <= $4 then reconcile_at else $3 end, reconcile_failures = 0,
             reconcile_error = null
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        next,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Schedules the retry after a failure: the more failures, the later, at most an hour.
pub(super) async fn failed(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    why: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections
         set reconcile_failures = reconcile_failures + 1, reconcile_error = $3,
             reconcile_at = rekomi_later($4, 60 * least(60, power(2, least(reconcile_failures, 10))))
         where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        why,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// How far back to compare: to `least`, or as far as the oldest open difference needs. Two days more, because a payout is
/// expected in the list only a day after its beginning: otherwise a payout would leave the comparison before it is 90 days
/// old, and its difference would count as resolved.
pub(super) async fn since(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    least: Timestamp,
) -> Result<Timestamp, sqlx::Error> {
    let oldest = sqlx::query_scalar!(
        "select min(coalesce(p.created_at, d.first_seen_at - interval '90 days')) from payout_differences d
         left join payouts p on p.organization_id = d.organization_id and p.id = d.payout_id
         where d.organization_id = $1 and d.connection_id = $2 and d.resolved_at is null",
        tx.organization().uuid(),
        id.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    Ok(oldest.map_or(least, |oldest| oldest.plus_days(-2).min(least)))
}

/// The transfers of payouts sent from this connection since then, with their payouts.
pub(super) async fn named(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    since: Timestamp,
) -> Result<HashMap<String, PayoutId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, transfer as "transfer!" from payouts
           where organization_id = $1 and connection_id = $2 and rail = 'Stripe' and transfer is not null and sent_at >= $3"#,
        tx.organization().uuid(),
        id.uuid(),
        since,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.transfer, PayoutId::new(row.id))).collect())
}

/// The payouts sent from this connection since then, which the list must contain, and the others that the list names.
pub(super) async fn ours(
    tx: &mut TenantTx,
    id: PayoutConnectionId,
    since: Timestamp,
    listed: &[PayoutId],
) -> Result<Vec<(Ours, AffiliateId)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, affiliate_id, status, currency, amount - withheld as "net!", returned - withheld_returned as "back!",
                  destination, transfer, coalesce(sent_at, greatest(key_used_at, updated_at)) as "moved_at!",
                  (connection_id is not distinct from $2 and sent_at is not null and sent_at >= $3) as "is_listed!"
           from payouts
           where organization_id = $1 and rail = 'Stripe'
             and (id = any ($4) or (connection_id = $2 and sent_at >= $3))"#,
        tx.organization().uuid(),
        id.uuid(),
        since,
        &listed.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| {
        let currency = row.currency.parse().map_err(|_| corrupt_column("payouts.currency"))?;
        let ours = Ours {
            id: PayoutId::new(row.id),
            status: Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?,
            net: Money::new(row.net, currency),
            back: row.back,
            destination: row.destination,
            transfer: row.transfer,
            moved_at: row.moved_at,
            is_listed: row.is_listed,
        };
        Ok((ours, row.affiliate_id))
    });
    view.collect()
}

/// Stores a difference. Returns whether it is new.
pub(super) async fn keep_difference(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    id: PayoutDifferenceId,
    found: &Difference,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    sqlx::query_scalar!(
        r#"insert into payout_differences (organization_id, id, connection_id, kind, payout_id, transfer, detail,
                                          first_seen_at, last_seen_at)
           values ($1, $2, $3, $4, $5, $6, $7, $8, $8)
           on conflict (organization_id, connection_id, kind, coalesce(payout_id::text, ''), coalesce(transfer, ''))
               where resolved_at is null
           do update set last_seen_at = excluded.last_seen_at, detail = excluded.detail
           returning (xmax = 0) as "new!""#,
        tx.organization().uuid(),
        id.uuid(),
        connection.uuid(),
        found.kind.as_str(),
        found.is_known.then(|| found.payout.uuid()),
        found.transfer,
        found.detail,
        now,
    )
    .fetch_one(tx.conn())
    .await
}

/// Resolves the differences that this reconciliation no longer found.
pub(super) async fn resolve(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    now: Timestamp,
) -> Result<u64, sqlx::Error> {
    let done = sqlx::query!(
        "update payout_differences set resolved_at = $3
         where organization_id = $1 and connection_id = $2 and resolved_at is null and last_seen_at < $3",
        tx.organization().uuid(),
        connection.uuid(),
        now,
    )
    .execute(tx.conn())
    .await?;
    Ok(done.rows_affected())
}

/// Finds the affiliates who have or had these Stripe accounts, including accounts that were closed since.
pub(super) async fn owners(
    tx: &mut TenantTx,
    accounts: &[String],
) -> Result<HashMap<String, AffiliateId>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select stripe_account as "account!", affiliate_id from payout_accounts
           where organization_id = $1 and stripe_account = any ($2)"#,
        tx.organization().uuid(),
        accounts,
    )
    .fetch_all(tx.conn())
    .await?;
    Ok(rows.into_iter().map(|row| (row.account, AffiliateId::new(row.affiliate_id))).collect())
}

/// Makes `payout` read a transfer again, as if Stripe had reported it.
pub(super) async fn hint(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    transfer: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "insert into stripe_notifications (organization_id, connection_id, event, kind, object, received_at, next_at)
         values ($1, $2, $3, 'transfer.reversed', $4, $5, $5) on conflict do nothing",
        tx.organization().uuid(),
        connection.uuid(),
        format!("compared-{}-{transfer}", now.millis()),
        transfer,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// A finished reconciliation.
#[derive(Debug, Clone, Copy)]
pub(super) struct Done {
    pub(super) id: ReconciliationId,
    pub(super) since: Timestamp,
    pub(super) payouts: usize,
    pub(super) transfers: usize,
    pub(super) foreign: usize,
    pub(super) differences: usize,
    pub(super) started_at: Timestamp,
}

pub(super) async fn keep_done(
    tx: &mut TenantTx,
    connection: PayoutConnectionId,
    done: &Done,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let count = |count: usize| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query!(
        "insert into payout_reconciliations (organization_id, id, connection_id, since, payouts, transfers, foreign_transfers,
                                             differences, started_at, ended_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        tx.organization().uuid(),
        done.id.uuid(),
        connection.uuid(),
        done.since,
        count(done.payouts),
        count(done.transfers),
        count(done.foreign),
        count(done.differences),
        done.started_at,
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}

/// Makes the reconciliation due now, whatever was scheduled.
pub(super) async fn ask_for(tx: &mut TenantTx, id: PayoutConnectionId, now: Timestamp) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "update payout_connections set reconcile_at = $3, reconcile_failures = 0 where organization_id = $1 and id = $2",
        tx.organization().uuid(),
        id.uuid(),
        now,
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
