//! Customers: who bought, which affiliate they are bound to, and what led to their purchases.

pub mod journey;
pub mod read;
pub mod store;
pub mod view;
