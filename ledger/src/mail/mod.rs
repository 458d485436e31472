//! Emails to people.
//!
//! A module that makes a decision posts an [`Email`] in the same transaction ([`outbox::post`]), so it is sent if, and
//! only if, the transaction commits. The job in [`send`] delivers the outbox to the SMTP server; in development without
//! one, emails end up in the mailbox that [`mailbox`] shows. The texts of emails are in the catalogue,
//! `locales/<language>/email.ftl`.

pub mod mailbox;
