//! Affiliates on their way into CRMs.
//!
//! What sets a sync off writes a row in its own transaction ([`trigger`]). The job ([`job`]) takes a connection for itself,
//! works its syncs off ([`run`]) step by step ([`step`]), and writes each attempt down before it is made ([`queue_store`]);
//! [`person`] is what the CRM is to know of an affiliate at that moment, [`outcome`] what a failure leads to, [`pace`] how
//! fast it may go. What is sent, and what an answer means, only the crate [`connector`] knows.
//!
//! People read what was sent and what came of it, and ask for it again ([`ask`]), by API ([`handler`], [`resync`]) and on pages
//! ([`page`], [`page_one`]), or take the log along as a file ([`mod@csv`]).

pub mod event;
mod reason;
pub mod trigger;
mod trigger_store;

pub use event::OutgoingEvent;
pub use reason::Reason;
