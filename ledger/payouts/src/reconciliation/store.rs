//! SQL of the results of reconciliations, for people and the API.

use shared::{id::PayoutId, timestamp::Timestamp};
use uuid::Uuid;

use super::view::{PayoutDifference, Reconciliation};
use kit::db::{TenantTx, TenantsTx};

/// A page of a list.
#[derive(Debug, Clone, Copy, Default)]
pub struct Paging {
    pub after: Option<Uuid>,
    pub oldest: bool,
    pub limit: i64,
}

/// Lists reconciliations, newest first unless `oldest` is set.
pub async fn reconciliations(tx: &mut TenantTx, paging: Paging) -> Result<Vec<Reconciliation>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, connection_id, since, payouts, transfers, foreign_transfers, differences, started_at, ended_at
           from payout_reconciliations
           where organization_id = $1 and ($2::uuid is null or (not $3 and id < $2) or ($3 and id > $2))
           order by case when $3 then id end, case when not $3::boolean then id end desc limit $4"#,
        tx.organization().uuid(),
        paging.after,
        paging.oldest,
        paging.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| Reconciliation {
        id: row.id,
        connection_id: row.connection_id,
        since: row.since,
        payouts: row.payouts,
        transfers: row.transfers,
        foreign_transfers: row.foreign_transfers,
        differences: row.differences,
        started_at: row.started_at,
        ended_at: row.ended_at,
    });
    Ok(view.collect())
}

/// The filters of the list of differences.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    /// Open ones if true, resolved ones if false.
    pub open: Option<bool>,
    pub kind: Option<&'static str>,
    pub payout: Option<PayoutId>,
    pub paging: Paging,
}

/// Lists differences, newest first unless `oldest` is set.
pub async fn differences(tx: &mut TenantTx, filter: &Filter) -> Result<Vec<PayoutDifference>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"select id, connection_id, kind, payout_id, transfer, detail, first_seen_at, last_seen_at, resolved_at
           from payout_differences
           where organization_id = $1 and ($2::boolean is null or (resolved_at is null) = $2)
             and ($3::text is null or kind = $3) and ($4::uuid is null or payout_id = $4)
             and ($5::uuid is null or (not $6 and id < $5) or ($6 and id > $5))
           order by case when $6 then id end, case when not $6::boolean then id end desc limit $7"#,
        tx.organization().uuid(),
        filter.open,
        filter.kind,
        filter.payout.map(PayoutId::uuid),
        filter.paging.after,
        filter.paging.oldest,
        filter.paging.limit,
    )
    .fetch_all(tx.conn())
    .await?;
    let view = rows.into_iter().map(|row| PayoutDifference {
        id: row.id,
        connection_id: row.connection_id,
        next_action: super::compare::Kind::parse(&row.kind).map_or("", super::compare::Kind::next_action).to_owned(),
        kind: row.kind,
        payout_id: row.payout_id,
        transfer_id: row.transfer,
        detail: row.detail,
        first_seen_at: row.first_seen_at,
        last_seen_at: row.last_seen_at,
        resolved_at: row.resolved_at,
    });
    Ok(view.collect())
}

/// Counts the open differences, at most `most`.
pub async fn open(tx: &mut TenantTx, most: i64) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        r#"select count(*) as "count!" from (
               select 1 from payout_differences where organization_id = $1 and resolved_at is null limit $2) d"#,
        tx.organization().uuid(),
        most,
    )
    .fetch_one(tx.conn())
    .await
}

/// Counts the open differences of all the transaction's organizations.
pub async fn open_of_all(tx: &mut TenantsTx) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"select count(*) as "count!" from payout_differences where resolved_at is null"#)
        .fetch_one(tx.conn())
        .await
}

/// The status of an organization's reconciliation.
#[derive(Debug, Clone)]
pub struct ReconciliationStatus {
    pub status: String,
    pub account: String,
    pub next_at: Option<Timestamp>,
    pub failures: i32,
    pub error: Option<String>,
}

/// Loads the status; `None` if no Stripe account is connected.
pub async fn current(tx: &mut TenantTx) -> Result<Option<ReconciliationStatus>, sqlx::Error> {
    let row = sqlx::query!(
        "select status, account_name, stripe_account, reconcile_at, reconcile_failures, reconcile_error
         from payout_connections where organization_id = $1 and status <> 'disconnected'",
        tx.organization().uuid(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| ReconciliationStatus {
        status: row.status,
        account: if row.account_name.is_empty() { row.stripe_account } else { row.account_name },
        next_at: row.reconcile_at,
        failures: row.reconcile_failures,
        error: row.reconcile_error,
    }))
}
