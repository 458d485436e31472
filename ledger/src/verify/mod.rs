//! Proves the book from the outside: nothing here is used by what writes it, and nothing here writes.
//!
//! [`audit`] compares what is stored with what else is stored: balances with transfers, commissions with both, figures with
//! what they count, events with what they left behind. [`replay`] goes back to the beginning and works everything out
//! once more from events, decisions, plans and policies. Both read one tenant at a time as it is at one moment, in pages,
//! so that they may run beside a busy ledger and take as little memory for a million conversions as for a hundred.

pub mod audit;
pub mod command;
pub mod difference;
mod position;
pub mod progress;
pub mod replay;

/// How many rows are looked at in one go.
const PAGE: i64 = 2_000;
