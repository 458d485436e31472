//! The email to an imported affiliate, if the brand chose to notify them.

use askama::Template;
use shared::id::AffiliateId;

use identity::account::magic;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{Branding, Email, EmailKind, Words},
    state::AppState,
};
use programs::{
    affiliate::{
        self, store,
        unsolicited_email::{self, Permit},
    },
    link::read::link_scheme,
};

/// The email `imported`.
#[derive(Debug)]
struct Imported {
    look: Branding,
    name: String,
    links: Vec<String>,
    sign_in: String,
}

#[derive(Template)]
#[template(path = "mail/imported.txt")]
struct ImportedText<'a> {
    words: &'a Imported,
}

#[derive(Template)]
#[template(path = "mail/imported.html")]
struct ImportedHtml<'a> {
    words: &'a Imported,
}

impl Words for Imported {
    fn subject(&self) -> String {
        format!("{} moved its affiliate program to Rekomi", self.look.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        ImportedText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        ImportedHtml { words: self }.render()
    }
}

/// A sample of the email, for development.
pub fn sample(look: Branding, to: &str) -> Result<Email> {
    let words = Imported {
        look,
        name: "Nina Berg".to_owned(),
        links: vec!["https://go.acme.test/nina".to_owned()],
        sign_in: "https://rekomi.test/a/enter?token=sample".to_owned(),
    };
    Email::new(to, EmailKind::Imported, &words)
}

pub(super) async fn imported(
    tx: &mut TenantTx,
    state: &AppState,
    (affiliate, email, name): (AffiliateId, &str, &str),
    permit: Permit,
) -> Result<()> {
    let organization = tx.organization();
    let way_in = magic::issue(tx, organization, (affiliate, email), state.clock.now()).await?;
    let Some(way_in) = way_in else { return Ok(()) };
    let places = store::link_places(tx, affiliate).await?;
    let scheme = link_scheme(&state.config);
    let words = Imported {
        look: affiliate::email::look(tx, organization).await?,
        name: name.to_owned(),
        links: places.into_iter().map(|place| format!("{scheme}://{place}")).collect(),
        sign_in: way_in.url(state),
    };
    let message = Email::new(email, EmailKind::Imported, &words)?;
    unsolicited_email::post(tx, state, affiliate, permit, message).await
}
