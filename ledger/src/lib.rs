//! The ledger: one stateless process on Postgres that turns the edge's events into a book that explains every cent.
//!
//! This crate is the top layer: the router with every route, the jobs, the commands, and the parts that work on all
//! data (privacy, the archive of clicks, the verification of the book, demo data). The layers below it are separate crates, each of which may
//! use those below it and no other: `rules`, `kit`, `outbox`, `identity`, `engine`, `programs`, `integrations`,
//! `payouts`, `recruiting`, `network`, `ui` (`docs/contributing/architecture.md` has a diagram).
//!
//! To follow a request, read top-down: [`router`] lists every route; a handler in the folder of its resource reads the
//! request; `rules` decide; a `store` file writes. The database is reached only through `kit::db::Db`, which hands out
//! transactions bound to tenants.
#![forbid(unsafe_code)]

pub mod click_archive;
pub mod clients;
pub mod demo;
mod development;
pub mod edge_store;
mod listener;
pub mod mail;
pub mod operations;
pub mod page;
pub mod privacy;
pub mod router;
mod scheduler;
pub mod sealed;
pub mod serve;
mod stop;
pub mod supervisor;
pub mod verify;

/// The column types. This line only makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
