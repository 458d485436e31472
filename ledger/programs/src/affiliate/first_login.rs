//! Handles an affiliate's login by an emailed link: it verifies their email, accepts their invitation, and approves
//! them if their program approves applicants who confirm their address. The terms they accepted in that application
//! count from then on.

use serde_json::json;
use shared::id::AffiliateId;

use super::{
    approve,
    first_login_store::{self, Awaited},
    invite_store,
};
use engine::{
    book,
    consent::terms::{self, Accepted},
};
use identity::{
    access::{actor::Actor, caller::Caller},
    audit::{self, Entry},
};
use kit::{api::view::Affiliate, db::TenantTx, error::Result, state::AppState};
use outbox::sync::{self, Reason};

/// An applicant whom their confirmation approved, and the name of the program that they applied to.
#[derive(Debug)]
pub struct Joined {
    pub affiliate: Affiliate,
    pub program: String,
}

/// What a login by an emailed link changed.
#[derive(Debug, Default)]
pub struct Entered {
    pub joined: Option<Joined>,
}

/// Returns whether the affiliate is an applicant whom the confirmation of their email address will approve.
pub async fn is_awaited(tx: &mut TenantTx, affiliate: AffiliateId) -> Result<bool> {
    Ok(first_login_store::is_awaited(tx, affiliate).await?)
}

/// What proves that someone accepted the terms of a program, given its name.
pub type Evidence = fn(&str) -> String;

/// The evidence if they applied on the program's page, and then used a link that was emailed to them.
pub fn by_link(program: &str) -> String {
    on_page(program, "then signed in with the link emailed to the address given there")
}

/// The evidence if they applied on the program's page; `how` is what made it count.
pub fn on_page(program: &str, how: &str) -> String {
    format!("Checked “I accept the terms” on the page of {program}, {how}")
}

/// Runs in the transaction that used the link, which was emailed to `address`, or in which they proved it elsewhere.
/// Returns `None` if the affiliate has another email by now: then the link is invalid, and the caller must roll back.
pub async fn entered(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    (address, evidence): (Option<&str>, Evidence),
    caller: &Caller,
) -> Result<Option<Entered>> {
    let now = state.clock.now();
    let invited = first_login_store::is_invited(tx, affiliate).await?;
    if invited || first_login_store::is_awaited(tx, affiliate).await? {
        // As before every change of a status; the affiliate's own row is locked after it.
        book::store::lock(tx).await?;
    }
    if !first_login_store::prove(tx, affiliate, address, now).await? {
        return Ok(None);
    }
    // Someone may have decided in the meantime.
    let awaited = address.is_some() && first_login_store::is_awaited(tx, affiliate).await?;
    if invited {
        accept(tx, state, affiliate, caller).await?;
    }
    invite_store::came(tx, affiliate, now).await?;
    let applications = first_login_store::take_awaiting(tx, affiliate).await?;
    accept_terms(tx, state, affiliate, (&applications, evidence), &caller.actor(format!("affiliate:{affiliate}")))
        .await?;
    match applications.into_iter().next() {
        Some(application) if awaited => {
            let affiliate = admit(tx, state, affiliate, caller).await?;
            Ok(Some(Entered { joined: Some(Joined { affiliate, program: application.program }) }))
        }
        Some(_) => {
            // They were approved before they confirmed their address.
            sync::trigger::affiliate(tx, affiliate, Reason::Approved, now).await?;
            Ok(Some(Entered::default()))
        }
        None => Ok(Some(Entered::default())),
    }
}

/// Ends the wait for an applicant's confirmation, because a person decides about them: the terms that they accepted
/// count as in any application that a person reviews. The caller approves them.
pub(super) async fn decided(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, actor: &Actor) -> Result<()> {
    let applications = first_login_store::take_awaiting(tx, affiliate).await?;
    let evidence: Evidence = |program| on_page(program, "then approved by the brand");
    accept_terms(tx, state, affiliate, (&applications, evidence), actor).await
}

/// Records the terms that were accepted in these applications.
async fn accept_terms(
    tx: &mut TenantTx,
    state: &AppState,
    affiliate: AffiliateId,
    (applications, evidence): (&[Awaited], Evidence),
    actor: &Actor,
) -> Result<()> {
    for application in applications {
        let Some(terms) = application.terms else { continue };
        let accepted = Accepted {
            at: application.applied_at,
            version: Some(format!("{} v{terms}", application.program_slug)),
            evidence: evidence(&application.program),
        };
        terms::accept(tx, state, affiliate, &accepted, actor).await?;
    }
    Ok(())
}

/// Approves an applicant who confirmed their email address, with the link that the page promised. Their first sync into
/// CRMs is queued in the same transaction.
async fn admit(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, caller: &Caller) -> Result<Affiliate> {
    let actor = caller.actor(format!("affiliate:{affiliate}"));
    let approved = approve::make_approved(tx, state, (affiliate, &actor), None).await?;
    let entry = Entry::new("affiliate.approved", affiliate).before(json!({"status": "Pending"})).after(json!({
        "status": "Approved", "automatic": true, "link": approved.link.map(|link| link.url),
    }));
    audit::record(tx, &actor, state.clock.now(), entry).await?;
    Ok(approved.affiliate)
}

/// Approves an affiliate who accepts their invitation, with the link that it promised. From then on they earn, and are
/// synced to CRMs.
async fn accept(tx: &mut TenantTx, state: &AppState, affiliate: AffiliateId, caller: &Caller) -> Result<()> {
    // Another of their links may have been used in the meantime.
    if !first_login_store::is_invited(tx, affiliate).await? {
        return Ok(());
    }
    let link = invite_store::promised_link(tx, affiliate).await?;
    let actor = caller.actor(format!("affiliate:{affiliate}"));
    let approved = approve::make_approved(tx, state, (affiliate, &actor), link.map(|link| vec![link])).await?;
    let entry = Entry::new("invite.accepted", affiliate).before(json!({"status": "Invited"})).after(json!({
        "status": "Approved", "link": approved.link.map(|link| link.url),
    }));
    audit::record(tx, &actor, state.clock.now(), entry).await
}
