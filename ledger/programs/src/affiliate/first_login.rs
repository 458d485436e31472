//! What it means that an affiliate came in by a mailed link: the address is theirs, an invitation has arrived, and what they
//! accepted when a page took them on at once was accepted by them.

use shared::id::{AffiliateId, OrganizationId};

use super::{first_login_store, invite_store};
use engine::consent::terms::{self, Accepted};
use identity::access::caller::Caller;
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::sync::{self, Reason};

/// In the transaction that used the link up, which was mailed to `address`. False where they have another one by now: then
/// it opens nothing, and nothing may be committed.
pub async fn entered(
    tx: &mut TenantTx,
    state: &AppState,
    (organization, affiliate): (OrganizationId, AffiliateId),
    address: Option<&str>,
    caller: &Caller,
) -> Result<bool> {
    let now = state.clock.now();
    if !first_login_store::prove(tx, organization, affiliate, address, now).await? {
        return Ok(false);
    }
    invite_store::came(tx, organization, affiliate, now).await?;
    for awaited in first_login_store::take_awaiting(tx, organization, affiliate).await? {
        if let Some(terms) = awaited.terms {
            let accepted = Accepted {
                at: awaited.applied_at,
                version: Some(format!("{} v{terms}", awaited.program_slug)),
                evidence: format!(
                    "Ticked “I accept the terms” on the page of {}, and came in by the letter to the address given there",
                    awaited.program
                ),
            };
            let actor = caller.actor(format!("affiliate:{affiliate}"));
            terms::accept(tx, state, organization, affiliate, &accepted, &actor).await?;
        }
        sync::trigger::affiliate(tx, organization, affiliate, Reason::Approved, now).await?;
    }
    Ok(true)
}
