//! From a reported event to the book.
//!
//! Events come in ([`intake`]) and are kept for ever; the whole history of the buyers they name is loaded and computed anew
//! ([`history`]); the difference to what was booked is posted ([`book`]). What people decide goes the same way
//! ([`decision`]), and every result can be explained ([`explain`]). It owns events, customers, conversions, commissions and
//! transfers. It may use `identity` and what lies below.
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
pub mod explain;
pub mod fx_rates;
pub mod gateway_connection;
pub mod history;
pub mod intake;
pub mod lead;
pub mod lookup_store;
pub mod privacy;
pub mod quarantine;
pub mod router;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
