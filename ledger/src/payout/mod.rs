//! Payouts: what affiliates are paid. So far one rail: paid outside, and written down here.

pub mod record;
pub mod store;
