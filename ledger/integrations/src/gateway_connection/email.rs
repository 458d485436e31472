//! The email about a connection that failed its daily check, to owners and admins.

use super::{catalogue, store::Row};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

fn content(brand: &str, gateway: &str, reason: &str, link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-gateway-broken-subject").with("brand", brand).with("gateway", gateway);
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(t.say("email-gateway-broken-message").with("gateway", gateway).with("brand", brand))
        .paragraph(t.say("email-reason").with("reason", reason))
        .button(t.say("email-gateway-broken-button"), link)
}

pub(super) async fn send(tx: &mut TenantTx, state: &AppState, row: &Row) -> Result<()> {
    let organization = tx.organization();
    let (gateway, reason) = (catalogue::name(row.gateway), row.last_error.as_deref().unwrap_or_default());
    for person in people(tx, ADMINS).await? {
        let link = format!("{}/dashboard/gateways?organization={organization}", state.config.public_url);
        let content = content(&person.brand, gateway, reason, link);
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::GatewayBroken)?).await?;
    }
    Ok(())
}

/// Returns a sample of the email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let link = "https://rekomi.test/dashboard/gateways".to_owned();
    content(brand, "Stripe", "Stripe rejected this API key.", link).to(to, EmailKind::GatewayBroken)
}
