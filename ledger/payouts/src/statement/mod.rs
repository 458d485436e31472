//! What affiliates are owed: balances now, and statements of how they came about. Both are read from the book alone.

pub mod balances;
pub mod lines;
pub mod money;
pub mod store;
