//! Intake: the edge's batches come in here, and every event leaves with a verdict.
//!
//! [`api`] checks the signature; [`item`] reads each event on its own; [`receive`] runs a batch in one transaction
//! and isolates an item that the database refuses; [`clicks`] and [`booking`] do the two kinds of work as sets.

pub mod api;
pub mod booking;
pub mod clicks;
pub mod days_store;
pub mod digest;
mod doubles;
pub mod ingest;
pub mod item;
mod judge;
mod merge_events;
pub mod reading;
pub mod receive;
pub mod store;
