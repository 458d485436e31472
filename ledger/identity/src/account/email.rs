//! The emails to people about their accounts.

use askama::Template;

use super::token::Purpose;
use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind, Words},
    state::AppState,
};

/// Defines kinds of email, each with a name, a subject, and a text and an HTML template that show the same fields.
macro_rules! emails {
    ($($(#[$doc:meta])* $name:ident { $($field:ident),* } $kind:ident, $subject:literal, $text:literal, $html:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name {
            $(pub $field: String,)*
        }

        const _: () = {
            #[derive(Template)]
            #[template(path = $text)]
            struct Text<'a> {
                words: &'a $name,
            }

            #[derive(Template)]
            #[template(path = $html)]
            struct Html<'a> {
                words: &'a $name,
            }

            impl Words for $name {
                fn subject(&self) -> String {
                    $subject.to_owned()
                }

                fn text(&self) -> std::result::Result<String, askama::Error> {
                    Text { words: self }.render()
                }

                fn html(&self) -> std::result::Result<String, askama::Error> {
                    Html { words: self }.render()
                }
            }
        };

        impl $name {
            pub fn to(&self, address: &str) -> Result<Email> {
                Email::new(address, EmailKind::$kind, self)
            }
        }
    )*};
}

emails! {
    /// To a person who signed up.
    VerifyEmail { name, link } VerifyEmail, "Confirm your email address",
        "mail/verify_email.txt", "mail/verify_email.html";
    /// To the owner of an account whose email someone tried to sign up with.
    AccountExists { login, forgot } AccountExists, "You already have an account",
        "mail/account_exists.txt", "mail/account_exists.html";
    /// To a person who forgot their password.
    PasswordReset { link } PasswordReset, "Reset your password", "mail/password_reset.txt", "mail/password_reset.html";
    /// Sent after the change.
    PasswordChanged { browser, forgot } PasswordChanged, "Your password was changed",
        "mail/password_changed.txt", "mail/password_changed.html";
    /// To the new email.
    EmailChange { link } EmailChange, "Confirm your new email address",
        "mail/email_change.txt", "mail/email_change.html";
    /// To the old email.
    EmailChanged { email, browser } EmailChanged, "Your email address was changed",
        "mail/email_changed.txt", "mail/email_changed.html";
    /// Sent after the second factor was turned on or off.
    SecondFactor { state, browser, forgot } SecondFactor, "Two-step sign-in was changed",
        "mail/second_factor.txt", "mail/second_factor.html";
}

/// To an affiliate who requested a sign-in link.
pub fn affiliate_link(look: Branding, name: &str, link: String) -> EmailContent {
    EmailContent {
        name: name.to_owned(),
        subject: "Your sign-in link".to_owned(),
        paragraphs: vec![
            format!("Here’s your link to the {} affiliate portal. It works once, within 24 hours.", look.brand),
            "Didn’t ask for it? You can ignore this email.".to_owned(),
        ],
        rows: Vec::new(),
        button: Some(("Sign in", link)),
        why: format!("You’re receiving this because someone asked to sign in as an affiliate of {}.", look.brand),
        choice: None,
        look,
    }
}

/// Returns the URL of a link with that purpose.
pub fn link(state: &AppState, purpose: Purpose, token: &str) -> String {
    let path = match purpose {
        Purpose::VerifyEmail => "/verify",
        Purpose::ResetPassword => "/reset",
        Purpose::ChangeEmail => "/account/email/confirm",
    };
    format!("{}{path}?token={token}", state.config.public_url)
}

/// Returns the URL of one of our pages.
pub fn page(state: &AppState, path: &str) -> String {
    format!("{}{path}", state.config.public_url)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn emails_carry_their_link_in_both_forms() {
        let words = VerifyEmail { name: "<Ann>".to_owned(), link: "https://x.test/verify?token=a_b-c".to_owned() };
        let email = words.to("ann@x.test").unwrap();
        assert!(email.text.contains("https://x.test/verify?token=a_b-c\n"), "{}", email.text);
        assert!(email.text.contains("<Ann>"));
        assert!(email.html.contains("href=\"https://x.test/verify?token=a_b-c\""), "{}", email.html);
        assert!(!email.html.contains("<Ann>"));
        assert_eq!((email.kind, email.to.as_str()), (EmailKind::VerifyEmail, "ann@x.test"));
    }
}
