//! The dashboard's frame, which shows who is signed in and in which organization.

mod counters_store;
pub mod frame;
mod menu;
