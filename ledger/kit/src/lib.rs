//! What every feature is built with: configuration, the database, errors, HTTP, pages, email, files.
//!
//! It knows no feature: nothing here says what an affiliate or a payout is. It owns the one way to the database ([`db`]),
//! the process's shared state ([`state`]) and the shape of every answer ([`error`], [`api`], [`page`]). It may use `rules`
//! and `shared`.
//!
//! Folders that are called like a feature (`access`, `mail`, `status`, …) hold the part of it that lower floors need.
#![forbid(unsafe_code)]

// Templates name the functions they call by this crate's name, whichever crate the page is of.
extern crate self as kit;

pub mod access;
pub mod account;
pub mod api;
pub mod api_docs;
pub mod clock;
pub mod config;
pub mod dashboard;
pub mod db;
pub mod error;
pub mod file;
pub mod jobs;
pub mod mail;
pub mod migrate;
pub mod outbound;
pub mod page;
pub mod portal;
pub mod privacy;
pub mod server;
pub mod state;
pub mod status;
pub mod telemetry;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
