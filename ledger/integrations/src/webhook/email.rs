//! The email that reports a disabled endpoint.

use uuid::Uuid;

use super::{
    endpoint::EndpointKind,
    find,
    view_model::{EndpointView, PLACE},
};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    page::zone::Zone,
    state::AppState,
};

/// The email `webhook_disabled`.
#[derive(Debug)]
struct Disabled {
    brand: String,
    name: String,
    reason: String,
    last_error: Option<String>,
    link: String,
}

fn content(disabled: Disabled) -> EmailContent {
    let look = Branding::rekomi();
    let (t, brand) = (look.t, &disabled.brand);
    let subject = t.say("email-webhook-disabled-subject").with("brand", brand);
    let message = t.say("email-webhook-disabled-message").with("name", &disabled.name).with("brand", brand);
    let reason = match &disabled.last_error {
        Some(error) => {
            let text = t.say("email-webhook-disabled-reason").with("reason", &disabled.reason);
            text.with("error", error).to_string()
        }
        None => disabled.reason.clone(),
    };
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(message)
        .paragraph(reason)
        .paragraph(t.say("email-webhook-disabled-kept"))
        .button(t.say("email-webhook-disabled-button"), disabled.link)
}

/// Queues the email to each owner and admin, in the transaction that disables the endpoint.
pub async fn disabled(
    tx: &mut TenantTx,
    state: &AppState,
    (kind, id): (EndpointKind, Uuid),
    reason: &str,
) -> Result<()> {
    let organization = tx.organization();
    let endpoint = EndpointView::of(find::one(tx, (kind, id), state.clock.now()).await?, &Zone::utc());
    let public = &state.config.public_url;
    for person in people(tx, ADMINS).await? {
        let content = content(Disabled {
            brand: person.brand,
            name: endpoint.name.clone(),
            reason: reason.to_owned(),
            last_error: endpoint.last_error.as_ref().map(|(_, what)| what.clone()),
            link: format!("{public}{PLACE}/{}?organization={organization}", endpoint.id),
        });
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::WebhookDisabled)?).await?;
    }
    Ok(())
}

/// Returns a sample of the email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let content = content(Disabled {
        brand: brand.to_owned(),
        name: "https://acme.test/hooks/rekomi".to_owned(),
        reason: "It has failed for three days.".to_owned(),
        last_error: Some("HTTP 500".to_owned()),
        link: "https://rekomi.test/dashboard/webhooks/sample".to_owned(),
    });
    content.to(to, EmailKind::WebhookDisabled)
}
