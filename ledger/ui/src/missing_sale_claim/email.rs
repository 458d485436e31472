//! The email that answers a claim.

use shared::timestamp::Timestamp;
use time::Date;

use super::store::{Claim, Status};
use identity::portal::brands;
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
    ordered_on: Date,
    credited: bool,
    answer: &'a str,
}

fn of_answer(look: Branding, name: &str, of: Outcome<'_>, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let day = t.date(Timestamp::from_date_time(of.ordered_on.midnight().assume_utc()));
    let (subject, outcome) = if of.credited {
        (t.say("email-claim-credited-subject"), t.say("email-claim-credited"))
    } else {
        (t.say("email-claim-rejected-subject"), t.say("email-claim-rejected"))
    };
    let question = t.say("email-claim-question").with("brand", &brand).with("day", day).with("bought", of.bought);
    EmailContent::new(look, subject.with("bought", of.bought), t.say("email-claim-why").with("brand", &brand))
        .greeting(name)
        .paragraph(question)
        .paragraph(outcome)
        .paragraph(t.say("email-they-wrote").with("text", of.answer))
        .button(t.say("email-claim-button"), link)
}

/// A sample of the email, for developers.
pub fn sample(look: Branding, to: &str) -> Result<Email> {
    let of = Outcome {
        bought: "The yearly plan",
        ordered_on: Timestamp::EPOCH.date(),
        credited: true,
        answer: "Thanks for letting us know.",
    };
    of_answer(look, "Nina Berg", of, "https://rekomi.test/a/inquiries".to_owned()).to(to, EmailKind::ClaimAnswered)
}

pub async fn answered(
    tx: &mut TenantTx,
    state: &AppState,
    claim: &Claim,
    (status, answer): (Status, &str),
) -> Result<()> {
    let organization = tx.organization();
    let look = affiliate::email::look(tx, organization, claim.affiliate).await?;
    let credited = status == Status::Credited;
    let of = Outcome { bought: &claim.bought, ordered_on: claim.ordered_on, credited, answer };
    let link = brands::url(state, organization, "/a/inquiries");
    let message =
        of_answer(look, &claim.affiliate_name, of, link).to(&claim.affiliate_email, EmailKind::ClaimAnswered)?;
    mail::post_to(tx.conn(), state, (organization, claim.affiliate), message).await
}

#[cfg(test)]
mod tests {
    use time::macros::date;

    use super::*;

    #[test]
    fn an_email_says_the_outcome_and_why() {
        let of = Outcome {
            bought: "The yearly plan",
            ordered_on: date!(2026 - 11 - 18),
            credited: false,
            answer: "Mira’s coupon was used.",
        };
        let link = || "https://rekomi.test/a/inquiries".to_owned();
        let email = |of| {
            let content = of_answer(Branding::new("Acme & Sons", None), "<b>Lauren</b>", of, link());
            content.to("lauren@creators.test", EmailKind::ClaimAnswered).unwrap()
        };
        let Email { text, html, .. } = email(of);
        let (day, answer) = ("18 Nov 2026", "Mira’s coupon was used.");
        for part in ["Acme & Sons", day, "The yearly plan", answer, "https://rekomi.test/a/inquiries"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Lauren"), "{html}");
        assert!(email(Outcome { credited: true, ..of }).text.contains("credited to you"));
    }
}
