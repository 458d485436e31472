//! Emails to people.
//!
//! A room that decides something posts a [`Email`] in the deciding transaction ([`outbox::post`]): it goes out if, and
//! only if, the decision holds. The job in [`send`] carries the outbox to the SMTP server; in development without one it
//! lands in the mailbox that [`mailbox`] shows. What an email says stands in the templates of the room that posts it,
//! `templates/mail/<kind>.txt` and `.html`.

pub mod mailbox;
