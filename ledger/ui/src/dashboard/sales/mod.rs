//! `/dashboard/conversions`: what was sold, who is credited with it and why, and what people do about it.

pub mod act;
pub mod asked;
pub mod csv;
pub mod label;
pub mod one;
pub mod page;
pub mod store;

/// Where the list is.
pub const PLACE: &str = "/dashboard/conversions";
