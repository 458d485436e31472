//! `/dashboard/review`: flagged conversions, customers that may be one, and sudden growth of paid clicks, for people to
//! decide about.

pub mod clicks_store;
pub mod csv;
pub mod joins;
pub mod many;
pub mod page;
pub mod store;
