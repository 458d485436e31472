//! The ledger: one stateless process on Postgres that turns the edge's events into a book that explains every cent.
//!
//! This crate is the top floor: the router with every address, the jobs, the commands, and what looks at everything at once
//! (privacy, the proof that the book is right, demo data). The floors below are crates of their own, each of which may use
//! those below it and no other: `rules`, `kit`, `outbox`, `identity`, `engine`, `programs`, `integrations`, `payouts`,
//! `recruiting`, `ui` (`docs/contributing/architecture.md` has the picture).
//!
//! A request is followed top-down: [`router`] names every route; a handler in its noun's folder reads the request; `rules`
//! decide; a `store` file writes. The database is reached only through `kit::db::Db`, which hands out transactions bound to
//! tenants.
#![forbid(unsafe_code)]

pub mod demo;
pub mod mail;
pub mod operations;
pub mod page;
pub mod privacy;
pub mod router;
pub mod sealed;
pub mod serve;
pub mod verify;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
