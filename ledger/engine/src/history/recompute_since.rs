//! Recomputes known conversions that a new rule affects.
//!
//! Rules apply from now on, and known conversions are in the past, except those from callers whose clocks are ahead.
//! These are recomputed under the new rule immediately, so that the book doesn't depend on which of the two came first.

use shared::{
    id::{AffiliateId, ConversionId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    load,
    write::{BookingError, recompute_and_save},
};
use crate::conversion;
use kit::{compiled_once, db::TenantTx, state::AppState};

/// Recomputes the conversions that occurred at `from` or later, restricted to a program and an affiliate if given: to the
/// affiliate's own, and to those of everyone whom they ever recruited, whose overrides depend on them as well. The
/// organization's tenant must be locked.
///
/// # Errors
/// [`BookingError`]; the caller must then roll back.
#[compiled_once]
pub async fn since(
    tx: &mut TenantTx,
    state: &AppState,
    program: Option<ProgramId>,
    affiliate: Option<AffiliateId>,
    from: Timestamp,
) -> Result<(), BookingError> {
    let ids = sqlx::query_scalar!(
        "select id from conversions
         where organization_id = $1 and occurred_at >= $2 and ($3::uuid is null or program_id = $3)
           and ($4::uuid is null or affiliate_id = $4
                or affiliate_id in (select r.affiliate_id from affiliate_recruits r
                                    where r.organization_id = $1 and r.recruiter_id = $4))",
        tx.organization().uuid(),
        from,
        program.map(|id| id.uuid()),
        affiliate.map(|id| id.uuid()),
    )
    .fetch_all(tx.conn())
    .await?;
    if ids.is_empty() {
        return Ok(());
    }
    let ids: Vec<ConversionId> = ids.into_iter().map(ConversionId::new).collect();
    let conversions = conversion::store::by_id(tx, &ids).await?;
    let keys = load::keys_of(tx, &conversions).await?;
    let histories = load::load(tx, &keys).await?;
    recompute_and_save(tx, state, histories).await
}
