//! SQL of the facts that decide whether a payout's money may be reserved.

use payout_core::{minimum, tax::gate::Gate};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::row_store::Row;
use kit::db::TenantTx;

/// Whether the affiliate may be paid at all.
#[derive(Debug, Clone, Copy)]
pub(super) struct Eligibility {
    /// Whether they are still approved: an affiliate who was banned or archived in the meantime isn't paid.
    pub(super) approved: bool,
    pub(super) held: bool,
}

pub(super) async fn stands(tx: &mut TenantTx, row: &Row) -> Result<Eligibility, sqlx::Error> {
    sqlx::query_as!(
        Eligibility,
        r#"select exists (select from affiliates
                          where organization_id = $1 and id = $2 and status = 'Approved') as "approved!",
                  exists (select from payout_holds where organization_id = $1 and affiliate_id = $2) as "held!""#,
        row.organization.uuid(),
        row.affiliate.uuid(),
    )
    .fetch_one(tx.conn())
    .await
}

/// The current state: all of it may have changed since the run was approved.
#[derive(Debug)]
pub(super) struct Facts {
    pub(super) stands: Eligibility,
    /// Whether the affiliate still uses the payout's rail.
    pub(super) has_method: bool,
    /// `acct_…`, if it is ready and belongs to the Stripe account that pays.
    pub(super) destination: Option<String>,
    /// The minimum amount that is paid; 0 if none is set.
    pub(super) minimum: i64,
    /// What happens to affiliates without a valid tax form.
    pub(super) tax_gate: Gate,
    /// The cut-off of its run.
    pub(super) cutoff: Option<Timestamp>,
    /// Digest of the destination when the run was proposed; `None` if it wasn't pinned.
    pub(super) pinned: Option<Vec<u8>>,
    /// When the destination last changed.
    pub(super) changed_at: Option<Timestamp>,
}

pub(super) async fn facts(tx: &mut TenantTx, row: &Row, connection: Option<Uuid>) -> Result<Facts, sqlx::Error> {
    let found = sqlx::query!(
        r#"select exists (select from affiliates
                          where organization_id = $1 and id = $2 and status = 'Approved') as "approved!",
                  exists (select from payout_holds where organization_id = $1 and affiliate_id = $2) as "held!",
                  exists (select from payout_methods
                          where organization_id = $1 and affiliate_id = $2 and rail = $3) as "has_method!",
                  (select stripe_account from payout_accounts
                   where organization_id = $1 and affiliate_id = $2 and connection_id = $4 and status = 'Ready') as destination,
                  (select (minimums ->> $5)::bigint from payout_settings where organization_id = $1) as minimum,
                  (select tax_gate from payout_settings where organization_id = $1) as tax_gate,
                  (select cutoff from payout_runs where organization_id = $1 and id = $6) as cutoff,
                  (select destination_digest from payouts where organization_id = $1 and id = $7) as pinned,
                  (select changed_at from payout_destinations where organization_id = $1 and affiliate_id = $2) as changed_at"#,
        row.organization.uuid(),
        row.affiliate.uuid(),
        row.rail,
        connection,
        row.currency.code(),
        row.run.map(|run| run.uuid()),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let is_set = found.tax_gate.is_some();
    Ok(Facts {
        stands: Eligibility { approved: found.approved, held: found.held },
        has_method: found.has_method,
        destination: found.destination,
        minimum: found.minimum.unwrap_or(if is_set { 0 } else { minimum::usual(row.currency.code()) }),
        // For an unknown gate, the safe one.
        tax_gate: found.tax_gate.map_or_else(Gate::default, |gate| Gate::parse(&gate).unwrap_or(Gate::Hold)),
        cutoff: found.cutoff,
        pinned: found.pinned,
        changed_at: found.changed_at,
    })
}
