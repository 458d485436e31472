//! The REST API: one file for each noun of its paths, such as `affiliates.rs` for `/api/v1/affiliates/{id}/approve`. Each test
//! calls the real ledger with an API key.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod affiliates;
mod api_keys;
mod audit_log;
mod automations;
mod balances;
mod commissions;
mod connections;
mod consents;
mod conversions;
mod coupons;
mod customer_joins;
mod customers;
mod decisions;
mod destinations;
mod home_currency;
mod imports;
mod leads;
mod link_hosts;
mod links;
mod openapi;
mod organization;
mod payout_connection;
mod payout_runs;
mod payout_settings;
mod payouts;
mod privacy;
mod programs;
mod rate_limit;
mod tax_years;
mod team;
mod webhooks;

use serde_json::Value;
use world::World;

/// Creates an object with the first brand's key and returns it.
async fn created(world: &World, path: &str, body: Value) -> Value {
    world.api().post(path, &body).await.expect_status(201).json()
}
