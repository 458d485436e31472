//! The email that answers a claim.

use super::store::{Claim, Status};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};
use programs::affiliate;

/// The claim and its outcome.
#[derive(Debug, Clone, Copy)]
struct Outcome<'a> {
    bought: &'a str,
    day: &'a str,
    credited: bool,
    answer: &'a str,
}

fn of_answer(look: Branding, name: &str, of: Outcome<'_>, link: String) -> EmailContent {
    let brand = look.brand.clone();
    let outcome = if of.credited { "You got credit for your sale" } else { "About your missing sale" };
    let message = if of.credited {
        "Good news: it’s now credited to you. You’ll find it under Sales, with your commission."
    } else {
        "They reviewed it and didn’t credit it to you."
    };
    EmailContent {
        look,
        name: name.to_owned(),
        subject: format!("{outcome}: {}", of.bought),
        paragraphs: vec![
            format!("You asked {brand} about a sale from {}: {}.", of.day, of.bought),
            message.to_owned(),
            format!("They wrote: {}", of.answer),
        ],
        rows: Vec::new(),
        button: Some(("View your claims", link)),
        why: format!("You’re receiving this because you asked {brand} about a missing sale."),
        choice: None,
    }
}

/// A sample of the email, for developers.
pub fn sample(look: Branding, to: &str) -> Result<Email> {
    let of =
        Outcome { bought: "The yearly plan", day: "2026-11-18", credited: true, answer: "Thanks for letting us know." };
    of_answer(look, "Nina Berg", of, "https://rekomi.test/a/inquiries".to_owned()).to(to, EmailKind::ClaimAnswered)
}

pub async fn answered(
    tx: &mut TenantTx,
    state: &AppState,
    claim: &Claim,
    (status, answer): (Status, &str),
) -> Result<()> {
    let organization = tx.organization();
    let (day, look) = (claim.ordered_on.to_string(), affiliate::email::look(tx, organization).await?);
    let of = Outcome { bought: &claim.bought, day: &day, credited: status == Status::Credited, answer };
    let link = format!("{}/a/inquiries", state.config.public_url);
    let message =
        of_answer(look, &claim.affiliate_name, of, link).to(&claim.affiliate_email, EmailKind::ClaimAnswered)?;
    mail::post_to(tx.conn(), state, (organization, claim.affiliate), message).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_says_the_outcome_and_why() {
        let of = Outcome {
            bought: "The yearly plan",
            day: "2026-11-18",
            credited: false,
            answer: "Mira’s coupon was used.",
        };
        let link = || "https://rekomi.test/a/inquiries".to_owned();
        let email = |of| {
            let content = of_answer(Branding::new("Acme & Sons", None), "<b>Lauren</b>", of, link());
            content.to("lauren@creators.test", EmailKind::ClaimAnswered).unwrap()
        };
        let Email { text, html, .. } = email(of);
        for part in ["Acme & Sons", "The yearly plan", "Mira’s coupon was used.", "https://rekomi.test/a/inquiries"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Lauren"), "{html}");
        assert!(email(Outcome { credited: true, ..of }).text.contains("credited to you"));
    }
}
