//! Outbound webhooks: what happens is told to whoever listens.
//!
//! [`announce()`] writes messages in the transaction that decides, and with each message a delivery for every endpoint that
//! listens by then; [`news`] works out what a change of conversions and commissions is to the outside. A crash between the
//! decision and the sending loses nothing, and a recomputation that changes nothing tells nothing. [`deliver`] sends, by
//! the [`schedule`], until an endpoint took it or five days are over.

pub mod announce;
pub mod event;
pub mod message;
pub mod news;
pub mod store;

pub use announce::announce;
pub use event::{Event, EventKind};
