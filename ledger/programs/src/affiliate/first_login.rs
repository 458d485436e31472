//! Handles an affiliate's login by an emailed link: it verifies their email, accepts their invitation, and records the
//! terms that they accepted when a program page approved them immediately.

use shared::id::AffiliateId;

use super::{first_login_store, invite_store};
use engine::consent::terms::{self, Accepted};
use identity::access::caller::Caller;
use kit::{db::TenantTx, error::Result, state::AppState};
use outbox::sync::{self, Reason};

/// Runs in the transaction that used the link, which was emailed to `address`. Returns false if the affiliate has
/// another email by now: then the link is invalid, and the caller must roll back.
pub async fn entered(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    address: Option<&str>,
    caller: &Caller,
) -> Result<bool> {
    let now = state.clock.now();
    if !first_login_store::prove(tx, affiliate, address, now).await? {
        return Ok(false);
    }
    invite_store::came(tx, affiliate, now).await?;
    for awaited in first_login_store::take_awaiting(tx, affiliate).await? {
        if let Some(terms) = awaited.terms {
            let accepted = Accepted {
                at: awaited.applied_at,
                version: Some(format!("{} v{terms}", awaited.program_slug)),
                evidence: format!(
                    "Checked “I accept the terms” on the page of {}, then signed in with the link emailed to the \
                     address given there",
                    awaited.program
                ),
            };
            let actor = caller.actor(format!("affiliate:{affiliate}"));
            terms::accept(tx, state, affiliate, &accepted, &actor).await?;
        }
        sync::trigger::affiliate(tx, affiliate, Reason::Approved, now).await?;
    }
    Ok(true)
}
