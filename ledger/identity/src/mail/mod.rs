//! Emails that people have had enough of: links that unsubscribe, and the list of addresses that get none.

pub mod suppression_store;
pub mod unsubscribe;
