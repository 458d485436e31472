//! When an affiliate's email changes: ends the sessions, notifies the old address, and holds payouts for three days if
//! the old address was verified, so that someone who took over the account can't take the money along.

use super::{email, first_login_store, unsolicited_email};
use crate::payout_account::hold_store;
use kit::{
    api::view::Affiliate,
    db::TenantTx,
    error::Result,
    mail::{Branding, EmailContent, EmailKind},
    state::AppState,
};

/// How long payouts are held.
const HOLD_DAYS: i64 = 3;
const REASON: &str = "Their email address was changed. Payouts are on hold for three days, then resume automatically.";

/// Handles the change after it was written; sign-in links were ended before it. `before` has the old email.
///
/// # Errors
/// Database errors; the caller must roll back then.
pub(super) async fn moved(tx: &mut TenantTx, state: &AppState, before: &Affiliate) -> Result<()> {
    let organization = tx.organization();
    let known = first_login_store::known(tx, before.id).await?;
    first_login_store::end_sessions(tx, before.id).await?;
    let look = email::look(tx, organization, before.id).await?;
    let content = content(look, &before.name).to(&before.email, EmailKind::AffiliateEmailChanged)?;
    unsolicited_email::post_or_keep(tx, state, before.id, content).await?;
    first_login_store::unprove(tx, before.id).await?;
    if known.proved && before.status == "Approved" {
        let now = state.clock.now();
        hold_store::for_some_days(tx, before.id, REASON, (now, now.plus_days(HOLD_DAYS))).await?;
    }
    Ok(())
}

pub(super) fn content(look: Branding, name: &str) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-affiliate-address-subject").with("brand", &brand);
    EmailContent::new(look, subject, t.say("email-affiliate-address-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-affiliate-address-message").with("brand", &brand))
        .paragraph(t.say("email-affiliate-address-warning").with("brand", &brand))
}
