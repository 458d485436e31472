//! The hold on payouts after an affiliate's email changed.

pub mod hold_store;
