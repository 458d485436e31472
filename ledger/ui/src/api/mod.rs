//! Lists and figures of the API that join nouns.

pub mod clicks;
pub mod commissions;
pub mod conversions;
pub mod summary_store;
