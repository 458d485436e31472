//! Privacy: what is kept about people, for how long, and how it is erased. `docs/guide/privacy.md` explains it to users.

pub mod erase;
pub mod export;
pub mod handler;
pub mod page;
pub mod person;
pub mod retention;
pub mod retention_handler;
pub mod retention_job;
pub mod retention_store;
pub mod rewrite_store;
