//! The engine: turns reported events into bookings.
//!
//! Events arrive ([`intake`]) and are kept forever; the complete history of the buyers they name is loaded and
//! recomputed ([`history`]); the difference to what was booked is posted ([`book`]). People's decisions are processed
//! the same way ([`decision`]), and every result can be explained ([`explain`]). This crate owns events, customers,
//! conversions, commissions and transfers. It may depend on `identity` and the layers below it.
#![forbid(unsafe_code)]

pub mod accrual;
pub mod api;
pub mod attribution;
pub mod book;
pub mod commission;
pub mod consent;
pub mod conversion;
pub mod customer;
pub mod customer_join;
pub mod decision;
pub mod event;
pub mod explain;
pub mod figures;
pub mod fx_rates;
pub mod gateway_connection;
pub mod history;
pub mod intake;
pub mod lead;
pub mod lookup_store;
pub mod privacy;
pub mod quarantine;
pub mod router;

/// The column types. This line only makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
