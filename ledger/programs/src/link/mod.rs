//! Links that affiliates share.

pub mod change;
pub mod create;
mod free_slug;
pub mod read;
pub mod share;
pub mod store;
