//! Queues the emails about invitations. The invitation's row is what the brand decided; the creator's address is in a
//! table that no brand's transaction can read, so this job reads it in the creator's.

use std::time::Duration;

use super::{
    creator_store::{self, Unsent},
    email,
};
use identity::mail::{suppression_store, unsubscribe};
use kit::{
    db::Holder,
    error::Result,
    jobs::{Batches, OneByOne},
    mail::{self, Branding, Email, EmailKind},
    state::AppState,
};

/// How often the job looks for invitations.
pub const EVERY: Duration = Duration::from_secs(30);
/// The same in development.
pub const EVERY_EAGER: Duration = Duration::from_secs(2);

/// One round.
///
/// # Errors
/// The last failing brand's, after all others had their turn; or if the database is unavailable.
pub async fn once(state: &AppState) -> Result<()> {
    if !state.config.network.enabled {
        return Ok(());
    }
    let tenants = state.db.all_tenants().await?;
    if tenants.is_empty() {
        return Ok(());
    }
    let mut one_by_one = OneByOne::of("email_network_invitations");
    let mut batches = Batches::default();
    while batches.begin() {
        let mut tx = state.db.tenants(tenants.to_vec()).await?;
        let unsent = creator_store::unsent(&mut tx, batches.left_out(), Batches::SIZE).await?;
        tx.commit().await?;
        batches.found(unsent.len());
        for invitation in unsent {
            let brand = invitation.organization;
            let queued = queue(state, invitation).await;
            if queued.is_err() {
                batches.leave_out(brand);
            }
            one_by_one.note(brand, queued);
        }
    }
    one_by_one.result()
}

async fn queue(state: &AppState, invitation: Unsent) -> Result<()> {
    let mut tx = state.db.global(Holder::Creator(invitation.creator)).await?;
    let found = creator_store::address(&mut tx, invitation.creator).await?;
    tx.commit().await?;
    let mut tx = state.db.tenant(invitation.organization).await?;
    if creator_store::emailed(&mut tx, invitation.id, state.clock.now()).await?
        && let Some((address, language)) = found
        && !suppression_store::is_suppressed(tx.conn(), &address).await?
    {
        let look = Branding::rekomi().in_language(language.as_deref());
        let link = format!("{}/a/network/invitations", state.config.public_url);
        let names = (invitation.brand.as_str(), invitation.program.as_str());
        let content = email::invitation(look, names, &invitation.message, link);
        let email = content.to(&address, EmailKind::NetworkInvitation)?;
        let unsubscribe = Some(unsubscribe::url(state, &address)?);
        mail::post(tx.conn(), state, Email { unsubscribe, ..email }).await?;
    }
    Ok(tx.commit().await?)
}
