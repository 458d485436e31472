//! The hold on payments after an affiliate changed their address.

pub mod hold_store;
