//! Settles again what a new rule reaches that is known already.
//!
//! Rules count from now on, and nothing known is newer than now, but for conversions of callers whose clocks are ahead.
//! They are settled under the new rule at once, so that the book doesn't depend on which of the two came first.

use shared::{
    id::{AffiliateId, ConversionId, OrganizationId, ProgramId},
    timestamp::Timestamp,
};

use super::{
    load,
    write::{BookingError, recompute_and_save},
};
use crate::conversion;
use kit::{db::TenantTx, state::AppState};

/// The conversions that occurred at `from` or later; those of a program and of an affiliate, where they are named. The
/// organization's tenant must be locked.
///
/// # Errors
/// [`BookingError`]; nothing may be committed then.
pub async fn since(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    program: Option<ProgramId>,
    affiliate: Option<AffiliateId>,
    from: Timestamp,
) -> Result<(), BookingError> {
    let ids = sqlx::query_scalar!(
        "select id from conversions
         where organization_id = $1 and occurred_at >= $2 and ($3::uuid is null or program_id = $3)
           and ($4::uuid is null or affiliate_id = $4)",
        organization.uuid(),
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
    let conversions = conversion::store::by_id(tx, organization, &ids).await?;
    let keys = load::keys_of(tx, &conversions).await?;
    let histories = load::load(tx, &keys).await?;
    recompute_and_save(tx, state, histories).await
}
