//! Coupons: codes that name an affiliate. [`key`] says when two are the same.

pub mod change;
pub mod code;
pub mod coupon_store;
pub mod handler;
pub mod view;
