//! Emails to affiliates about how they are paid: a payout method is missing, Stripe needs something, or their payout
//! method changed.

use payout_core::stripe::account::{Need, When, item::What};

use super::{destination::NewDestination, method::Rail, need_words, store::Person};
use identity::account::magic;
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, EmailContent, EmailKind, Sample, content},
    state::AppState,
    text::Text,
};
use programs::affiliate::{self, unsolicited_email};

/// What an email is about.
#[derive(Debug, Clone, Copy)]
enum About<'a> {
    /// No payout method is set; what is payable, by currency.
    Missing(&'a [(String, i64)]),
    /// Stripe needs something before it pays.
    Needs(&'a [Need]),
    Changed(&'a NewDestination),
    LoginLink,
}

impl About<'_> {
    const fn kind(self) -> EmailKind {
        match self {
            Self::Missing(_) => EmailKind::PayoutSetup,
            Self::Needs(_) => EmailKind::PayoutAction,
            Self::Changed(_) => EmailKind::PayoutMethodChanged,
            Self::LoginLink => EmailKind::PayoutLoginLink,
        }
    }
}

fn content_of(look: Branding, name: &str, about: About<'_>, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let of_brand = |text: Text| text.with("brand", &brand);
    let start = |subject: Text| {
        let why = of_brand(t.say("email-payout-account-why"));
        EmailContent::new(look, of_brand(subject), why).greeting(name)
    };
    match about {
        About::Missing(sums) => {
            let amounts = content::amounts(t, sums.iter().map(|(currency, sum)| (currency.as_str(), *sum)));
            let message = match sums {
                [] => t.say("email-payout-setup-request"),
                _ => t.say("email-payout-setup-payable").with("amounts", amounts),
            };
            start(t.say("email-payout-setup-subject"))
                .paragraph(of_brand(message))
                .paragraph(t.say("email-payout-setup-how"))
                .sign_in(t.say("email-payout-setup-button"), link)
        }
        About::Needs(needs) => {
            let message = of_brand(t.say("email-payout-action-message"));
            let content = start(t.say("email-payout-action-subject")).paragraph(message);
            needs
                .iter()
                .fold(content, |content, need| content.paragraph(need_words::sentence(t, need)))
                .sign_in(t.say("email-payout-action-button"), link)
        }
        About::Changed(new) => {
            let message = t.say("email-payout-method-message").with("destination", new.words(t));
            start(t.say("email-payout-method-subject"))
                .paragraph(of_brand(message))
                .paragraph(of_brand(t.say("email-payout-method-warning")))
                .sign_in(t.say("email-payout-method-button"), link)
        }
        About::LoginLink => start(t.say("email-payout-login-subject"))
            .paragraph(of_brand(t.say("email-payout-login-message")))
            .paragraph(of_brand(t.say("email-payout-login-warning")))
            .sign_in(t.say("email-payout-method-button"), link),
    }
}

/// Sample emails, for developers and for brands that change their words.
pub fn samples(look: &Branding) -> Vec<Sample> {
    let sums = [("USD".to_owned(), 11_250)];
    let needs = [Need {
        what: What::of_field("individual.verification.document"),
        when: When::Overdue,
        by: None,
        problem: None,
        fields: vec!["individual.verification.document".to_owned()],
    }];
    let new = NewDestination::Method(Rail::PayPal, "n…@creators.test".to_owned());
    let each = [About::Missing(&sums), About::Needs(&needs), About::Changed(&new), About::LoginLink];
    let email = |about: About<'_>| {
        let link = "https://rekomi.test/a/enter?token=x".to_owned();
        (about.kind(), content_of(look.clone(), "Nina Berg", about, link))
    };
    each.into_iter().map(email).collect()
}

/// Emails that something is payable and no payout method is set: `payout_setup`.
pub async fn set_up(tx: &mut TenantTx, state: &AppState, person: &Person, sums: &[(String, i64)]) -> Result<()> {
    post(tx, state, person, About::Missing(sums)).await
}

