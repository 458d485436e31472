//! Connects the systems of a brand: payment gateways, CRMs, its own webhooks, and automations that a CRM calls.
//!
//! It owns their connections with the sealed credentials, and the jobs that send what the `outbox` contains. It may use
//! `programs` and lower crates; `payouts` and `recruiting` are at the same level and above.
#![forbid(unsafe_code)]

pub mod automation;
pub mod connection;
pub mod coupon;
pub mod crm;
pub mod destination;
pub mod gateway_connection;
pub mod router;
pub mod sync;
pub mod webhook;

/// Column types for the SQL macros. This line makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
