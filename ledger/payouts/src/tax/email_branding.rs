//! The email to a brand about a form that waits for review.

use askama::Template;

use super::store::Row;
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};

#[derive(Debug)]
struct Waiting {
    brand: String,
    name: String,
    form: &'static str,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/tax_form_waiting.txt")]
struct WaitingText<'a> {
    words: &'a Waiting,
}

#[derive(Template)]
#[template(path = "mail/tax_form_waiting.html")]
struct WaitingHtml<'a> {
    words: &'a Waiting,
}

impl Words for Waiting {
    fn subject(&self) -> String {
        format!("{}: a tax form from {} needs review", self.brand, self.name)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        WaitingText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        WaitingHtml { words: self }.render()
    }
}

/// Emails owners and admins, in the transaction that leaves the form waiting.
pub(super) async fn waiting(tx: &mut TenantTx, state: &AppState, row: &Row) -> Result<()> {
    let organization = tx.organization();
    for reviewer in people(tx, ADMINS).await? {
        let words = Waiting {
            brand: reviewer.brand,
            name: row.name.clone(),
            form: row.kind.name(),
            // Links to the list, since another upload replaces this form.
            link: format!("{}/dashboard/payouts/tax?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Email::new(reviewer.email, EmailKind::TaxFormWaiting, &words)?).await?;
    }
    Ok(())
}

/// A sample email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let words = Waiting {
        brand: brand.to_owned(),
        name: "Nina Berg".to_owned(),
        form: "W-8BEN",
        link: "https://rekomi.test/dashboard/payouts/tax".to_owned(),
    };
    Email::new(to, EmailKind::TaxFormWaiting, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_names_the_form_and_escapes_names() {
        let words = Waiting {
            brand: "Acme & Sons".to_owned(),
            name: "<b>Nina</b>".to_owned(),
            form: "W-8BEN",
            link: "https://rekomi.test/dashboard/payouts/tax?organization=org_1".to_owned(),
        };
        let (text, html) = (words.text().unwrap(), words.html().unwrap());
        for part in ["<b>Nina</b>", "W-8BEN", "Acme & Sons", &words.link] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("W-8BEN"), "{html}");
    }
}
