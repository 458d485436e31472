//! SQL of what the API lists: links, programs, conversions, commissions.

pub mod store;
