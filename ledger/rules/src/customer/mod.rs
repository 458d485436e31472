//! Customers' identifiers: which addresses are the same mailbox, and which identify no one.

pub mod mailbox;
pub mod names;
