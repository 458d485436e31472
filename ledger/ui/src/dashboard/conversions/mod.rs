//! `/dashboard/conversions`: sales and leads, who is credited and why, and actions on them.

pub mod actions;
pub mod csv;
pub mod detail;
pub mod filters;
pub mod label;
pub mod list;
pub mod store;

/// Path of the list.
pub const PLACE: &str = "/dashboard/conversions";
