//! Builds the message for the SMTP server, and sends it. The Message-ID is derived from the row's id: a second attempt
//! sends the same message.

use std::time::Duration;

use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{
        Mailbox, MultiPart,
        header::{HeaderName, HeaderValue},
    },
    transport::smtp::extension::ClientId,
};
use shared::id::EmailId;

use super::encryption::Body;
use crate::{
    config::mail::{MailSettings, Server},
    email_address::recipient,
};

/// Timeout for each reply of the server.
const PATIENCE: Duration = Duration::from_secs(15);
/// Timeout for one whole email.
const WHOLE_PATIENCE: Duration = Duration::from_secs(60);
const REASON_MAX: usize = 500;
/// Codes with which a server permanently rejects this email: its recipient, its size, its content. Other rejections (of
/// our password, of our permission to send) are for the operator to fix, so the email waits.
const FOR_GOOD: [u16; 7] = [501, 550, 551, 552, 553, 554, 556];

pub(super) type Transport = AsyncSmtpTransport<Tokio1Executor>;

/// Why an email wasn't accepted, in the server's words if it sent any.
#[derive(Debug)]
pub(super) struct Refusal {
    pub for_good: bool,
    pub code: Option<u16>,
    pub reason: String,
}

/// # Errors
/// If the URL or TLS can't be set up.
pub(super) fn transport(server: &Server) -> Result<Transport, lettre::transport::smtp::Error> {
    let builder = Transport::from_url(server.url.expose())?;
    Ok(builder.hello_name(ClientId::Domain(server.name.clone())).timeout(Some(PATIENCE)).build())
}

/// What stands on an email, besides what is ours.
#[derive(Debug, Clone, Copy)]
pub(super) struct Outgoing<'a> {
    pub to: &'a str,
    pub subject: &'a str,
    /// The name of the brand that it is from, and where replies to it go.
    pub sender_name: Option<&'a str>,
    pub reply_to: Option<&'a str>,
}

/// # Errors
/// If an address or header can't be written.
pub(super) fn message(
    settings: &MailSettings,
    id: EmailId,
    outgoing: Outgoing<'_>,
    body: Body,
) -> Result<Message, Refusal> {
    let unsendable = |reason: String| Refusal { for_good: true, code: None, reason };
    let to = recipient(outgoing.to).map_err(|()| unsendable("not a valid email address".to_owned()))?;
    let mut builder = Message::builder()
        .message_id(Some(format!("<{id}@{}>", settings.from.email.domain())))
        .from(settings.sender(outgoing.sender_name))
        .to(Mailbox::new(None, to))
        .subject(outgoing.subject)
        // Suppresses automatic replies such as out-of-office messages (RFC 3834).
        .raw_header(header("Auto-Submitted", "auto-generated".to_owned()));
    if let Some(address) = body.unsubscribe {
        builder = builder.raw_header(header("List-Unsubscribe", format!("<{address}>")));
        builder = builder.raw_header(header("List-Unsubscribe-Post", "List-Unsubscribe=One-Click".to_owned()));
    }
    // An address that was stored and isn't one is no reason to keep the email.
    let brands = outgoing.reply_to.and_then(|address| recipient(address).ok());
    if let Some(reply_to) = brands.map(|address| Mailbox::new(None, address)).or_else(|| settings.reply_to.clone()) {
        builder = builder.reply_to(reply_to);
    }
    builder
        .multipart(MultiPart::alternative_plain_html(body.text, body.html))
        .map_err(|error| unsendable(error.to_string()))
}

fn header(name: &'static str, value: String) -> HeaderValue {
    HeaderValue::new(HeaderName::new_from_ascii_str(name), value)
}

/// # Errors
/// If the server did not confirm that it has the email. It may have it nevertheless.
pub(super) async fn send(transport: &Transport, message: Message) -> Result<(), Refusal> {
    match tokio::time::timeout(WHOLE_PATIENCE, transport.send(message)).await {
        Ok(Ok(_)) => Ok(()),
        Ok(Err(error)) => {
            let code = error.status().map(u16::from);
            let reason: String = error.to_string().chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
            Err(Refusal { for_good: code.is_some_and(|code| FOR_GOOD.contains(&code)), code, reason })
        }
        Err(_) => Err(Refusal { for_good: false, code: None, reason: "the server did not finish in time".to_owned() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(to: &str, subject: &str) -> String {
        of_brand(Outgoing { to, subject, sender_name: None, reply_to: None })
    }

    fn of_brand(outgoing: Outgoing<'_>) -> String {
        let unsubscribe = Some("https://rekomi.test/unsubscribe/x".to_owned());
        let body = Body { text: "Hello".to_owned(), html: "<p>Hello</p>".to_owned(), unsubscribe };
        let message = message(&MailSettings::for_tests(), EmailId::v7(1, &[7; 10]), outgoing, body).unwrap();
        String::from_utf8(message.formatted()).unwrap()
    }

    #[test]
    fn a_second_try_is_the_same_message() {
        let id = |text: &str| text.lines().find(|line| line.starts_with("Message-ID: ")).unwrap().to_owned();
        let (first, second) = (written("a@b.test", "x"), written("a@b.test", "x"));
        assert_eq!(id(&first), id(&second));
        assert_eq!(id(&first), format!("Message-ID: <{}@localhost>", EmailId::v7(1, &[7; 10])));
        assert!(first.contains("multipart/alternative") && first.contains("Auto-Submitted: auto-generated"), "{first}");
    }

    #[test]
    fn one_click_ends_emails_that_are_not_needed() {
        let text = written("a@b.test", "x");
        assert!(text.contains("List-Unsubscribe: <https://rekomi.test/unsubscribe/x>\r\n"), "{text}");
        assert!(text.contains("List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n"), "{text}");
    }

    #[test]
    fn a_subject_adds_no_header() {
        let text = written("a@b.test", "Hello\r\nBcc: everybody@evil.test");
        let (head, _) = text.split_once("\r\n\r\n").unwrap();
        assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
    }

    #[test]
    fn an_email_is_from_a_brand_by_our_address() {
        let (to, subject) = ("a@b.test", "x");
        let sent = |name, reply_to| of_brand(Outgoing { to, subject, sender_name: Some(name), reply_to });
        let text = sent("Lumen Yoga", Some("hello@lumen.test"));
        assert!(text.contains("From: \"Lumen Yoga via Rekomi\" <noreply@localhost>\r\n"), "{text}");
        assert!(text.contains("Reply-To: hello@lumen.test\r\n"), "{text}");
        assert!(!sent("Lumen Yoga", None).contains("Reply-To"), "no one is named who didn't say so");
    }

    #[test]
    fn a_sender_adds_no_header() {
        for bad in ["Acme\r\nBcc: everybody@evil.test", "Acme\" <a@evil.test>, \"", "\u{202e}Acme\0"] {
            let outgoing = Outgoing { to: "a@b.test", subject: "x", sender_name: Some(bad), reply_to: Some(bad) };
            let text = of_brand(outgoing);
            let (head, _) = text.split_once("\r\n\r\n").unwrap();
            assert!(!head.lines().any(|line| line.to_ascii_lowercase().starts_with("bcc")), "{head}");
            assert!(!head.contains("Reply-To"), "{head}");
            assert_eq!(head.matches("<noreply@localhost>").count(), 1, "{head}");
        }
    }
}
