//! Privacy: what data about people is kept, for how long, and how it is erased. `docs/guide/privacy.md` explains it to
//! users.

pub mod api;
pub mod dashboard;
pub mod erase;
pub mod export;
mod long_work;
pub mod person;
pub mod retention;
pub mod retention_api;
pub mod retention_job;
pub mod retention_store;
pub mod rewrite_store;
mod search;
