//! Customers: who bought, whose they are, and what led them there.

pub mod journey;
pub mod read;
pub mod store;
pub mod view;
