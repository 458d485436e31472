//! Coupons: codes that name an affiliate. [`key`] says when two are the same.

pub mod api;
pub mod change;
pub mod code;
pub mod store;
pub mod view;
