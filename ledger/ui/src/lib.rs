//! Pages that span several resources: the dashboard's overview and lists, the affiliate portal, missing-sale claims,
//! events that couldn't be applied, and the status page.
//!
//! A page about one resource is in that resource's crate. This crate may use every crate of the ledger except the
//! binary.
#![forbid(unsafe_code)]

// Templates call functions by this crate's name, even from inside this crate.
extern crate self as ui;

pub mod account;
pub mod api;
pub mod dashboard;
pub mod missing_sale_claim;
pub mod notification;
pub mod portal;
pub mod quarantined_event;
pub mod router;
pub mod status;

/// The column types. This line only makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
