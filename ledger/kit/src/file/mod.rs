//! Files: sealed before they leave the process, kept in a folder or in object storage, and fetched by links that
//! hold for minutes and for whoever asked.
//!
//! Each object has a key of its own, which lies sealed in the database. So whoever has the storage has nothing, a change of
//! the installation's keys moves the keys and not the objects, and a file whose key is destroyed is gone from every copy
//! of the storage too.

pub mod cleanup;
pub mod keep;
pub mod link;
pub mod pdf;
pub mod settings;
pub mod storage;
pub mod store;
