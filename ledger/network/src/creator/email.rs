//! The email with which a person enters the network.

use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    text::Texts,
};

/// To a person who asked for a sign-in link, in the language of the page where they asked; or whom another installation
/// announced (`from`, with the title of our program). No word in it is that installation's.
pub fn sign_in(t: Texts, to: &str, link: String, from: Option<(&str, &str)>) -> Result<Email> {
    let look = Branding { t, ..Branding::rekomi() };
    let (why, message) = match from {
        None => (t.say("email-creator-why"), t.say("email-creator-message")),
        Some((host, program)) => (
            t.say("email-creator-arrival-why").with("host", host),
            t.say("email-creator-arrival").with("host", host).with("program", program),
        ),
    };
    EmailContent::new(look, t.say("email-creator-subject"), why)
        .greeting("")
        .paragraph(message)
        .paragraph(t.say("email-ignore"))
        .sign_in(t.say("email-sign-in"), link)
        .to(to, EmailKind::CreatorLink)
}
