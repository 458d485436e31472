//! The emails to affiliates about their tax forms.

use payout_core::tax::form::Kind;
use shared::{id::AffiliateId, timestamp::Timestamp};
use time::{Date, Month};

use super::store::Row;
use identity::portal::brands;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    mail::{self, Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::{Text, Texts},
};
use programs::affiliate;

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

/// What an email is about.
#[derive(Debug, Clone, Copy)]
enum About<'a> {
    /// A form was rejected, for this reason.
    Rejected(Kind, &'a str),
    /// A form expires in so many days, and its last day.
    Expires(Kind, (i64, Date)),
    Expired(Kind, Date),
    /// They were paid so much in a year that a form is required, in dollars.
    Missing(i32, i64),
}

impl About<'_> {
    const fn kind(self) -> EmailKind {
        match self {
            Self::Rejected(..) => EmailKind::TaxFormRejected,
            Self::Expires(..) => EmailKind::TaxFormExpires,
            Self::Expired(..) => EmailKind::TaxFormExpired,
            Self::Missing(..) => EmailKind::TaxFormNeeded,
        }
    }
}

async fn post(tx: &mut TenantTx, state: &AppState, to: To<'_>, about: About<'_>) -> Result<()> {
    let organization = tx.organization();
    let look = affiliate::email::look(tx, organization, to.affiliate).await?;
    let content = content(look, to.name, about, brands::url(state, organization, "/a/tax"));
    mail::post_to(tx.conn(), state, (organization, to.affiliate), content.to(to.email, about.kind())?).await
}

/// Builds every email: the issue, its consequences, and a link to the portal.
fn content(look: Branding, name: &str, about: About<'_>, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    let start = |subject: Text| {
        let why = t.say("email-tax-why").with("brand", &brand);
        EmailContent::new(look, subject.with("brand", &brand), why).greeting(name)
    };
    match about {
        About::Rejected(kind, reason) => start(t.say("email-tax-rejected-subject").with("form", kind.name()))
            .paragraph(t.say("email-tax-rejected-message").with("form", kind.name()))
            .paragraph(t.say("email-reason").with("reason", reason))
            .paragraph(t.say("email-tax-rejected-next"))
            .button(t.say("email-tax-rejected-button"), link),
        About::Expires(kind, (days, last)) => {
            let subject = t.say("email-tax-expires-subject").with("form", kind.name()).with("days", days);
            let message = t.say("email-tax-expires-message").with("form", kind.name());
            start(subject)
                .paragraph(message.with("day", date(t, last)))
                .paragraph(t.say("email-tax-consequence"))
                .button(t.say("email-tax-sign-button"), link)
        }
        About::Expired(kind, last) => {
            let message = t.say("email-tax-expired-message").with("form", kind.name());
            start(t.say("email-tax-expired-subject").with("form", kind.name()))
                .paragraph(message.with("day", date(t, last)))
                .paragraph(t.say("email-tax-expired-next"))
                .button(t.say("email-tax-sign-button"), link)
        }
        About::Missing(year, paid) => {
            let message = t.say("email-tax-needed-message").with("amount", t.money(paid, "USD"));
            let forms = t.say("email-tax-needed-forms").with("us", Kind::W9.name()).with("person", Kind::W8ben.name());
            start(t.say("email-tax-needed-subject"))
                .paragraph(message.with("year", year))
                .paragraph(forms.with("company", Kind::W8bene.name()))
                .paragraph(t.say("email-tax-consequence"))
                .button(t.say("email-tax-needed-button"), link)
        }
    }
}

fn date(t: Texts, day: Date) -> String {
    t.date(Timestamp::from_date_time(day.midnight().assume_utc()))
}

pub(super) async fn rejected(tx: &mut TenantTx, state: &AppState, row: &Row, reason: &str) -> Result<()> {
    post(tx, state, To::of(row), About::Rejected(row.kind, reason)).await
}

/// Sample emails for developers.
pub fn samples(look: &Branding, to: &str) -> Result<Vec<Email>> {
    let last = Date::from_calendar_date(2029, Month::December, 31).map_err(|error| Error::internal(error))?;
    let each = [
        About::Rejected(Kind::W9, "The name differs from the one on your account."),
        About::Expires(Kind::W8ben, (30, last)),
        About::Expired(Kind::W8ben, last),
        About::Missing(2026, 112_500),
    ];
    let email = |about: About<'_>| {
        content(look.clone(), "Nina Berg", about, "https://rekomi.test/a/tax".to_owned()).to(to, about.kind())
    };
    each.into_iter().map(email).collect()
}

/// Emails that a form expires: `when` is the number of days left, and the last day.
pub(super) async fn expires(tx: &mut TenantTx, state: &AppState, row: &Row, when: (i64, Date)) -> Result<()> {
    post(tx, state, To::of(row), About::Expires(row.kind, when)).await
}

pub(super) async fn expired(tx: &mut TenantTx, state: &AppState, row: &Row, last: Date) -> Result<()> {
    post(tx, state, To::of(row), About::Expired(row.kind, last)).await
}

/// Emails that they were paid so much in a year that a form is required.
pub(super) async fn needed(tx: &mut TenantTx, state: &AppState, to: To<'_>, (year, paid): (i32, i64)) -> Result<()> {
    post(tx, state, to, About::Missing(year, paid)).await
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
        let look = Branding::new("Acme & Sons", Some("#aa2255"));
        let about = About::Rejected(Kind::W9, "line 3a & <i>");
        let content = content(look, "<b>Nina</b>", about, "https://rekomi.test/a/tax".to_owned());
        let Email { text, html, .. } = content.to("nina@creators.test", EmailKind::TaxFormRejected).unwrap();
        for part in ["Acme & Sons", "<b>Nina</b>", "line 3a & <i>", "https://rekomi.test/a/tax"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(!html.contains("<b>Nina") && !html.contains("<i>") && html.contains("Submit new form"), "{html}");
    }

    #[test]
    fn dates_and_amounts_are_in_the_recipients_language() {
        let sent = |about| {
            let look = Branding::new("Acme", None).in_language(Some("de"));
            let content = content(look, "Nina", about, String::new());
            content.to("nina@creators.test", about.kind()).unwrap().text.replace('\u{a0}', " ")
        };
        let last = Date::from_calendar_date(2029, Month::December, 31).unwrap();
        let expires = sent(About::Expires(Kind::W8ben, (1, last)));
        assert!(expires.contains("W-8BEN") && expires.contains("31. Dez. 2029"), "{expires}");
        let needed = sent(About::Missing(2026, 112_500));
        assert!(needed.contains("1.125,00 $"), "{needed}");
    }
}
