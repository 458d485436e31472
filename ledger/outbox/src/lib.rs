//! The outbox: rows for other systems, written in the deciding transaction and sent afterwards.
//!
//! There are three kinds: records for the edge ([`edge_config`]), webhook messages ([`webhook`]) and syncs of
//! affiliates into CRMs ([`sync`]); and the marks from which the emails about news are sent ([`notification`]). A floor
//! that changes money writes such a row and continues. The senders are on higher floors, so a lower floor never calls a
//! higher one. It may use `kit` and `rules`.
#![forbid(unsafe_code)]

pub mod edge_config;
pub mod notification;
pub mod sync;
pub mod webhook;

/// The types of columns. This line makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
