//! The letter that answers an inquiry.

use shared::id::OrganizationId;

use super::store::{Inquiry, Status};
use kit::{
    db::TenantTx,
    error::Result,
    mail::{self, Letter, LetterKind, Look, Told},
    state::AppState,
};
use programs::affiliate;

/// What was asked and what came of it.
#[derive(Debug, Clone, Copy)]
struct Outcome<'a> {
    bought: &'a str,
    day: &'a str,
    credited: bool,
    answer: &'a str,
}

fn of_answer(look: Look, name: &str, of: Outcome<'_>, link: String) -> Told {
    let brand = look.brand.clone();
    let outcome = if of.credited { "The sale is yours" } else { "About the sale you asked for" };
    let said = if of.credited {
        "It is credited to you now. You find it among your sales, with what it earns."
    } else {
        "They looked at it and didn\u{2019}t credit it to you."
    };
    Told {
        look,
        name: name.to_owned(),
        subject: format!("{outcome}: {}", of.bought),
        paragraphs: vec![
            format!("you asked {brand} about a sale of {}: {}.", of.day, of.bought),
            said.to_owned(),
            format!("They wrote: {}", of.answer),
        ],
        rows: Vec::new(),
        button: Some(("See what you asked", link)),
        why: format!("You get this letter because you asked {brand} about a sale."),
        choice: None,
    }
}

/// What the letter looks like, for whoever develops.
pub fn sample(look: Look, to: &str) -> Result<Letter> {
    let of =
        Outcome { bought: "The yearly plan", day: "2026-11-18", credited: true, answer: "Thank you for telling us." };
    of_answer(look, "Nina Berg", of, "https://rekomi.test/a/inquiries".to_owned()).to(to, LetterKind::InquiryAnswered)
}

pub async fn answered(
    tx: &mut TenantTx,
    state: &AppState,
    organization: OrganizationId,
    inquiry: &Inquiry,
    (status, answer): (Status, &str),
) -> Result<()> {
    let (day, look) = (inquiry.ordered_on.to_string(), affiliate::letter::look(tx, organization).await?);
    let of = Outcome { bought: &inquiry.bought, day: &day, credited: status == Status::Credited, answer };
    let link = format!("{}/a/inquiries", state.config.public_url);
    let letter =
        of_answer(look, &inquiry.affiliate_name, of, link).to(&inquiry.affiliate_email, LetterKind::InquiryAnswered)?;
    mail::post_to(tx.conn(), state, (organization, inquiry.affiliate), letter).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_letter_says_the_outcome_and_why() {
        let of = Outcome {
            bought: "The yearly plan",
            day: "2026-11-18",
            credited: false,
            answer: "Mira’s coupon was used.",
        };
        let link = || "https://rekomi.test/a/inquiries".to_owned();
        let letter = |of| {
            let told = of_answer(Look::new("Acme & Sons", None), "<b>Lauren</b>", of, link());
            told.to("lauren@creators.test", LetterKind::InquiryAnswered).unwrap()
        };
        let Letter { text, html, .. } = letter(of);
        for part in ["Acme & Sons", "The yearly plan", "Mira’s coupon was used.", "https://rekomi.test/a/inquiries"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Lauren"), "{html}");
        assert!(letter(Outcome { credited: true, ..of }).text.contains("credited to you"));
    }
}
