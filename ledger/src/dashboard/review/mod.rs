//! `/dashboard/review`: flagged conversions, for people to decide about.

pub mod csv;
pub mod many;
pub mod page;
pub mod store;
