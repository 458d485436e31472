//! The letters that answer an application.

use askama::Template;
use shared::id::{AffiliateId, OrganizationId};

use super::affiliate_store;
use crate::{
    account::magic,
    api::view::Affiliate,
    db::TenantTx,
    error::Result,
    link::read::link_scheme,
    mail::{self, Letter, Words},
    state::AppState,
};

/// `application_approved`.
#[derive(Debug)]
struct Approved {
    brand: String,
    name: String,
    links: Vec<String>,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "mail/application_approved.txt")]
struct ApprovedText<'a> {
    words: &'a Approved,
}

#[derive(Template)]
#[template(path = "mail/application_approved.html")]
struct ApprovedHtml<'a> {
    words: &'a Approved,
}

impl Words for Approved {
    fn subject(&self) -> String {
        format!("You are an affiliate of {} now", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ApprovedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ApprovedHtml { words: self }.render()
    }
}

/// `application_rejected`.
#[derive(Debug)]
struct Rejected {
    brand: String,
    name: String,
    reason: Option<String>,
}

#[derive(Template)]
#[template(path = "mail/application_rejected.txt")]
struct RejectedText<'a> {
    words: &'a Rejected,
}

#[derive(Template)]
#[template(path = "mail/application_rejected.html")]
struct RejectedHtml<'a> {
    words: &'a Rejected,
}

impl Words for Rejected {
    fn subject(&self) -> String {
        format!("Your application to {}", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        RejectedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        RejectedHtml { words: self }.render()
    }
}

/// Welcomes an affiliate: what to share, and a way in.
///
/// # Errors
/// Of the database.
pub(super) async fn approved(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: &Affiliate,
) -> Result<()> {
    let words = Approved {
        brand: affiliate_store::brand_name(tx, organization).await?,
        name: affiliate.name.clone(),
        links: links(tx, state, organization, affiliate.id).await?,
        sign_in: magic::issue(tx, organization, affiliate.id, state.clock.now()).await?.url(state),
    };
    let letter = Letter::new(&affiliate.email, "application_approved", &words)?;
    mail::post(tx.conn(), state, letter).await
}

/// # Errors
/// Of the database.
pub(super) async fn rejected(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: &Affiliate,
) -> Result<()> {
    let words = Rejected {
        brand: affiliate_store::brand_name(tx, organization).await?,
        name: affiliate.name.clone(),
        reason: affiliate.status_reason.clone(),
    };
    let letter = Letter::new(&affiliate.email, "application_rejected", &words)?;
    mail::post(tx.conn(), state, letter).await
}

async fn links(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    affiliate: AffiliateId,
) -> Result<Vec<String>> {
    let scheme = link_scheme(&state.config);
    let places = affiliate_store::link_places(tx, organization, affiliate).await?;
    Ok(places.into_iter().map(|place| format!("{scheme}://{place}")).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_holds_what_it_promises_and_escapes_names() {
        let words = Approved {
            brand: "Acme & Sons".to_owned(),
            name: "<b>Nina</b>".to_owned(),
            links: vec!["https://go.acme.test/nina".to_owned()],
            sign_in: "https://rekomi.test/a/enter?token=x".to_owned(),
        };
        let (text, html) = (words.text().unwrap(), words.html().unwrap());
        for part in ["Acme & Sons", "<b>Nina</b>", "https://go.acme.test/nina", "https://rekomi.test/a/enter?token=x"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && html.contains("Acme &#38; Sons"), "{html}");
        let words = Approved { links: Vec::new(), ..words };
        assert!(!words.text().unwrap().contains("tracking"), "nothing is said of links that aren't there");
    }

    #[test]
    fn a_rejection_says_why_where_somebody_did() {
        let mut words = Rejected { brand: "Acme".to_owned(), name: "Nina".to_owned(), reason: None };
        assert!(!words.text().unwrap().contains("wrote"));
        words.reason = Some("Not this year.".to_owned());
        assert!(words.text().unwrap().contains("Not this year.") && words.html().unwrap().contains("Not this year."));
    }
}
