//! Coupons: how codes are compared, which codes affiliates may choose, and the terms of a discount.

pub mod choice;
pub mod discount;
pub mod key;
