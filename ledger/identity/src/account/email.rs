//! The emails to people about their accounts, in English, and the sign-in link of affiliates.

use super::token::Purpose;
use kit::{
    error::Result,
    mail::{Branding, Email, EmailContent, EmailKind},
    state::AppState,
    text::{Text, Texts},
};

fn content(t: Texts, subject: Text) -> EmailContent {
    EmailContent::new(Branding::rekomi(), subject, t.say("email-why-account"))
}

/// To a person who signed up.
pub fn verify_email(to: &str, name: &str, link: String) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-verify-subject"))
        .greeting(name)
        .paragraph(t.say("email-verify-welcome"))
        .sign_in(t.say("email-confirm-button"), link)
        .paragraph(t.say("email-verify-ignore"))
        .to(to, EmailKind::VerifyEmail)
}

/// To the owner of an account whose email someone tried to sign up with.
pub fn account_exists(to: &str, login: String, forgot: String) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-account-exists-subject"))
        .greeting("")
        .paragraph(t.say("email-account-exists-message"))
        .button(t.say("email-sign-in"), login)
        .link(t.say("email-account-exists-forgot"), forgot)
        .paragraph(t.say("email-account-exists-ignore"))
        .to(to, EmailKind::AccountExists)
}

/// To a person who forgot their password.
pub fn password_reset(to: &str, link: String) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-password-reset-subject"))
        .greeting("")
        .paragraph(t.say("email-password-reset-message"))
        .sign_in(t.say("email-password-reset-button"), link)
        .paragraph(t.say("email-password-reset-ignore"))
        .to(to, EmailKind::PasswordReset)
}

/// Sent after the change.
pub fn password_changed(to: &str, browser: &str, forgot: String) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-password-changed-subject"))
        .greeting("")
        .paragraph(t.say("email-password-changed-message").with("browser", browser))
        .link(t.say("email-set-password"), forgot)
        .to(to, EmailKind::PasswordChanged)
}

/// To the new email.
pub fn email_change(to: &str, link: String) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-address-change-subject"))
        .greeting("")
        .paragraph(t.say("email-address-change-message"))
        .sign_in(t.say("email-confirm-button"), link)
        .paragraph(t.say("email-ignore"))
        .to(to, EmailKind::EmailChange)
}

/// To the old email; `new` is the new one.
pub fn email_changed(to: &str, new: &str, browser: &str) -> Result<Email> {
    let t = Texts::default();
    content(t, t.say("email-address-changed-subject"))
        .greeting("")
        .paragraph(t.say("email-address-changed-message").with("email", new).with("browser", browser))
        .paragraph(t.say("email-address-changed-warning"))
        .to(to, EmailKind::EmailChanged)
}

/// Sent after the second factor was turned on or off.
pub fn second_factor(to: &str, is_on: bool, browser: &str, forgot: String) -> Result<Email> {
    let t = Texts::default();
    let change = if is_on { t.say("email-second-factor-on") } else { t.say("email-second-factor-off") };
    content(t, t.say("email-second-factor-subject"))
        .greeting("")
        .paragraph(change.with("browser", browser))
        .link(t.say("email-set-password"), forgot)
        .to(to, EmailKind::SecondFactor)
}

/// To an affiliate who requested a sign-in link.
pub fn affiliate_link(look: Branding, name: &str, link: String) -> EmailContent {
    let (t, brand) = (look.t, look.brand.clone());
    EmailContent::new(look, t.say("email-sign-in-subject"), t.say("email-sign-in-why").with("brand", &brand))
        .greeting(name)
        .paragraph(t.say("email-sign-in-message").with("brand", &brand))
        .paragraph(t.say("email-ignore"))
        .sign_in(t.say("email-sign-in"), link)
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
        let email = verify_email("ann@x.test", "<Ann>", "https://x.test/verify?token=a_b-c".to_owned()).unwrap();
        assert!(email.text.contains("https://x.test/verify?token=a_b-c\n"), "{}", email.text);
        assert!(email.text.contains("<Ann>"));
        assert!(email.html.contains("href=\"https://x.test/verify?token=a_b-c\""), "{}", email.html);
        assert!(!email.html.contains("<Ann>"));
        assert_eq!((email.kind, email.to.as_str()), (EmailKind::VerifyEmail, "ann@x.test"));
    }
}
