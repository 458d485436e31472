//! The email to owners and admins when a reconciliation finds something new.

use askama::Template;

use super::compare::{Difference, Kind};
use identity::notification::store::{ADMINS, people};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Email, EmailKind, Words},
    state::AppState,
};

/// The number of differences in the email; the others are on the page.
const LISTED: usize = 10;

#[derive(Debug)]
struct Found {
    brand: String,
    count: usize,
    listed: Vec<(&'static str, String, &'static str)>,
    link: String,
}

#[derive(Template)]
#[template(path = "mail/payout_differences.txt")]
struct FoundText<'a> {
    words: &'a Found,
}

#[derive(Template)]
#[template(path = "mail/payout_differences.html")]
struct FoundHtml<'a> {
    words: &'a Found,
}

impl Words for Found {
    fn subject(&self) -> String {
        let payouts = if self.count == 1 { "a payout doesn’t" } else { "some payouts don’t" };
        format!("{}: {payouts} match Stripe", self.brand)
    }

    fn text(&self) -> std::result::Result<String, askama::Error> {
        FoundText { words: self }.render()
    }

    fn html(&self) -> std::result::Result<String, askama::Error> {
        FoundHtml { words: self }.render()
    }
}

/// Sends one email per reconciliation; none if nothing is new.
pub(super) async fn differences(tx: &mut TenantTx, state: &AppState, found: &[&Difference]) -> Result<()> {
    let organization = tx.organization();
    if found.is_empty() {
        return Ok(());
    }
    for person in people(tx, ADMINS).await? {
        let listed = found.iter().take(LISTED);
        let words = Found {
            brand: person.brand,
            count: found.len(),
            listed: listed.map(|one| (one.kind.title(), one.detail.clone(), one.kind.next_action())).collect(),
            link: format!("{}/dashboard/payouts/reconciliation?organization={organization}", state.config.public_url),
        };
        mail::post(tx.conn(), state, Email::new(person.email, EmailKind::PayoutDifferences, &words)?).await?;
    }
    Ok(())
}

/// A sample email for developers.
pub fn sample(brand: &str, to: &str) -> Result<Email> {
    let kind = Kind::SentTwice;
    let words = Found {
        brand: brand.to_owned(),
        count: 1,
        listed: vec![(kind.title(), "Stripe has 2 transfers of a payout of $112.50.".to_owned(), kind.next_action())],
        link: "https://rekomi.test/dashboard/payouts/reconciliation".to_owned(),
    };
    Email::new(to, EmailKind::PayoutDifferences, &words)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_differs_and_what_to_do() {
        let words = Found {
            brand: "Acme".to_owned(),
            count: 12,
            listed: vec![("Sent twice", "Stripe has 2 transfers of <payout>".to_owned(), "Reverse one.")],
            link: "https://rekomi.test/dashboard/payouts/reconciliation".to_owned(),
        };
        assert_eq!(words.subject(), "Acme: some payouts don’t match Stripe");
        for text in [words.text().unwrap(), words.html().unwrap()] {
            for part in
                ["Sent twice", "Reverse one.", "11 more", "https://rekomi.test/dashboard/payouts/reconciliation"]
            {
                assert!(text.contains(part), "{part} in {text}");
            }
        }
        assert!(words.html().unwrap().contains("&#60;payout&#62;"), "{}", words.html().unwrap());
    }
}
