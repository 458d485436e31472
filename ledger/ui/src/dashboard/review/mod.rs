//! `/dashboard/review`: flagged conversions, customers that may be one, and sudden growth of paid clicks, for people to
//! decide about.

pub mod bulk_actions;
pub mod clicks_store;
pub mod csv;
pub mod joins;
pub mod list;
pub mod store;
