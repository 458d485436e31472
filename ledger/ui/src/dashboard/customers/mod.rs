//! `/dashboard/customers`: who bought, whose they are since when, and what led them there.

pub mod csv;
pub mod detail;
pub mod list;
pub mod split;
pub mod store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/customers";
