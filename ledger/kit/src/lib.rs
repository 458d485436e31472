//! The shared base of all features: configuration, the database, errors, HTTP, pages, email, files.
//!
//! It contains no feature: nothing here defines an affiliate or a payout. It owns the only access to the database
//! ([`db`]), the process's shared state ([`state`]) and the shape of every response ([`error`], [`api`], [`page`]). It
//! may use `rules` and `shared`.
//!
//! Folders named like a feature (`access`, `mail`, `status`, …) contain the part of it that lower floors need.
#![forbid(unsafe_code)]

// Templates call functions by this crate's name, whichever crate the page belongs to.
extern crate self as kit;

pub mod access;
pub mod api;
pub mod api_docs;
pub mod clock;
pub mod config;
pub mod dashboard;
pub mod db;
pub mod email_address;
pub mod error;
pub mod file;
pub mod form;
pub mod jobs;
pub mod limit;
pub mod mail;
pub mod migrate;
pub mod outbound;
pub mod page;
pub mod privacy;
pub mod route;
pub mod server;
pub mod start;
pub mod state;
pub mod status;
pub mod storage;
pub mod stripe;
pub mod telemetry;
pub mod text;
pub mod trace;
pub mod trace_export;

/// Boxes an async function's future, so that the function is compiled once.
///
/// With optimization, rustc compiles the body of an async function anew in every crate that reaches it. Nine crates book
/// something, and each of them contained all of `engine::history`: such copies were an eighth of the program. Of a boxed
/// future, callers see only a pointer. It costs an allocation per call, and belongs on large functions that several crates
/// reach and that send statements to the database.
pub use async_recursion::async_recursion as compiled_once;

/// The types of columns. This line makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
