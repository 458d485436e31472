//! `/dashboard/commissions`: commissions by status, and decisions about one or many of them.

pub mod actions;
pub mod all_actions;
pub mod csv;
pub mod filters;
pub mod list;
pub mod store;

/// Path of the list.
pub const PLACE: &str = "/dashboard/commissions";
