//! How affiliates are paid: payout methods, runs, Stripe Connect, PayPal and Wise files, tax forms, statements, receipts.
//!
//! It owns payouts, runs, payout accounts, tax forms and what was reconciled with Stripe. It may use `integrations` and what
//! lies below.
#![forbid(unsafe_code)]

pub mod notification;
pub mod payout;
pub mod payout_account;
pub mod payout_connection;
pub mod payout_run;
pub mod receipt;
pub mod reconciliation;
pub mod router;
pub mod statement;
pub mod tax;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
