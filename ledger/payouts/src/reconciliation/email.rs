//! The email to owners and admins when a reconciliation finds something new.

use super::compare::{Difference, Kind};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};

/// The number of differences in the email; the others are on the page.
const LISTED: usize = 10;

#[derive(Debug)]
struct Found {
    brand: String,
    count: usize,
    /// The first of them: what it is, its details, and what to do.
    listed: Vec<(&'static str, String, &'static str)>,
    link: String,
}

fn content(found: Found) -> EmailContent {
    let look = Branding::rekomi();
    let (t, brand) = (look.t, &found.brand);
    let subject = t.say("email-differences-subject").with("brand", brand).with("count", found.count);
    let message = t.say("email-differences-message").with("brand", brand).with("count", found.count);
    let mut content =
        EmailContent::new(look, subject, t.say("email-why-admin").with("brand", brand)).paragraph(message);
    for (title, detail, action) in &found.listed {
        let difference = t.say("email-differences-one").with("title", *title).with("detail", detail);
        let action = t.say("email-differences-action").with("action", *action);
        content = content.quote(format!("{difference}\n{action}"));
    }
    let more = found.count.saturating_sub(found.listed.len());
    if more > 0 {
        content = content.paragraph(t.say("email-differences-more").with("count", more));
    }
    content.button(t.say("email-differences-button"), found.link)
}

/// Sends one email per reconciliation; none if nothing is new.
pub(super) async fn differences(tx: &mut TenantTx, state: &AppState, found: &[&Difference]) -> Result<()> {
    let organization = tx.organization();
    if found.is_empty() {
        return Ok(());
    }
    for person in people(tx, ADMINS).await? {
        let listed = found.iter().take(LISTED);
        let content = content(Found {
            brand: person.brand,
            count: found.len(),
            listed: listed.map(|one| (one.kind.title(), one.detail.clone(), one.kind.next_action())).collect(),
            link: format!("{}/dashboard/payouts/reconciliation?organization={organization}", state.config.public_url),
        });
        mail::post(tx.conn(), state, content.to(&person.email, EmailKind::PayoutDifferences)?).await?;
    }
    Ok(())
}

/// A sample email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let kind = Kind::SentTwice;
    let content = content(Found {
        brand: brand.to_owned(),
        count: 1,
        listed: vec![(kind.title(), "Stripe has 2 transfers of a payout of $112.50.".to_owned(), kind.next_action())],
        link: "https://rekomi.test/dashboard/payouts/reconciliation".to_owned(),
    });
    content.to(to, EmailKind::PayoutDifferences)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_differs_and_what_to_do() {
        let found = Found {
            brand: "Acme".to_owned(),
            count: 12,
            listed: vec![("Sent twice", "Stripe has 2 transfers of <payout>".to_owned(), "Reverse one.")],
            link: "https://rekomi.test/dashboard/payouts/reconciliation".to_owned(),
        };
        let email = content(found).to("ann@acme.test", EmailKind::PayoutDifferences).unwrap();
        assert_eq!(email.subject, "Acme: some payouts don’t match Stripe");
        for text in [&email.text, &email.html] {
            for part in
                ["Sent twice", "Reverse one.", "11 more", "https://rekomi.test/dashboard/payouts/reconciliation"]
            {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
        assert!(email.html.contains("&#60;payout&#62;"), "{}", email.html);
    }
}
