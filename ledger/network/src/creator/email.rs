//! The email with which a person enters the network.

use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    text::Texts,
};

/// To a person who asked for a sign-in link, in the language of the page where they asked.
pub fn sign_in(t: Texts, to: &str, link: String) -> Result<Email> {
    let look = Branding { t, ..Branding::rekomi() };
    EmailContent::new(look, t.say("email-creator-subject"), t.say("email-creator-why"))
        .greeting("")
        .paragraph(t.say("email-creator-message"))
        .paragraph(t.say("email-ignore"))
        .sign_in(t.say("email-sign-in"), link)
        .to(to, EmailKind::CreatorLink)
}
