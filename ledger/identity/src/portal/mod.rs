//! The portal's frame, the sessions of affiliates, and the portal as an app.

pub mod app;
pub mod ask_store;
pub mod asking;
pub mod brands;
pub mod face;
pub mod frame;
pub mod icon;
pub mod notify;
pub mod profile_store;
pub mod session;
pub mod stylesheet;
