//! The portal's frame, and the sessions of affiliates.

pub mod brands;
pub mod frame;
pub mod notify;
pub mod profile_store;
pub mod session;
pub mod stylesheet;
