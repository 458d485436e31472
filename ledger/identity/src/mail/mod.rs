//! Opting out of emails: unsubscribe links, and the list of addresses that get no invitations.

pub mod suppression_store;
pub mod unsubscribe;
