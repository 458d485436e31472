//! Settings for sending email: `REKOMI_SMTP_URL`, `REKOMI_MAIL_FROM`, `REKOMI_MAIL_REPLY_TO`.

use anyhow::{Context, bail};
use lettre::message::Mailbox;
use shared::seal::Secret;
use url::{Host, Url};

/// `docs/self-hosting/configuration.md` documents each variable.
#[derive(Debug, Clone)]
pub struct MailSettings {
    /// `None`: in development emails stay in the mailbox, elsewhere they wait.
    pub server: Option<Server>,
    pub from: Mailbox,
    pub reply_to: Option<Mailbox>,
}

/// An SMTP server as lettre parses it; the URL contains the password.
#[derive(Debug, Clone)]
pub struct Server {
    pub url: Secret,
    /// The name that we send as our own (EHLO).
    pub name: String,
}

impl MailSettings {
    /// `development`: whether a server on this machine may go without encryption.
    ///
    /// # Errors
    /// Names the variable with an invalid value.
    pub fn from_env(development: bool, public_url: &str) -> anyhow::Result<Self> {
        Self::read(development, public_url, super::optional)
    }

    fn read(development: bool, public_url: &str, variable: impl Fn(&str) -> Option<String>) -> anyhow::Result<Self> {
        let name = host_name(public_url);
        let mailbox = |variable: &str, text: String| -> anyhow::Result<Mailbox> {
            text.parse().with_context(|| format!("{variable} must be an address such as Rekomi <noreply@brand.com>"))
        };
        let from = variable("REKOMI_MAIL_FROM").unwrap_or_else(|| format!("Rekomi <noreply@{name}>"));
        let reply_to = variable("REKOMI_MAIL_REPLY_TO");
        let server = variable("REKOMI_SMTP_URL").map(|url| smtp_url(development, &url)).transpose()?;
        Ok(Self {
            from: mailbox("REKOMI_MAIL_FROM", from)?,
            reply_to: reply_to.map(|text| mailbox("REKOMI_MAIL_REPLY_TO", text)).transpose()?,
            server: server.map(|url| Server { url, name }),
        })
    }

    pub const fn has_server(&self) -> bool {
        self.server.is_some()
    }
}

/// Returns the host of our public URL; an IP address is no domain for mail.
fn host_name(public_url: &str) -> String {
    let host = Url::parse(public_url).ok().and_then(|url| match url.host() {
        Some(Host::Domain(domain)) => Some(domain.to_owned()),
        _ => None,
    });
    host.unwrap_or_else(|| "localhost".to_owned())
}

/// Requires a secure connection: TLS from the start (`smtps`) or STARTTLS, which must succeed (`smtp`). A development
/// server on this machine may go without.
///
/// # Errors
/// Says what is wrong, without the value.
pub fn smtp_url(development: bool, given: &str) -> anyhow::Result<Secret> {
    const FORM: &str = "REKOMI_SMTP_URL must look like smtp://user:password@host:587 or smtps://user:password@host:465";
    // Neither message repeats the value: it contains a password.
    let Ok(mut url) = Url::parse(given.trim()) else { bail!(FORM) };
    let host = url.host_str().unwrap_or_default().to_owned();
    if !matches!(url.scheme(), "smtp" | "smtps") || host.is_empty() || url.query().is_some() || url.path().len() > 1 {
        bail!(FORM);
    }
    if !url.username().is_empty() && url.password().is_none() {
        bail!("REKOMI_SMTP_URL has a user but no password");
    }
    if url.scheme() == "smtp" {
        let here = matches!(host.as_str(), "127.0.0.1" | "localhost" | "[::1]");
        let lenient = development && here;
        url.set_query(Some(if lenient { "tls=opportunistic" } else { "tls=required" }));
    }
    Ok(Secret::new(url.to_string()))
}

#[cfg(test)]
impl MailSettings {
    /// The settings of a development ledger without any variable.
    pub fn for_tests() -> Self {
        Self::read(true, "http://127.0.0.1:8080", |_| None).unwrap()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(development: bool, pairs: &[(&str, &str)]) -> anyhow::Result<MailSettings> {
        let find = |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        MailSettings::read(development, "https://app.brand.com", find)
    }

    #[test]
    fn without_settings_emails_come_from_the_public_host() {
        let settings = read(false, &[]).unwrap();
        assert_eq!(settings.from.to_string(), "Rekomi <noreply@app.brand.com>");
        assert!(!settings.has_server());
        assert_eq!(MailSettings::for_tests().from.email.to_string(), "noreply@localhost");
    }

    #[test]
    fn a_connection_is_encrypted_but_for_development_on_this_machine() {
        let url = |development, url| {
            let server = read(development, &[("REKOMI_SMTP_URL", url)]).unwrap().server;
            server.unwrap().url.expose().to_owned()
        };
        let (production, dev) = (false, true);
        assert_eq!(url(production, "smtp://u:p@mail.test:587"), "smtp://u:p@mail.test:587?tls=required");
        assert_eq!(url(production, "smtp://127.0.0.1:2525"), "smtp://127.0.0.1:2525?tls=required");
        assert_eq!(url(dev, "smtp://mail.test"), "smtp://mail.test?tls=required");
        assert_eq!(url(dev, "smtp://127.0.0.1:2525"), "smtp://127.0.0.1:2525?tls=opportunistic");
        assert_eq!(url(production, "smtps://u:p%40@mail.test"), "smtps://u:p%40@mail.test");
    }

    #[test]
    fn a_bad_value_is_named_and_no_password_repeated() {
        for (name, value) in [
            ("REKOMI_SMTP_URL", "mail.test:587"),
            ("REKOMI_SMTP_URL", "http://u:canary@mail.test"),
            ("REKOMI_SMTP_URL", "smtp://u:canary@mail.test?tls=none"),
            ("REKOMI_SMTP_URL", "smtp://canary@mail.test"),
            ("REKOMI_MAIL_FROM", "nobody"),
            ("REKOMI_MAIL_REPLY_TO", "a@b.test\r\nBcc: c@d.test"),
        ] {
            let error = format!("{:#}", read(false, &[(name, value)]).unwrap_err());
            assert!(error.contains(name) && !error.contains("canary"), "{error}");
        }
    }
}
