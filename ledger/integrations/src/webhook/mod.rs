//! Outbound webhooks: what happens is told to whoever listens.
//!
//! [`announce()`] writes messages in the transaction that decides, and with each message a delivery for every endpoint that
//! listens by then; [`news`] works out what a change of conversions and commissions is to the outside. A crash between the
//! decision and the sending loses nothing, and a recomputation that changes nothing tells nothing. [`deliver`] sends, by
//! the [`schedule`], until an endpoint took it or five days are over.

pub mod api;
pub mod attempt;
pub mod change;
pub mod csv;
pub mod dashboard;
pub mod deliver;
pub mod delivery;
pub mod detail;
pub mod email;
pub mod endpoint;
pub mod endpoint_secret;
pub mod endpoint_store;
pub mod find;
pub mod listen;
pub mod log;
pub mod log_store;
pub mod messages;
pub mod naming;
pub mod queue_store;
pub mod schedule;
pub mod sign;
pub mod view;
pub mod view_model;
