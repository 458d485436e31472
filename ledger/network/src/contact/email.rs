//! The email about an invitation.

use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    text::Texts,
};

/// To a creator whom a brand invited to a program; `link` leads to their invitations.
pub fn invitation(look: Branding, (brand, program): (&str, &str), message: &str, link: String) -> EmailContent {
    let t = look.t;
    let subject = t.say("email-network-invitation-subject").with("brand", brand);
    EmailContent::new(look, subject, t.say("email-network-invitation-why"))
        .paragraph(t.say("email-network-invitation-message").with("brand", brand).with("program", program))
        .quote(message)
        .button(t.say("email-network-invitation-button"), link)
        .paragraph(t.say("email-network-invitation-stop"))
}

/// A sample, for a look at it in development.
pub fn sample(t: Texts, to: &str) -> Result<Email> {
    let look = Branding::rekomi().in_language(Some(t.tag()));
    let message = "We like your kitchen reviews. Would you like to try our pans?";
    invitation(look, ("Acme", "Partners"), message, "https://rekomi.test/a/network/invitations".to_owned())
        .to(to, EmailKind::NetworkInvitation)
}
