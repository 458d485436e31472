//! CRM syncs through the whole ledger: one table, a row a vendor, each with a fake server that holds state and refuses what its
//! vendor would refuse. What connectors promise without a ledger is tried in `providers/crm.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod arrival;
mod auto_approve;
mod crash;
mod creates;
mod dashboard;
mod disabled;
mod failure;
mod halfway;
mod keys;
mod limits;
mod load;
mod maintenance;
mod meanwhile;
mod memory;
mod moves;
mod names;
mod order;
mod other_account;
mod people;
mod retries;
mod rotation;
