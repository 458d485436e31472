//! Emails about what is due.

pub mod due;
pub mod due_store;
