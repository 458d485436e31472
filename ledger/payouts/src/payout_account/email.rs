//! Emails to affiliates about how they are paid: a payout method is missing, Stripe needs something, or their payout
//! method changed.

use super::store::Person;
use identity::{account::magic, mail::suppression_store};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};
use programs::affiliate::{self, unsolicited_email};
use rules::format::money;

/// The parts that differ between emails.
#[derive(Debug)]
struct Note {
    subject: String,
    lines: Vec<String>,
    button: &'static str,
}

fn content(look: Branding, name: &str, note: Note, link: String) -> EmailContent {
    let why = format!(
        "You’re receiving this because you’re an affiliate of {}. Its link works once, within 24 hours; after that, \
         you can request a new one.",
        look.brand
    );
    EmailContent {
        name: name.to_owned(),
        subject: note.subject,
        paragraphs: note.lines,
        rows: Vec::new(),
        button: Some((note.button, link)),
        why,
        choice: None,
        look,
    }
}

/// Sample emails for developers.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let brand = &look.brand;
    let notes = [
        (EmailKind::PayoutSetup, to_set_up(brand, &[("USD".to_owned(), 11_250)])),
        (EmailKind::PayoutAction, needed(brand, vec!["A photo of your ID.".to_owned()])),
        (EmailKind::PayoutMethodChanged, other_way(brand, "PayPal")),
        (EmailKind::PayoutLoginLink, linked(brand)),
    ];
    let email = |(kind, note)| {
        content(look.clone(), "Nina Berg", note, "https://rekomi.test/a/enter?token=x".to_owned()).to(to, kind)
    };
    notes.into_iter().map(email).collect()
}

fn to_set_up(brand: &str, sums: &[(String, i64)]) -> Note {
    let sums: Vec<String> = sums.iter().map(|(currency, sum)| money(*sum, currency)).collect();
    let earned = if sums.is_empty() {
        format!("{brand} wants to pay you but doesn’t know where to send the money.")
    } else {
        format!("You have {} ready to be paid at {brand}.", sums.join(" and "))
    };
    let how = "Add a payout method: Stripe, PayPal, Wise or bank transfer. It takes a few minutes. Your money is safe \
               until you do.";
    Note {
        subject: format!("{brand}: add a payout method to get paid"),
        lines: vec![earned, how.to_owned()],
        button: "Add payout method",
    }
}

fn needed(brand: &str, needs: Vec<String>) -> Note {
    let mut lines = vec![format!("Before {brand} can pay you again, Stripe needs the following:")];
    lines.extend(needs);
    Note { subject: format!("{brand}: Stripe needs more information to pay you"), lines, button: "Continue to Stripe" }
}

fn other_way(brand: &str, what: &str) -> Note {
    Note {
        subject: format!("{brand}: your payout method was changed"),
        lines: vec![
            format!("{brand} now pays you by {what}."),
            format!("Wasn’t you? Sign in, change it back and contact {brand} right away."),
        ],
        button: "View payout method",
    }
}

/// Emails that something is payable and no payout method is set: `payout_setup`.
pub async fn set_up(tx: &mut TenantTx, state: &AppState, person: &Person, sums: &[(String, i64)]) -> Result<()> {
    post(tx, state, person, EmailKind::PayoutSetup, to_set_up(&person.brand, sums)).await
}

/// Emails that Stripe needs something from them before it pays: `payout_action`.
pub async fn action(tx: &mut TenantTx, state: &AppState, person: &Person, needs: Vec<String>) -> Result<()> {
    post(tx, state, person, EmailKind::PayoutAction, needed(&person.brand, needs)).await
}

/// Emails that their payout method changed: `payout_method_changed`. An affiliate who didn't change it finds out this
/// way.
pub async fn changed(tx: &mut TenantTx, state: &AppState, person: &Person, what: &str) -> Result<()> {
    post(tx, state, person, EmailKind::PayoutMethodChanged, other_way(&person.brand, what)).await
}

/// Sends the same to the address that was paid until now, which may differ from the affiliate's email address.
pub async fn changed_elsewhere(
    tx: &mut TenantTx,
    state: &AppState,
    person: &Person,
    before: &str,
    what: &str,
) -> Result<()> {
    let organization = tx.organization();
    if person.is_erased || suppression_store::is_suppressed(tx.conn(), before).await? {
        return Ok(());
    }
    let look = affiliate::email::look(tx, organization).await?;
    let content = no_longer(look, &person.name, what);
    let message = content.to(before, EmailKind::PayoutMethodChanged)?;
    mail::post_to(tx.conn(), state, (organization, person.id), message).await
}

fn no_longer(look: Branding, name: &str, what: &str) -> EmailContent {
    let brand = look.brand.clone();
    EmailContent {
        name: name.to_owned(),
        subject: format!("{brand}: payouts no longer go to this address"),
        paragraphs: vec![
            format!("{brand} used to pay your commissions to this address. It now pays by {what}."),
            format!("Payouts are on hold for three days. If you didn’t make this change, contact {brand} before then."),
        ],
        rows: Vec::new(),
        button: None,
        why: format!("You’re receiving this because {brand} paid an affiliate’s commissions to this address."),
        choice: None,
        look,
    }
}

/// Emails that a person of the brand has a link through which the bank account at Stripe can be changed:
/// `payout_login_link`.
pub async fn login_link(tx: &mut TenantTx, state: &AppState, person: &Person) -> Result<()> {
    post(tx, state, person, EmailKind::PayoutLoginLink, linked(&person.brand)).await
}

fn linked(brand: &str) -> Note {
    Note {
        subject: format!("{brand}: a sign-in link to your Stripe account was created"),
        lines: vec![
            format!(
                "{brand}’s system created a sign-in link to your Stripe Express dashboard, where your bank account can \
                 be changed. It works once, for a few minutes."
            ),
            format!("If you didn’t ask {brand} for it, check your bank account there and contact {brand} right away."),
        ],
        button: "View payout method",
    }
}

async fn post(tx: &mut TenantTx, state: &AppState, person: &Person, kind: EmailKind, note: Note) -> Result<()> {
    let organization = tx.organization();
    // Other affiliates can't sign in, and shouldn't get emails.
    if person.status != "Approved" || person.is_erased {
        return Ok(());
    }
    let whom = (person.id, person.email.as_str());
    let Some(link) = magic::issue(tx, organization, whom, state.clock.now()).await? else { return Ok(()) };
    let look = affiliate::email::look(tx, organization).await?;
    let message = content(look, &person.name, note, link.url(state)).to(&person.email, kind)?;
    // Affiliates who opted out of emails get none; their earnings wait.
    unsolicited_email::post_or_keep(tx, state, person.id, message).await.map(drop)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_says_what_is_to_do_and_escapes_names() {
        let note = needed("Acme & Sons", vec!["Stripe needs your date of birth.".to_owned()]);
        let link = "https://rekomi.test/a/enter?token=x".to_owned();
        let content = content(Branding::new("Acme & Sons", Some("#aa2255")), "<b>Nina</b>", note, link);
        let Email { text, html, .. } = content.to("nina@creators.test", EmailKind::PayoutAction).unwrap();
        for part in ["<b>Nina</b>", "Stripe needs your date of birth.", "https://rekomi.test/a/enter?token=x"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(
            !html.contains("<b>Nina") && html.contains("Acme &#38; Sons") && html.contains("Continue to Stripe"),
            "{html}"
        );
    }
}
