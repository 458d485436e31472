//! The emails about a team.

use askama::Template;

use kit::mail::Words;

/// Sent to an invited person.
#[derive(Debug)]
pub struct Invitation {
    pub organization: String,
    pub role: &'static str,
    pub link: String,
    pub days: i64,
}

/// Sent to owners and admins when someone joins.
#[derive(Debug)]
pub struct Joined {
    pub organization: String,
    pub email: String,
    pub role: &'static str,
    pub team: String,
}

#[derive(Template)]
#[template(path = "mail/team_invitation.txt")]
struct InvitationText<'a> {
    words: &'a Invitation,
}

#[derive(Template)]
#[template(path = "mail/team_invitation.html")]
struct InvitationHtml<'a> {
    words: &'a Invitation,
}

#[derive(Template)]
#[template(path = "mail/team_joined.txt")]
struct JoinedText<'a> {
    words: &'a Joined,
}

#[derive(Template)]
#[template(path = "mail/team_joined.html")]
struct JoinedHtml<'a> {
    words: &'a Joined,
}

impl Words for Invitation {
    fn subject(&self) -> String {
        format!("Join {} on Rekomi", self.organization)
    }

    fn text(&self) -> Result<String, askama::Error> {
        InvitationText { words: self }.render()
    }

    fn html(&self) -> Result<String, askama::Error> {
        InvitationHtml { words: self }.render()
    }
}

impl Words for Joined {
    fn subject(&self) -> String {
        format!("{} joined {}", self.email, self.organization)
    }

    fn text(&self) -> Result<String, askama::Error> {
        JoinedText { words: self }.render()
    }

    fn html(&self) -> Result<String, askama::Error> {
        JoinedHtml { words: self }.render()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_can_write_nothing_into_an_email() {
        let words = Invitation {
            organization: "<script>alert(1)</script>".to_owned(),
            role: "admin",
            link: "https://rekomi.test/invites/abc".to_owned(),
            days: 7,
        };
        let html = words.html().unwrap();
        assert!(!html.contains("<script>") && html.contains("https://rekomi.test/invites/abc"), "{html}");
        assert!(words.text().unwrap().contains("https://rekomi.test/invites/abc"));
    }
}
