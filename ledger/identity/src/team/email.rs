//! The emails about a team, in English.

use kit::{
    access::role::Role,
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
};

/// To an invited person, whose invitation expires in `days` days.
pub fn invitation(to: &str, organization: &str, role: Role, (link, days): (String, i64)) -> Result<Email> {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-team-invitation-subject").with("organization", organization);
    let message = t.say("email-team-invitation-message").with("organization", organization);
    EmailContent::new(look, subject, t.say("email-team-invitation-why").with("organization", organization))
        .paragraph(message.with("role", role.as_str()))
        .sign_in(t.say("email-team-invitation-button"), link)
        .paragraph(t.say("email-team-invitation-expiry").with("days", days))
        .to(to, EmailKind::TeamInvitation)
}

/// To owners and admins when someone joins; `email` is the new member's.
pub fn joined(to: &str, organization: &str, (email, role): (&str, Role), team: String) -> Result<Email> {
    let look = Branding::rekomi();
    let t = look.t;
    let subject = t.say("email-team-joined-subject").with("email", email).with("organization", organization);
    let message = t.say("email-team-joined-message").with("email", email).with("organization", organization);
    EmailContent::new(look, subject, t.say("email-why-admin").with("brand", organization))
        .paragraph(message.with("role", role.as_str()))
        .button(t.say("email-team-joined-button"), team)
        .to(to, EmailKind::TeamJoined)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_write_nothing_into_an_email() {
        let link = "https://rekomi.test/invites/abc";
        let organization = "<script>alert(1)</script>";
        let email = invitation("ann@x.test", organization, Role::Admin, (link.to_owned(), 7)).unwrap();
        assert!(!email.html.contains("<script>") && email.html.contains(link), "{}", email.html);
        assert!(email.text.contains(link));
    }
}
