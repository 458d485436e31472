//! The double-entry book: what is owed to whom, as transfers that never change.

pub mod store;
