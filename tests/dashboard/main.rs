//! The dashboard, `/dashboard/…`: one file for each noun of its paths. Each test follows links and posts forms as a
//! browser does, mostly without a script.
//! Elsewhere: tests/crm/maintenance.rs: `/dashboard/crms/{id}/syncs`, `/dashboard/crms/{id}/syncs.csv`
//! Elsewhere: tests/crm/maintenance.rs: `/dashboard/syncs/{id}`, `/dashboard/syncs/{id}/anew`
//! Elsewhere: tests/crm/maintenance.rs: `/dashboard/syncs/{id}/retry`
//! Elsewhere: tests/crm/dashboard.rs: `/dashboard/crms/{id}/resync`
//! Elsewhere: tests/abuse/account.rs: `/dashboard/events`
//! Elsewhere: tests/api/mcp_confirmations.rs: `/dashboard/confirm/{id}`
//! Elsewhere: tests/api/imports.rs: `/dashboard/imports.csv`
//! Elsewhere: tests/portal/assets.rs: `/dashboard/assets`, `/dashboard/assets/{id}/delete`
//! Elsewhere: tests/portal/assets.rs: `/dashboard/assets/{id}/file`
//! Elsewhere: tests/portal/ask.rs: `/dashboard/settings/copilot/affiliates`
//! Elsewhere: tests/portal/inquiries.rs: `/dashboard/inquiries`, `/dashboard/inquiries.csv`
//! Elsewhere: tests/portal/inquiries.rs: `/dashboard/inquiries/{id}`
//! Elsewhere: tests/api/payout_runs/results.rs: `/dashboard/payouts/runs/{id}/import`
//! Elsewhere: tests/api/affiliates/payout_method.rs: `/dashboard/payouts/accounts`
//! Elsewhere: tests/api/affiliates/payout_method.rs: `/dashboard/payouts/accounts/{id}/{what}`
//! Elsewhere: tests/portal/tax.rs: `/dashboard/payouts/tax/forms/{id}`, `/dashboard/payouts/tax/forms/{id}/file`
//! Elsewhere: tests/portal/tax.rs: `/dashboard/payouts/tax/forms/{id}/show`
//! Elsewhere: tests/api/tax_years.rs: `/dashboard/payouts/tax/{year}/1099-nec.csv`
//! Elsewhere: tests/api/organization/export.rs: `/dashboard/settings/export`
//! Elsewhere: tests/api/team/keys.rs: `/dashboard/settings/team/leave`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod affiliates;
mod analysis;
mod commissions;
mod compression;
mod conversions;
mod copilot;
mod copilot_customers;
mod copilot_limits;
mod copilot_privacy;
mod copilot_processes;
mod crms;
mod customers;
mod days;
mod exchange_rates;
mod figures;
mod filters;
mod first_steps;
mod forms;
mod gateways;
mod import_sales;
mod imports;
mod install;
mod joins;
mod menu;
mod network;
mod organizations;
mod overview;
mod palette;
mod payouts;
mod programs;
mod quarantine;
mod recruit;
mod review;
mod rewards;
mod select_all;
mod settings;
mod suggestions;
mod test_mode;
mod undo;
mod views;
