//! The status page and its checks.

pub mod check;
pub mod handler;
pub mod job;
pub mod store;
pub mod view;
