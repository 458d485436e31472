//! API lists and summaries that span several resources.

pub mod clicks;
pub mod commissions;
pub mod conversions;
pub mod summary_store;
