//! Lists a program without a person, for demo data.

use shared::id::{OrganizationId, ProgramId};

use super::{change, input::Sent};
use identity::{access::actor::Actor, audit};
use kit::{error::Result, state::AppState};
use rules::network::step::Step;

/// Saves a listing and shows it, once: later changes by users are kept.
///
/// # Errors
/// 404 if the organization has no such program; 400 and 409 as for a brand.
pub async fn list(state: &AppState, organization: OrganizationId, program: ProgramId, sent: Sent) -> Result<()> {
    let mut tx = state.db.tenant(organization).await?;
    if super::store::read(&mut tx, program, false).await?.is_some() {
        return Ok(());
    }
    let (known, saved) = change::save(&mut tx, state, program, sent).await?;
    let (known, submitted) = change::take(&mut tx, state, known.row.program_id, (Step::Submit, None)).await?;
    let (_, approved) = change::take(&mut tx, state, known.row.program_id, (Step::Approve, None)).await?;
    for entry in [saved, submitted, approved].into_iter().flatten() {
        audit::record(&mut tx, &Actor::system(), state.clock.now(), entry).await?;
    }
    tx.commit().await?;
    Ok(())
}
