//! Links that affiliates share.

pub mod change;
pub mod create;
pub mod read;
pub mod share;
pub mod store;
