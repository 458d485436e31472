//! The email that notifies a person of an app that was connected to their account.

use super::{scope::Access, store::Grant};
use crate::{api_key, organization};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

struct Connected<'a> {
    organization: &'a str,
    app: &'a str,
    host: &'a str,
    access: Access,
    link: String,
}

/// Queues the email. In test mode there is none, because nothing there is real.
pub async fn post(tx: &mut TenantTx, state: &AppState, to: &str, grant: &Grant) -> Result<()> {
    let id = tx.organization();
    let kin = organization::store::kinship(tx).await?;
    if kin.is_none_or(|kin| kin.test_of.is_some()) {
        return Ok(());
    }
    let Some(name) = api_key::store::organization_name(tx).await? else { return Ok(()) };
    let link = format!("{}/dashboard/settings/connected-apps?organization={id}", state.config.public_url);
    let (app, host, access) = (grant.client_name.as_str(), grant.redirect_host.as_str(), grant.access);
    let email = content(&Connected { organization: &name, app, host, access, link }).to(to, EmailKind::AppConnected)?;
    mail::post(tx.conn(), state, email).await?;
    Ok(())
}

/// A sample of the email, for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let connected = Connected {
        organization: brand,
        app: "Claude",
        host: "claude.ai",
        access: Access::Write,
        link: "https://rekomi.test/dashboard/settings/connected-apps".to_owned(),
    };
    content(&connected).to(to, EmailKind::AppConnected)
}

fn content(connected: &Connected<'_>) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let subject =
        t.say("email-app-connected-subject").with("app", connected.app).with("organization", connected.organization);
    let message =
        t.say("email-app-connected-message").with("app", connected.app).with("organization", connected.organization);
    let access = match connected.access {
        Access::Read => t.say("email-app-connected-reads"),
        Access::Write => t.say("email-app-connected-writes"),
    };
    let rows = [
        (t.say("email-app-connected-host-label"), connected.host.to_owned()),
        (t.say("email-app-connected-access-label"), access.to_string()),
    ];
    EmailContent::new(look, subject, t.say("email-why-team").with("brand", connected.organization))
        .paragraph(message)
        .rows(rows.map(|(label, value)| (label.to_string(), value)).to_vec())
        .paragraph(t.say("email-app-connected-warning"))
        .button(t.say("email-app-connected-button"), connected.link.as_str())
}
