//! What others must hear of, written in the transaction that decides it and sent afterwards.
//!
//! Three kinds of row: records for the edge ([`edge_config`]), webhook messages ([`webhook`]) and syncs of affiliates into
//! CRMs ([`sync`]); and the marks by which emails about news are found ([`notification`]). A floor that changes money writes
//! such a row and goes on. Who sends it lives above, so a sale never climbs. It may use `kit` and `rules`.
#![forbid(unsafe_code)]

pub mod edge_config;
pub mod notification;
pub mod sync;
pub mod webhook;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
