//! SQL of imported result files, and of their payouts' booked state.

use std::collections::HashMap;

use payout_core::step::Status;
use shared::{
    id::{PayoutId, PayoutRunId},
    timestamp::Timestamp,
};

use super::import::PayoutImport;
use kit::db::{TenantTx, corrupt_column};

/// The booked state of a payout, read under the book's lock.
#[derive(Debug, Clone)]
pub(super) struct BookedState {
    pub(super) status: Status,
    pub(super) transfer: Option<String>,
    /// The brand's own reference for the payment.
    pub(super) reference: Option<String>,
}

pub(super) async fn booked_state(
    tx: &mut TenantTx,
    payouts: &[PayoutId],
) -> Result<HashMap<PayoutId, BookedState>, sqlx::Error> {
    let rows = sqlx::query!(
        "select id, status, transfer, reference from payouts where organization_id = $1 and id = any ($2)",
        tx.organization().uuid(),
        &payouts.iter().map(|id| id.uuid()).collect::<Vec<_>>(),
    )
    .fetch_all(tx.conn())
    .await?;
    let booked_state = rows.into_iter().map(|row| {
        let status = Status::parse(&row.status).ok_or_else(|| corrupt_column("payouts.status"))?;
        Ok((PayoutId::new(row.id), BookedState { status, transfer: row.transfer, reference: row.reference }))
    });
    booked_state.collect()
}

/// When the file was imported into the run, and by whom; `None` if it wasn't.
pub(super) async fn imported(
    tx: &mut TenantTx,
    run: PayoutRunId,
    digest: &[u8; 32],
) -> Result<Option<(Timestamp, String)>, sqlx::Error> {
    let row = sqlx::query!(
        "select imported_at, actor from payout_result_files where organization_id = $1 and run_id = $2 and digest = $3",
        tx.organization().uuid(),
        run.uuid(),
        digest.as_slice(),
    )
    .fetch_optional(tx.conn())
    .await?;
    Ok(row.map(|row| (row.imported_at, row.actor)))
}

/// Records that the file was imported, with the counts of its rows' results.
pub(super) async fn remember(
    tx: &mut TenantTx,
    run: PayoutRunId,
    digest: &[u8; 32],
    done: &PayoutImport,
    (actor, now): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    let count = |count: u64| i32::try_from(count).unwrap_or(i32::MAX);
    sqlx::query!(
        "insert into payout_result_files (organization_id, run_id, digest, actor, imported_at, sent, failed, unchanged,
                                          pending, ignored, refused)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) on conflict do nothing",
        tx.organization().uuid(),
        run.uuid(),
        digest.as_slice(),
        actor,
        now,
        count(done.sent),
        count(done.failed),
        count(done.unchanged),
        count(done.pending),
        count(done.ignored),
        count(done.refused),
    )
    .execute(tx.conn())
    .await
    .map(drop)
}