/// Emails that Stripe needs something from them before it pays: `payout_action`.
pub async fn action(tx: &mut TenantTx, state: &AppState, person: &Person, needs: &[Need]) -> Result<()> {
    post(tx, state, person, About::Needs(needs)).await
}

/// Emails that their payout method changed: `payout_method_changed`. An affiliate who didn't change it finds out this
/// way.
pub async fn changed(tx: &mut TenantTx, state: &AppState, person: &Person, new: &NewDestination) -> Result<()> {
    post(tx, state, person, About::Changed(new)).await
}

/// Sends the same to the address that was paid until now, which may differ from the affiliate's email address. It warns
/// of a theft and invites no one, so addresses that opted out of invitations get it, too.
pub async fn changed_elsewhere(
    tx: &mut TenantTx,
    state: &AppState,
    person: &Person,
    before: &str,
    new: &NewDestination,
) -> Result<()> {
    let organization = tx.organization();
    if person.is_erased {
        return Ok(());
    }
    let look = affiliate::email::look(tx, organization, person.id).await?;
    let message = no_longer(look, &person.name, new).to(before, EmailKind::PayoutMethodChanged)?;
    mail::post_to(tx.conn(), state, (organization, person.id), message).await
}

fn no_longer(look: Branding, name: &str, new: &NewDestination) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let message = t.say("email-payout-moved-message").with("brand", &brand).with("destination", new.words(t));
    let subject = t.say("email-payout-moved-subject").with("brand", &brand);
    EmailContent::new(look, subject, t.say("email-payout-moved-why").with("brand", &brand))
        .greeting(name)
        .paragraph(message)
        .paragraph(t.say("email-payout-moved-hold").with("brand", &brand))
}

/// Emails that a person of the brand has a link through which the bank account at Stripe can be changed:
/// `payout_login_link`.
pub async fn login_link(tx: &mut TenantTx, state: &AppState, person: &Person) -> Result<()> {
    post(tx, state, person, About::LoginLink).await
}

async fn post(tx: &mut TenantTx, state: &AppState, person: &Person, about: About<'_>) -> Result<()> {
    let organization = tx.organization();
    // Other affiliates can't sign in, and shouldn't get emails.
    if person.status != "Approved" || person.is_erased {
        return Ok(());
    }
    let whom = (person.id, person.email.as_str());
    let Some(link) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(()) };
    let look = affiliate::email::look(tx, organization, person.id).await?;
    let message = content_of(look, &person.name, about, link.url(state)).to(&person.email, about.kind())?;
    // Affiliates who opted out of emails get none; their earnings wait.
    unsolicited_email::post_or_keep(tx, state, person.id, message).await.map(drop)
}

#[cfg(test)]
mod tests {
    use kit::mail::Email;

    use super::*;

    #[test]
    fn an_email_says_what_is_to_do_and_escapes_names() {
        let needs = [Need {
            what: What::of_field("individual.dob.day"),
            when: When::Overdue,
            by: None,
            problem: None,
            fields: vec!["individual.dob.day".to_owned()],
        }];
        let link = "https://rekomi.test/a/enter?token=x".to_owned();
        let look = Branding::new("Acme & Sons", Some("#aa2255"));
        let content = content_of(look, "<b>Nina</b>", About::Needs(&needs), link);
        let Email { text, html, .. } = content.to("nina@creators.test", EmailKind::PayoutAction).unwrap();
        for part in ["<b>Nina</b>", "Stripe needs your date of birth.", "https://rekomi.test/a/enter?token=x"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            !html.contains("<b>Nina") && html.contains("Acme &#38; Sons") && html.contains("Continue to Stripe"),
            "{html}"
        );
    }

    #[test]
    fn a_payable_amount_is_in_the_recipients_language() {
        let sums = [("EUR".to_owned(), 123_450), ("USD".to_owned(), 500)];
        let look = Branding::new("Acme", None).in_language(Some("de"));
        let content = content_of(look, "Nina", About::Missing(&sums), String::new());
        let text = content.to("nina@creators.test", EmailKind::PayoutSetup).unwrap().text.replace('\u{a0}', " ");
        assert!(text.contains("1.234,50 € und 5,00 $"), "{text}");
    }
}
