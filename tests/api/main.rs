//! The REST API: one file for each noun of its paths, such as `affiliates.rs` for `/api/v1/affiliates/{id}/approve`.
//! Each test calls the real ledger with an API key.
//! Elsewhere: tests/journey/thousand_clicks.rs: `/clicks/summary`
//! Elsewhere: tests/api/connections/crm.rs: `/crm-vendors`
//! Elsewhere: tests/api/webhooks.rs: `/events`, `/events/{id}`
//! Elsewhere: tests/api/programs/sub_affiliates.rs: `/me/sub-affiliate/link`
//! Elsewhere: tests/api/home_currency.rs: `/exchange-rates`
//! Elsewhere: tests/fault/reconciliation.rs: `/reconciliations`, `/payout-differences`
//! Elsewhere: tests/crm/order.rs: `/syncs`
//! Elsewhere: tests/crm/arrival.rs: `/syncs/{id}`
//! Elsewhere: tests/crm/people.rs: `/syncs/{id}/retry`
//! Elsewhere: tests/portal/tax.rs: `/tax-forms`, `/tax-forms/{id}`, `/tax-forms/{id}/accept`
//! Elsewhere: tests/portal/tax.rs: `/tax-forms/{id}/file-url`, `/tax-forms/{id}/reject`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod affiliates;
mod api_keys;
mod assets;
mod assistant;
mod audit_log;
mod automations;
mod balances;
mod bodies;
mod commissions;
mod connections;
mod consents;
mod conversions;
mod coupons;
mod customer_joins;
mod customers;
mod decisions;
mod destinations;
mod emails;
mod home_currency;
mod import_entries;
mod import_overlaps;
mod import_sales;
mod import_turns;
mod imports;
mod leads;
mod link_hosts;
mod links;
mod mcp;
mod mcp_clients;
mod mcp_confirmations;
mod mcp_memory;
mod mcp_processes;
mod mcp_questions;
mod missing_sale_claims;
mod network;
mod oauth;
mod oauth_refusals;
mod openapi;
mod organization;
mod payout_connection;
mod payout_runs;
mod payout_settings;
mod payouts;
mod privacy;
mod programs;
mod quarantined_events;
mod rate_limit;
mod reward_claims;
mod reward_prizes;
mod rewards;
mod search;
mod tax_years;
mod team;
mod webhooks;

use serde_json::Value;
use world::World;

/// Creates an object with the first brand's key and returns it.
async fn created(world: &World, path: &str, body: Value) -> Value {
    world.api().post(path, &body).await.expect_status(201).json()
}
