//! The emails to affiliates about their tax forms.

use payout_core::tax::form::Kind;
use shared::id::AffiliateId;
use time::{Date, Month};

use super::store::Row;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
};
use programs::affiliate;
use rules::format;

/// An email's recipient.
#[derive(Debug, Clone, Copy)]
pub(super) struct To<'a> {
    pub(super) affiliate: AffiliateId,
    pub(super) name: &'a str,
    pub(super) email: &'a str,
}

impl<'a> To<'a> {
    pub(super) fn of(row: &'a Row) -> Self {
        Self { affiliate: row.affiliate, name: &row.name, email: &row.email }
    }
}

struct EmailText {
    kind: EmailKind,
    /// The rest of the subject, after the brand's name.
    subject: String,
    paragraphs: Vec<String>,
    label: &'static str,
}

async fn post(tx: &mut TenantTx, state: &AppState, to: To<'_>, message: EmailText) -> Result<()> {
    let organization = tx.organization();
    let look = affiliate::email::look(tx, organization).await?;
    let kind = message.kind;
    let content = content(look, to.name, message, format!("{}/a/tax", state.config.public_url));
    mail::post_to(tx.conn(), state, (organization, to.affiliate), content.to(to.email, kind)?).await
}

/// Builds every email: the issue, its consequences, and a link to the portal.
fn content(look: Branding, name: &str, message: EmailText, link: String) -> EmailContent {
    let brand = look.brand.clone();
    EmailContent {
        look,
        name: name.to_owned(),
        subject: format!("{brand}: {}", message.subject),
        paragraphs: message.paragraphs,
        rows: Vec::new(),
        button: Some((message.label, link)),
        why: format!(
            "You’re receiving this because {brand} pays you as an affiliate. We never ask for tax IDs by email."
        ),
        choice: None,
    }
}

pub(super) async fn rejected(tx: &mut TenantTx, state: &AppState, row: &Row, reason: &str) -> Result<()> {
    post(tx, state, To::of(row), refused(row.kind.name(), reason)).await
}

fn refused(name: &str, reason: &str) -> EmailText {
    EmailText {
        kind: EmailKind::TaxFormRejected,
        subject: format!("we couldn’t accept your {name}"),
        paragraphs: vec![
            format!("We couldn’t accept your {name} tax form."),
            format!("Reason: {reason}"),
            "Please submit a new one. Until then, your payouts may be delayed or tax may be withheld.".to_owned(),
        ],
        label: "Submit new form",
    }
}

fn expiring(name: &str, (days, last): (i64, Date)) -> EmailText {
    EmailText {
        kind: EmailKind::TaxFormExpires,
        subject: format!("your {name} tax form expires in {days} {}", if days == 1 { "day" } else { "days" }),
        paragraphs: vec![
            format!("Your {name} tax form is valid until {}. Signing a new one takes a few minutes.", in_words(last)),
            "Without one, your payouts may be delayed or tax may be withheld.".to_owned(),
        ],
        label: "Sign new form",
    }
}

fn over(name: &str, last: Date) -> EmailText {
    EmailText {
        kind: EmailKind::TaxFormExpired,
        subject: format!("your {name} tax form has expired"),
        paragraphs: vec![
            format!("Your {name} tax form was valid until {}.", in_words(last)),
            "Please sign a new one. Until then, your payouts may be delayed or tax may be withheld.".to_owned(),
        ],
        label: "Sign new form",
    }
}

fn missing((year, paid): (i32, i64)) -> EmailText {
    EmailText {
        kind: EmailKind::TaxFormNeeded,
        subject: "please submit your tax form".to_owned(),
        paragraphs: vec![
            format!(
                "We’ve paid you {} in {year} so far, and we don’t have a tax form from you yet.",
                format::money(paid, "USD")
            ),
            format!(
                "We need one to keep paying you: a {} if you’re a US person or company, otherwise a {} or {}. The \
                 portal asks a few questions to find the right one.",
                Kind::W9.name(),
                Kind::W8ben.name(),
                Kind::W8bene.name()
            ),
            "Without one, your payouts may be delayed or tax may be withheld.".to_owned(),
        ],
        label: "Submit tax form",
    }
}

/// Sample emails for developers.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let name = Kind::W8ben.name();
    let last = Date::from_calendar_date(2029, Month::December, 31).map_err(|error| Error::internal(error))?;
    let message = [
        refused(Kind::W9.name(), "The name differs from the one on your account."),
        expiring(name, (30, last)),
        over(name, last),
        missing((2026, 112_500)),
    ];
    let email = |message: EmailText| {
        let kind = message.kind;
        content(look.clone(), "Nina Berg", message, "https://rekomi.test/a/tax".to_owned()).to(to, kind)
    };
    message.into_iter().map(email).collect()
}

/// Emails that a form expires: `when` is the number of days left, and the last day.
pub(super) async fn expires(tx: &mut TenantTx, state: &AppState, row: &Row, when: (i64, Date)) -> Result<()> {
    post(tx, state, To::of(row), expiring(row.kind.name(), when)).await
}

pub(super) async fn expired(tx: &mut TenantTx, state: &AppState, row: &Row, last: Date) -> Result<()> {
    post(tx, state, To::of(row), over(row.kind.name(), last)).await
}

/// Emails that they were paid so much in a year that a form is required.
pub(super) async fn needed(tx: &mut TenantTx, state: &AppState, to: To<'_>, of: (i32, i64)) -> Result<()> {
    post(tx, state, to, missing(of)).await
}

/// Formats a date as people in the United States write it: `December 31, 2029`.
pub(super) fn in_words(day: Date) -> String {
    format!("{} {}, {}", day.month(), day.day(), day.year())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_email_holds_what_it_promises_and_escapes_names() {
        let message = refused("W-9", "line 3a & <i>");
        let look = Branding::new("Acme & Sons", Some("#aa2255"));
        let content = content(look, "<b>Nina</b>", message, "https://rekomi.test/a/tax".to_owned());
        let Email { text, html, .. } = content.to("nina@creators.test", EmailKind::TaxFormRejected).unwrap();
        for part in ["Acme & Sons", "<b>Nina</b>", "line 3a & <i>", "https://rekomi.test/a/tax"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && !html.contains("<i>") && html.contains("Submit new form"), "{html}");
    }
}
