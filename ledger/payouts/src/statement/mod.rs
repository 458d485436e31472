//! What affiliates are owed: current balances, and statements of how they came about. Both are computed from the book
//! alone.

pub mod balances;
pub mod lines;
pub mod money;
pub mod store;
