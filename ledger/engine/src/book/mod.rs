//! The double-entry book: what is owed to whom, as transfers that are never changed.

pub mod store;
