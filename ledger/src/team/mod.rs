//! The people of an organization.

pub mod store;
