//! Builds the message for the SMTP server, and sends it. The Message-ID is derived from the row's id: a second attempt
//! sends the same message.

use std::{error::Error as _, time::Duration};

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
/// Codes with which a server permanently rejects this email, if it gives no enhanced status: there is no such recipient, they
/// have moved, it is too large, or their domain takes no email (RFC 7504). The others (553 and 554, at any stage even before
/// the first command) also reject us.
const FOR_GOOD: [u16; 4] = [550, 551, 552, 556];
/// Words of a server that rejects us with one of these codes: no relay, no such sender, a network that it blocks.
const OURS: [&str; 9] =
    ["relay", "sender", "authenti", "blocked", "blacklist", "blocklist", "policy", "spf", "not permitted"];

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
            let words = error.source().map(|source| source.to_string()).unwrap_or_default();
            let reason: String = error.to_string().chars().filter(|c| !c.is_control()).take(REASON_MAX).collect();
            Err(Refusal { for_good: code.is_some_and(|code| is_for_good(code, &words)), code, reason })
        }
        Err(_) => Err(Refusal { for_good: false, code: None, reason: "the server did not finish in time".to_owned() }),
    }
}

/// Whether a server's answer rejects this email for good: its recipient, or its size. Other rejections (of our password, our
/// address, our network, our permission to send) are for the operator to fix, so the email waits.
fn is_for_good(code: u16, words: &str) -> bool {
    if !(500..600).contains(&code) {
        return false;
    }
    match enhanced_status(words) {
        // 5.1.7 and 5.1.8 are about the sender (RFC 3463), and 5.1.0 is about either.
        Some((5, 1, detail)) if detail != 0 => !matches!(detail, 7 | 8),
        Some((5, 2, _) | (5, 3, 4)) => true,
        None | Some((5, 1, 0)) => {
            let words = words.to_lowercase();
            FOR_GOOD.contains(&code) && !OURS.iter().any(|ours| words.contains(ours))
        }
        Some(_) => false,
    }
}

/// The status that begins an answer's text, as in `5.1.1 No such user` (RFC 2034).
fn enhanced_status(words: &str) -> Option<(u16, u16, u16)> {
    let first = words.split_whitespace().next()?;
    let mut parts = first.trim_matches(|sign: char| !sign.is_ascii_digit()).splitn(3, '.');
    let mut part = || parts.next()?.parse::<u16>().ok();
    Some((part()?, part()?, part()?))
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
    fn a_wrong_recipient_or_size_is_final() {
        for (code, words) in [
            (550, "5.1.1 <a@b.test>: Recipient address rejected: User unknown; check the sender's spelling"),
            (554, "5.1.1 no such user"),
            (553, "5.1.3 bad address syntax"),
            (501, "5.1.3 Bad recipient address syntax"),
            (550, "#5.1.0 Address rejected."),
            (556, "5.1.10 the domain takes no email"),
            (552, "5.2.2 mailbox full"),
            (550, "5.2.1 mailbox disabled"),
            (552, "5.3.4 message too big"),
            (550, "no such person"),
            (551, "User not local"),
            (552, "too large"),
            (556, "Domain does not accept mail"),
            (550, ""),
        ] {
            assert!(is_for_good(code, words), "{code} {words}");
        }
    }

    #[test]
    fn what_the_operator_can_fix_is_tried_again() {
        for (code, words) in [
            (550, "5.7.1 Unable to relay"),
            (550, "5.7.26 This mail is unauthenticated"),
            (554, "5.7.1 Service unavailable; Client host [192.0.2.1] blocked"),
            (554, "5.4.14 Hop count exceeded"),
            (553, "5.1.8 Sender address rejected: Domain not found"),
            (501, "5.1.7 Bad sender address syntax"),
            (550, "5.1.0 <noreply@brand.test>: Sender address rejected"),
            (553, "sorry, that domain isn't in my list of allowed rcpthosts"),
            (554, "mail.test: no SMTP service here"),
            (554, "Transaction failed"),
            (550, "relay not permitted"),
            (550, "Blocked by our POLICY"),
            (501, "Syntactically invalid HELO argument(s)"),
            (530, "5.7.0 Authentication required"),
            (535, "5.7.8 Bad credentials"),
            (451, "5.1.1 greylisted"),
            (452, "4.2.2 over quota"),
        ] {
            assert!(!is_for_good(code, words), "{code} {words}");
        }
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
