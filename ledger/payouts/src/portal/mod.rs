//! The affiliate portal's pages about money: payouts, their receipts, and statements of a year.

pub mod payouts;
pub mod payouts_csv;
pub mod yearly;
