//! `/dashboard/commissions`: what affiliates earn, by where it stands, and decisions about one or many of them.

pub mod act;
pub mod asked;
pub mod csv;
pub mod page;
pub mod store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/commissions";
