//! The email that reports a disabled endpoint.

use askama::Template;
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
    mail::{self, Email, EmailKind, Words},
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

#[derive(Template)]
#[template(path = "mail/webhook_disabled.txt")]
struct DisabledText<'a> {
    words: &'a Disabled,
}

#[derive(Template)]
#[template(path = "mail/webhook_disabled.html")]
struct DisabledHtml<'a> {
    words: &'a Disabled,
}

impl Words for Disabled {
    fn subject(&self) -> String {
        format!("{}: a webhook was disabled", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        DisabledText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        DisabledHtml { words: self }.render()
    }
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
        let words = Disabled {
            brand: person.brand,
            name: endpoint.name.clone(),
            reason: reason.to_owned(),
            last_error: endpoint.last_error.as_ref().map(|(_, what)| what.clone()),
            link: format!("{public}{PLACE}/{}?organization={organization}", endpoint.id),
        };
        let message = Email::new(person.email, EmailKind::WebhookDisabled, &words)?;
        mail::post(tx.conn(), state, message).await?;
    }
    Ok(())
}

/// Returns a sample of the email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let words = Disabled {
        brand: brand.to_owned(),
        name: "https://acme.test/hooks/rekomi".to_owned(),
        reason: "It has failed for three days.".to_owned(),
        last_error: Some("HTTP 500".to_owned()),
        link: "https://rekomi.test/dashboard/webhooks/sample".to_owned(),
    };
    Email::new(to, EmailKind::WebhookDisabled, &words)
}
