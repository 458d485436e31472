//! Customers: who bought, whose they are, and what led them there.

pub mod customer_store;
pub mod journey;
pub mod read;
pub mod view;
