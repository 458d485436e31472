//! The status page and its checks.

pub mod api;
pub mod check;
pub mod job;
pub mod store;
pub mod view;
