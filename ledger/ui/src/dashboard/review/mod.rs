//! `/dashboard/review`: flagged conversions, customers that may be the same person, and sudden growth of paid clicks,
//! with their decisions.

pub mod bulk_actions;
pub mod clicks_store;
pub mod csv;
pub mod joins;
pub mod list;
pub mod one;
pub mod store;
