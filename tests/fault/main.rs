//! Faults: what the system does when a part of it, or what it is told, is broken. One file per case; each ends with the
//! oracle.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod any_order;
mod audit;
mod backup_drill;
mod batch_twice;
mod changing_keys;
mod clock_skew;
mod component_ids;
mod conflict;
mod credit_corners;
mod crm_failures;
mod crowded_database;
mod dead_letters;
mod disputed_after_payout;
mod edge_alone;
mod edge_killed;
mod eight_writers;
mod emails;
mod kill;
mod lost_answer;
mod model_finds;
mod money_edges;
mod moved_secrets;
mod net_amounts;
mod one_buyer;
mod operator_commands;
mod oversized;
mod page_and_backend;
mod payouts;
mod poison;
mod reconciliation;
mod refund_after_payout;
mod refunds;
mod rewards;
mod runs_at_once;
