//! `/dashboard/commissions`: what affiliates earn, by where it stands, and decisions about one or many of them.

pub mod actions;
pub mod csv;
pub mod filters;
pub mod list;
pub mod store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/commissions";
