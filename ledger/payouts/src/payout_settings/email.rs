//! The email about the rule of a second approver, when someone turns it off.

use identity::{access::actor::Actor, audit::names, notification::store::people};
use kit::{
    access::role::Role,
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

fn content(brand: &str, by: &str, link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-second-approver-subject").with("brand", brand);
    EmailContent::new(look, subject, t.say("email-why-owner").with("brand", brand))
        .paragraph(t.say("email-second-approver-message").with("person", by).with("brand", brand))
        .paragraph(t.say("email-second-approver-warning").with("person", by))
        .button(t.say("email-second-approver-button"), link)
}

/// Emails all owners, including the one who turned the rule off.
pub(super) async fn rule_ended(tx: &mut TenantTx, state: &AppState, actor: &Actor) -> Result<()> {
    let organization = tx.organization();
    let names = names::of(tx, std::iter::once(actor.who.as_str())).await?;
    let by = names::actor_name(&names, &actor.who);
    let link = format!("{}/dashboard/payouts/settings?organization={organization}", state.config.public_url);
    for owner in people(tx, &[Role::Owner]).await? {
        let content = content(&owner.brand, &by, link.clone());
        mail::post(tx.conn(), state, content.to(&owner.email, EmailKind::SecondApproverOff)?).await?;
    }
    Ok(())
}

/// A sample email for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let link = "https://rekomi.test/dashboard/payouts/settings".to_owned();
    content(brand, "Nina Berg", link).to(to, EmailKind::SecondApproverOff)
}
