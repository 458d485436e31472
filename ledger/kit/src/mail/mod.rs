//! Emails to people.
//!
//! Code that makes a decision posts an [`Email`] in the deciding transaction ([`queue::post`]): it is sent if, and only
//! if, that transaction commits. The job in [`send`] delivers the outbox to the SMTP server; in development without
//! one, the emails appear in [`mailbox`]. What an email says is put together in the folder that posts it
//! ([`EmailContent`]), from the messages of the catalogue: `locales/<language>/email.ftl`.

pub mod content;
pub mod email;
pub mod encryption;
pub mod kind;
pub mod probe;
pub mod queue;
pub mod send;
mod smtp;
pub mod store;
pub mod wording;

pub use content::{Branding, EmailContent, Sample};
pub use email::{Email, Sender};
pub use kind::EmailKind;
pub use queue::{post, post_first, post_to};
pub use wording::Wording;

/// The content security policy of an email as a page: it has someone else's text with its own styles and a logo, may display
/// those, and do nothing else.
pub const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; img-src https:; base-uri 'none'; \
                          form-action 'none'; frame-ancestors 'none'; sandbox allow-popups";
