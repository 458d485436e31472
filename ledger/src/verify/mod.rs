//! Verifies the book independently: the code that writes uses nothing in here, and nothing in here writes.
//!
//! [`audit`] compares stored data with other stored data: balances with transfers, commissions with both, figures with
//! what they count, events with their effects. [`replay`] starts from the beginning and recomputes everything from
//! events, decisions, plans and policies. Both read one tenant at a time in one snapshot, in pages, so that they can
//! run alongside a busy ledger and need as little memory for a million conversions as for a hundred. [`plans_store`] makes
//! their speed independent of the database's statistics.

pub mod audit;
pub mod command;
pub mod difference;
mod plans_store;
mod position;
pub mod progress;
pub mod replay;

/// How many rows are read per page.
const PAGE: i64 = 2_000;
