//! Links: what affiliates share.

pub mod change;
pub mod create;
pub mod link_store;
pub mod read;
