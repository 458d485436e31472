//! Intake: receives the edge's batches and returns a verdict for every event.
//!
//! [`api`] checks the signature; [`item`] reads each event on its own; [`receive`] applies a batch in one transaction
//! and isolates an item that the database refuses; [`clicks`] and [`booking`] process the two kinds of events as sets.
//! [`spans`] records both for traces, and [`probe`] answers what is no event.
//! [`report_conversion`] is `POST /api/v1/conversions`, whose reports take the same way ([`ingest`]).

pub mod api;
mod archived_store;
pub mod booking;
pub mod clicks;
mod clicks_store;
pub mod days_store;
mod doubles;
pub mod facets_job;
pub mod facets_store;
pub mod ingest;
pub mod item;
mod judge;
mod merge_events;
mod probe;
pub mod receive;
pub mod report_conversion;
mod spans;
pub mod store;
