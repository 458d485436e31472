//! The systems that a brand connects: payment gateways, CRMs, webhooks of its own, automations that a CRM calls.
//!
//! It owns their connections with the sealed credentials, and the jobs that send what the `outbox` holds. It may use
//! `programs` and what lies below; `payouts` and `recruiting` lie beside it and above.
#![forbid(unsafe_code)]

pub mod automation;
pub mod connection;
pub mod crm;
pub mod destination;
pub mod gateway_connection;
pub mod router;
pub mod sync;
pub mod webhook;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
