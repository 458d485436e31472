//! `/dashboard/review`: flagged conversions and sudden growth of paid clicks, for people to decide about.

pub mod clicks_store;
pub mod csv;
pub mod many;
pub mod page;
pub mod store;
