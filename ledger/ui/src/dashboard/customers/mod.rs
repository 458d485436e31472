//! `/dashboard/customers`: customers, the affiliates who referred them, and what led to each conversion.

pub mod csv;
pub mod detail;
pub mod filters;
pub mod list;
pub mod split;
pub mod store;

/// Path of the list.
pub const PLACE: &str = "/dashboard/customers";
