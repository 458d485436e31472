//! Coupons: codes that name an affiliate. [`rules::coupon::key`] defines when two codes are the same.

pub mod api;
pub mod change;
pub mod code;
pub mod for_all;
pub mod for_all_api;
pub mod gateway;
pub mod gateway_store;
pub mod own;
pub mod retry;
pub mod sales_store;
pub mod store;
pub mod view;
