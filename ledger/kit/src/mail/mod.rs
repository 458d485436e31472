//! Letters to people.
//!
//! A room that decides something posts a [`Letter`] in the deciding transaction ([`queue::post`]): it goes out if, and
//! only if, the decision holds. The job in [`send`] carries the outbox to the SMTP server; in development without one it
//! lands in the mailbox that [`mailbox`] shows. What a letter says stands in the templates of the room that posts it,
//! `templates/mail/<kind>.txt` and `.html`.

pub mod kind;
pub mod letter;
pub mod queue;
pub mod sealing;
pub mod send;
pub mod settings;
mod smtp;
pub mod store;
pub mod told;

pub use kind::LetterKind;
pub use letter::{Letter, Words};
pub use queue::{post, post_first, post_to};
pub use told::{Look, Told};

const ADDRESS_MAX: usize = 254;

/// An address as it is kept: in lower case, and such that a server could take mail for it. Whether mail arrives there, only
/// mail can tell.
pub fn address(text: &str) -> Option<String> {
    let address = text.trim().to_lowercase();
    let (_, domain) = address.rsplit_once('@')?;
    let fits = address.len() <= ADDRESS_MAX && domain.contains('.') && smtp::recipient(&address).is_ok();
    fits.then_some(address)
}
