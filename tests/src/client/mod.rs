//! Everybody outside, played by the tests.

pub mod api;
pub mod browser;
pub mod dashboard;
pub mod intake;
pub mod mailbox;
pub mod s2s;
pub mod sign;
