//! Authentication and authorization: organizations and their teams, sign-in, sessions, API keys, and the audit log.
//!
//! Its extractors enforce access: if a handler takes a [`access::member::Member`] or a [`access::api_key::WriteKey`],
//! the caller has been checked. The crate owns users, sessions, organizations, members, invitations, API keys, AI
//! assistants and the audit log. It may use `outbox` and the layers below.
#![forbid(unsafe_code)]

pub mod access;
pub mod account;
pub mod ai_assistant;
pub mod api;
pub mod api_key;
pub mod audit;
pub mod audit_log;
pub mod billing;
pub mod file;
pub mod mail;
pub mod notification;
pub mod oauth;
pub mod operations;
pub mod organization;
pub mod page;
pub mod portal;
pub mod router;
pub mod settings;
pub mod suggestion;
pub mod team;

/// Makes Cargo rebuild the crate if the column types in this file change.
const _: &str = include_str!("../sqlx.toml");
