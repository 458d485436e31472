//! How coupon codes are compared.

pub mod key;
