//! SQL of the API's lists: links, programs, conversions, commissions.

pub mod store;
