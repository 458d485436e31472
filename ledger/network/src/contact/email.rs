//! The emails about an invitation, and about messages in a thread.

use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    text::Texts,
};

/// The most characters of a message that its email shows.
const QUOTE_MAX: usize = 300;

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

/// To a creator to whom a brand wrote: how many messages they haven't read, and the last of them. `link` leads to the
/// thread.
pub fn message(look: Branding, brand: &str, (unread, last): &(i64, String), link: String) -> EmailContent {
    let t = look.t;
    let subject = t.say("email-network-message-subject").with("name", brand);
    EmailContent::new(look, subject, t.say("email-network-message-why").with("brand", brand))
        .paragraph(t.say("email-network-message").with("name", brand).with("count", *unread))
        .quote(shortened(last))
        .button(t.say("email-network-message-button"), link)
}

/// The same to a member of the brand's team. Creators whose profile the brand doesn't see have no name.
pub fn message_new(brand: &str, creator: Option<&str>, (unread, last): &(i64, String), link: String) -> EmailContent {
    let look = Branding::rekomi();
    let t = look.t;
    let name = creator.map_or_else(|| t.say("email-network-message-creator").to_string(), str::to_owned);
    let subject = t.say("email-network-message-subject").with("name", &name);
    EmailContent::new(look, subject, t.say("email-why-team").with("brand", brand))
        .paragraph(t.say("email-network-message").with("name", &name).with("count", *unread))
        .quote(shortened(last))
        .button(t.say("email-network-message-button"), link)
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(QUOTE_MAX) {
        Some((end, _)) => format!("{}\u{2026}", text.get(..end).unwrap_or_default().trim_end()),
        None => text.to_owned(),
    }
}

/// Samples, for a look at them in development.
pub fn samples(t: Texts, to: &str) -> Result<Vec<Email>> {
    let look = || Branding::rekomi().in_language(Some(t.tag()));
    let link = |path: &str| format!("https://rekomi.test{path}");
    let invited = "We like your kitchen reviews. Would you like to try our pans?";
    let written = (2, "When would you like to start?".to_owned());
    let end = || link("/unsubscribe/sample");
    Ok(vec![
        invitation(look(), ("Acme", "Partners"), invited, link("/a/network/invitations"))
            .to(to, EmailKind::NetworkInvitation)?,
        message(look(), "Acme", &written, link("/a/network/contacts")).with_end(
            to,
            EmailKind::NetworkMessage,
            end(),
        )?,
        message_new("Acme", Some("Nina Berg"), &written, link("/dashboard/network/contacts")).with_end(
            to,
            EmailKind::NetworkMessageNew,
            end(),
        )?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_message_is_quoted_in_part_and_one_without_a_name_says_so() {
        let long = "ü".repeat(QUOTE_MAX + 1);
        let sent = message_new("Acme", None, &(1, long.clone()), "https://x.test/t".to_owned());
        let text = sent.to("ann@acme.test", EmailKind::NetworkMessageNew).unwrap().text;
        assert!(!text.contains(&long) && text.contains(&format!("{}\u{2026}", "ü".repeat(QUOTE_MAX))), "{text}");
        assert!(text.contains("A creator wrote to you"), "{text}");
        assert_eq!(shortened("Short."), "Short.");
    }
}
