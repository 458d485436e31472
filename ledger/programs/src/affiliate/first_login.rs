//! Handles an affiliate's login by an emailed link: it verifies their email, accepts their invitation, and records the
//! terms that they accepted when a program page approved them immediately.

use serde_json::json;
use shared::id::AffiliateId;

use super::{approve, first_login_store, invite_store};
use engine::{
    book,
    consent::terms::{self, Accepted},
};
use identity::{
    access::caller::Caller,
    audit::{self, Entry},
};
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
    let invited = first_login_store::is_invited(tx, affiliate).await?;
    if invited {
        // As before every change of a status; the affiliate's own row is locked after it.
        book::store::lock(tx).await?;
    }
    if !first_login_store::prove(tx, affiliate, address, now).await? {
        return Ok(false);
    }
    if invited {
        accept(tx, state, affiliate, caller).await?;
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

/// Approves an affiliate who accepts their invitation, with the link that it promised. From then on they earn, and are
/// synced to CRMs.
async fn accept(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, caller: &Caller) -> Result<()> {
    // Another of their links may have been used in the meantime.
    if !first_login_store::is_invited(tx, affiliate).await? {
        return Ok(());
    }
    let link = invite_store::promised_link(tx, affiliate).await?;
    let approved = approve::make_approved(tx, state, affiliate, link).await?;
    let entry = Entry::new("invite.accepted", affiliate).before(json!({"status": "Invited"})).after(json!({
        "status": "Approved", "link": approved.link.map(|link| link.url),
    }));
    let actor = caller.actor(format!("affiliate:{affiliate}"));
    audit::record(tx, &actor, state.clock.now(), entry).await
}
