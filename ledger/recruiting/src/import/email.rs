//! The email to an imported affiliate, if the brand chose to notify them.

use shared::id::AffiliateId;

use identity::account::magic;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{Branding, EmailContent, EmailKind, Sample},
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
fn content(look: Branding, name: &str, links: Vec<String>, sign_in: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let subject = t.say("email-imported-subject").with("brand", &brand);
    let label = t.say("email-imported-links").with("count", links.len());
    EmailContent::new(look, subject, t.say("email-imported-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-imported-message").with("brand", &brand))
        .links(label, links)
        .paragraph(t.say("email-imported-next"))
        .sign_in(t.say("email-sign-in"), sign_in)
        .paragraph(t.say("email-link-works-two-weeks"))
}

/// A sample of the email, for developers and for brands that change its words.
pub fn sample(look: Branding) -> Sample {
    let links = vec!["https://go.acme.test/nina".to_owned()];
    let sign_in = "https://rekomi.test/a/enter?token=sample".to_owned();
    (EmailKind::Imported, content(look, "Nina Berg", links, sign_in))
}

pub(super) async fn imported(
    tx: &mut TenantTx,
    state: &AppState,
    (affiliate, email, name): (AffiliateId, &str, &str),
    permit: Permit,
) -> Result<()> {
    let organization = tx.organization();
    let way_in = magic::issue_with_news(tx, organization, (affiliate, email), state.clock.now()).await?;
    let Some(way_in) = way_in else { return Ok(()) };
    let places = store::link_places(tx, affiliate).await?;
    let scheme = link_scheme(&state.config);
    let links = places.into_iter().map(|place| format!("{scheme}://{place}")).collect();
    let look = affiliate::email::look(tx, organization, affiliate).await?;
    let message = content(look, name, links, way_in.url(state)).to(email, EmailKind::Imported)?;
    unsolicited_email::post(tx, state, affiliate, permit, message).await
}
