//! Payouts: what affiliates are paid. So far one rail: paid outside, and written down here.

pub mod handler;
pub mod record;
pub mod store;
pub mod view;
