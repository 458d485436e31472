//! Comparison of coupon codes.

pub mod key;
