//! SQL of the facts that decide whether a payout's money may be reserved.

use payout_core::{minimum, tax::gate::Gate};
use shared::timestamp::Timestamp;
use uuid::Uuid;

use super::{row_store::Row, stopped::Stop};
use crate::payout_account::destination::digest;
use kit::db::TenantTx;

/// Why a Stripe payout whose money is reserved may no longer be paid: since then, its affiliate was banned, archived or
/// put on hold, or their destination changed.
pub(super) async fn stop(tx: &mut TenantTx, row: &Row) -> Result<Option<Stop>, sqlx::Error> {
    let found = sqlx::query!(
        r#"select exists (select from affiliates
                          where organization_id = $1 and id = $2 and status = 'Approved') as "approved!",
                  exists (select from payout_holds where organization_id = $1 and affiliate_id = $2) as "held!",
                  (select destination_digest from payouts where organization_id = $1 and id = $3) as pinned,
                  (select changed_at from payout_destinations where organization_id = $1 and affiliate_id = $2) as changed_at"#,
        row.organization.uuid(),
        row.affiliate.uuid(),
        row.id.uuid(),
    )
    .fetch_one(tx.conn())
    .await?;
    let now = digest(&row.rail, row.destination.as_deref(), found.changed_at);
    let is_elsewhere = found.pinned.is_some_and(|pinned| pinned != now);
    Ok(Stop::of(found.approved, found.held, is_elsewhere))
}

/// The current state: all of it may have changed since the run was approved.
#[derive(Debug)]
pub(super) struct Facts {
    /// Why the affiliate isn't paid, whatever is owed. The destination counts as changed if the money would go
    /// elsewhere than when the run was proposed: the person who approved it saw another one.
    pub(super) stop: Option<Stop>,
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
    let account = found.destination.as_deref().filter(|_| row.is_stripe());
    let now = digest(&row.rail, account, found.changed_at);
    let can_receive = !row.is_stripe() || account.is_some();
    let is_elsewhere = can_receive && found.pinned.is_some_and(|pinned| pinned != now);
    Ok(Facts {
        stop: Stop::of(found.approved, found.held, is_elsewhere),
        has_method: found.has_method,
        destination: found.destination,
        minimum: found.minimum.unwrap_or(if is_set { 0 } else { minimum::usual(row.currency.code()) }),
        // For an unknown gate, the safe one.
        tax_gate: found.tax_gate.map_or_else(Gate::default, |gate| Gate::parse(&gate).unwrap_or(Gate::Hold)),
        cutoff: found.cutoff,
    })
}
