//! Who may do what: organizations and their teams, sign-in, sessions, API keys, and the log of who changed what.
//!
//! Its extractors are the authority: a handler that takes a [`access::member::Member`] or a [`access::api_key::WriteKey`] has
//! been checked. It owns users, sessions, organizations, members, invitations, API keys and the audit log. It may use
//! `outbox` and what lies below.
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod api;
pub mod api_key;
pub mod audit;
pub mod file;
pub mod mail;
pub mod notification;
pub mod operations;
pub mod organization;
pub mod page;
pub mod portal;
pub mod router;
pub mod team;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
