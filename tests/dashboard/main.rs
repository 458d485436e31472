//! The dashboard, `/dashboard/…`: one file for each noun of its paths. Each test follows links and posts forms as a
//! browser does, mostly without a script.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod affiliates;
mod commissions;
mod conversions;
mod crms;
mod customers;
mod gateways;
mod imports;
mod install;
mod joins;
mod organizations;
mod overview;
mod payouts;
mod programs;
mod recruit;
mod review;
mod settings;
mod test_mode;
