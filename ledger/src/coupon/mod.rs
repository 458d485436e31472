//! Coupons: codes that name an affiliate.

pub mod change;
pub mod coupon_store;
pub mod handler;
pub mod view;
