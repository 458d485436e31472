//! Outbound webhooks: sends events to the endpoints that subscribe to them.
//!
//! [`mod@outbox::webhook::announce`] writes the messages in the transaction that decides, with a delivery for every
//! endpoint subscribed at that time; [`outbox::webhook::news`] computes which events result from a change of
//! conversions and commissions. A crash between the decision and the sending loses nothing, and a recomputation that
//! changes nothing sends nothing. [`deliver`] sends, following the [`schedule`], until the endpoint accepts the message
//! or five days have passed.

pub mod api;
pub mod attempt;
pub mod change;
pub mod csv;
pub mod customerio;
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
pub mod recipient;
pub mod schedule;
pub mod sign;
pub mod view;
pub mod view_model;
