//! How affiliates are paid: payout methods, runs, Stripe Connect, PayPal and Wise files, tax forms, statements,
//! receipts.
//!
//! This crate owns payouts, runs, payout accounts, tax forms and the reconciliation with Stripe. It may use
//! `integrations` and the crates below it.
#![forbid(unsafe_code)]

pub mod notification;
pub mod payout;
pub mod payout_account;
pub mod payout_connection;
pub mod payout_details;
pub mod payout_run;
pub mod payout_settings;
pub mod portal;
pub mod receipt;
pub mod reconciliation;
pub mod router;
pub mod statement;
pub mod tax;

/// The types of columns. This line makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
