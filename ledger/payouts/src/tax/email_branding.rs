//! The email to a brand about a form that waits for review.

use super::store::Row;
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

fn content(brand: &str, name: &str, form: &str, link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-tax-waiting-subject").with("brand", brand).with("name", name);
    let message = t.say("email-tax-waiting-message").with("name", name).with("form", form).with("brand", brand);
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand))
        .paragraph(message)
        .paragraph(t.say("email-tax-waiting-until"))
        .button(t.say("email-tax-waiting-button"), link)
}

/// Emails owners and admins, in the transaction that leaves the form waiting.
pub(super) async fn waiting(tx: &mut TenantTx, state: &AppState, row: &Row) -> Result<()> {
    let organization = tx.organization();
    // Links to the list, since another upload replaces this form.
    let link = format!("{}/dashboard/payouts/tax?organization={organization}", state.config.public_url);
    for reviewer in people(tx, ADMINS).await? {
        let content = content(&reviewer.brand, &row.name, row.kind.name(), link.clone());
        mail::post(tx.conn(), state, content.to(&reviewer.email, EmailKind::TaxFormWaiting)?).await?;
    }
    Ok(())
}

/// A sample email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let link = "https://rekomi.test/dashboard/payouts/tax".to_owned();
    content(brand, "Nina Berg", "W-8BEN", link).to(to, EmailKind::TaxFormWaiting)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_form_and_escapes_names() {
        let link = "https://rekomi.test/dashboard/payouts/tax?organization=org_1";
        let content = content("Acme & Sons", "<b>Nina</b>", "W-8BEN", link.to_owned());
        let email = content.to("ann@acme.test", EmailKind::TaxFormWaiting).unwrap();
        for part in ["<b>Nina</b>", "W-8BEN", "Acme & Sons", link] {
            assert!(email.text.contains(part), "{part} in {}", email.text);
        }
        assert!(!email.html.contains("<b>Nina") && email.html.contains("W-8BEN"), "{}", email.html);
    }
}
