//! CRM syncs through the whole ledger: one table, a row a vendor, each with a stand-in that holds state and refuses what its
//! vendor would refuse. What connectors promise without a ledger is tried in `vendor/crm.rs`.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod again;
mod arrival;
mod crash;
mod failure;
mod keys;
mod limits;
mod load;
mod meanwhile;
mod order;
mod page;
mod people;
mod upkeep;
