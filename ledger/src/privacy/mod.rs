//! Privacy: what is kept about people, for how long, and how it goes again. `docs/privacy.md` tells it to those who ask.

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
