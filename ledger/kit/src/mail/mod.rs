//! Emails to people.
//!
//! A room that decides something posts a [`Email`] in the deciding transaction ([`queue::post`]): it goes out if, and
//! only if, the decision holds. The job in [`send`] carries the outbox to the SMTP server; in development without one it
//! lands in the mailbox that [`mailbox`] shows. What an email says stands in the templates of the room that posts it,
//! `templates/mail/<kind>.txt` and `.html`.

pub mod content;
pub mod email;
pub mod encryption;
pub mod kind;
pub mod queue;
pub mod send;
pub mod settings;
mod smtp;
pub mod store;

pub use content::{Branding, EmailContent};
pub use email::{Email, Words};
pub use kind::EmailKind;
pub use queue::{post, post_first, post_to};

const ADDRESS_MAX: usize = 254;

/// An address as it is kept: in lower case, and such that a server could take mail for it. Whether mail arrives there, only
/// mail can tell.
pub fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (_, domain) = address.rsplit_once('@')?;
    let fits = address.len() <= ADDRESS_MAX && domain.contains('.') && smtp::recipient(&address).is_ok();
    fits.then_some(address)
}
