//! Outbound webhooks: reports events to subscribed endpoints.
//!
//! [`announce()`] writes messages in the deciding transaction, and with each message a delivery for every endpoint
//! subscribed at that time; [`news`] derives the events from a change of conversions and commissions. A crash between
//! decision and sending loses nothing, and a recomputation that changes nothing sends nothing. [`milestone`] raises an
//! affiliate's first click and first sale once. [`deliver`] sends,
//! following the [`schedule`], until an endpoint accepted the message or five days have passed.

pub mod announce;
pub mod event;
pub mod message;
pub mod milestone;
mod milestone_store;
pub mod news;
pub mod store;

pub use announce::announce;
pub use event::{Event, EventKind};
