//! `/dashboard/conversions`: what was sold, who is credited with it and why, and what people do about it.

pub mod actions;
pub mod csv;
pub mod detail;
pub mod filters;
pub mod label;
pub mod list;
pub mod store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/conversions";
