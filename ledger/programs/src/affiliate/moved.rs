//! What another address of an affiliate's ends and begins: ways in that went to the old one, and a letter there; whoever had
//! come in by it isn't paid for some days, so that nobody who took over an address takes the money along.

use shared::id::OrganizationId;

use super::{entry_store, first_letter, letter};
use crate::payout_account::hold_store;
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::Result,
    mail::{LetterKind, Look, Told},
    state::AppState,
};

/// For so long the money waits.
const HOLD_DAYS: i64 = 3;
const REASON: &str = "Their e-mail address was changed: payouts wait three days, then go on by themselves.";

/// After the change; links were ended before it. `before` has the old address.
///
/// # Errors
/// Of the database; nothing may be committed then.
pub(super) async fn moved(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    before: &Affiliate,
) -> Result<()> {
    let known = entry_store::known(tx, organization, before.id).await?;
    entry_store::end_sessions(tx, organization, before.id).await?;
    let look = letter::look(tx, organization).await?;
    let told = told(look, &before.name).to(&before.email, LetterKind::AffiliateEmailChanged)?;
    first_letter::post_or_keep(tx, state, organization, before.id, told).await?;
    entry_store::unprove(tx, organization, before.id).await?;
    if known.proved && before.status == "Approved" {
        let now = state.clock.now();
        hold_store::for_some_days(tx, organization, before.id, REASON, (now, now.plus_days(HOLD_DAYS))).await?;
    }
    Ok(())
}

pub(super) fn told(look: Look, name: &str) -> Told {
    let brand = look.brand.clone();
    Told {
        subject: format!("Your e-mail address at {brand} was changed"),
        name: name.to_owned(),
        paragraphs: vec![
            format!(
                "{brand} has another e-mail address for you now. Letters and sign-in links go there, and you were signed out."
            ),
            format!("If you didn't ask for that, tell {brand} at once."),
        ],
        rows: Vec::new(),
        button: None,
        why: format!("You get this letter because {brand} knew you by this address until now."),
        choice: None,
        look,
    }
}
