//! Emails about success: a first click, a commission.

pub mod success;
pub mod success_store;
