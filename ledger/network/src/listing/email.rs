//! The email that tells a brand's owners what became of their listing. In English, like all emails to brands.

use super::{
    offer::Missing,
    store::{self, Row},
};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

/// What became of a listing, by the operator or because of the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Outcome<'a> {
    Listed,
    Declined(&'a str),
    Paused(&'a str),
}

/// Queues the email for each owner.
pub(super) async fn post(tx: &mut TenantTx, state: &AppState, row: &Row, outcome: Outcome<'_>) -> Result<()> {
    let (organization, public_url) = (tx.organization(), &state.config.public_url);
    let page = match outcome {
        Outcome::Listed => format!("{public_url}/network/{}", row.handle),
        Outcome::Declined(_) | Outcome::Paused(_) => {
            format!("{public_url}/dashboard/programs/{}/network?organization={organization}", row.program_id)
        }
    };
    let content = content((&row.brand, &row.title), outcome, page);
    for owner in store::owners(tx).await? {
        mail::post(tx.conn(), state, content.to(&owner, EmailKind::NetworkListing)?).await?;
    }
    Ok(())
}

fn content((brand, title): (&str, &str), outcome: Outcome<'_>, page: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let email = |subject| EmailContent::new(look, subject, t.say("email-why-owner").with("brand", brand));
    match outcome {
        Outcome::Listed => email(t.say("email-network-listed-subject").with("program", title))
            .paragraph(t.say("email-network-listed-message").with("program", title))
            .button(t.say("email-network-listed-button"), page),
        Outcome::Declined(reason) => email(t.say("email-network-declined-subject").with("program", title))
            .paragraph(t.say("email-network-declined-message").with("program", title))
            .quote(reason)
            .paragraph(t.say("email-network-again"))
            .button(t.say("email-network-edit-button"), page),
        Outcome::Paused(reason) => email(t.say("email-network-paused-subject").with("program", title))
            .paragraph(t.say("email-network-paused-message").with("program", title))
            .quote(reason)
            .paragraph(t.say("email-network-again"))
            .button(t.say("email-network-edit-button"), page),
    }
}

/// A sample of the email, for development.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let page = "https://rekomi.test/dashboard/programs/network".to_owned();
    let outcome = Outcome::Paused(Missing::ProgramPage.sentence());
    content((brand, "Acme partners"), outcome, page).to(to, EmailKind::NetworkListing)
}
