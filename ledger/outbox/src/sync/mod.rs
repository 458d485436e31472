//! Syncs of affiliates into CRMs: the part that queues them.
//!
//! A change that requires a sync writes a row in its own transaction ([`trigger`]). The job ([`job`]) leases a
//! connection, works through its syncs ([`run`]) step by step ([`step`]), and records each attempt before making it
//! ([`queue_store`]); [`person`] is the data about an affiliate that the CRM should have, [`outcome`] decides what a
//! failure leads to, [`pace`] limits the speed. Only the crate [`connector`] knows what is sent, and what a response
//! means.
//!
//! People can see what was sent and what came of it, and request a new sync ([`ask`]), through the API ([`handler`],
//! [`resync`]) and on pages ([`page`], [`page_one`]), or export the log as a file ([`mod@csv`]).

pub mod event;
mod reason;
pub mod trigger;
mod trigger_store;

pub use event::OutgoingEvent;
pub use reason::Reason;
