//! Names of customers: which are the same mailbox, and which are no one's.

pub mod mailbox;
pub mod names;
