//! The lists that pages offer to choose from.

pub mod pick_store;
