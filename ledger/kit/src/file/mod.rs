//! Files: sealed before they leave the process, kept in the [`crate::storage`], and fetched by links that are
//! valid for minutes and only for the person or key that requested them.
//!
//! Each object has a key of its own, which is sealed in the database. So the storage alone reveals nothing, rotating
//! the installation's keys re-encrypts the keys and not the objects, and a file whose key is destroyed is unreadable in
//! every copy of the storage too.

pub mod cleanup;
pub mod keep;
pub mod link;
pub mod pdf;
pub mod store;
