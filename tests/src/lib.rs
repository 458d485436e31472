//! The world that the tests run in: the real ledger, the real edge in workerd, the real Postgres, and what stands
//! between and around them.
//!
//! [`World`] starts the parts and is the only thing most tests need. Tests play the outside ([`client`]): a browser, a
//! brand's backend, Stripe, a holder of an API key, and the edge's queue consumer. After every case [`invariants`] checks
//! what must hold whatever happened. `cargo xtask test` says where the parts are; without it every test fails with one
//! line that says so.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod app;
pub mod audit_log_fixture;
pub mod balancer;
pub mod billing_fixture;
pub mod braintree;
pub mod brand;
pub mod child;
mod citus;
pub mod client;
pub mod cluster;
pub mod copilot_fixture;
pub mod creator_fixture;
pub mod crm_connection_fixture;
pub mod crm_fixture;
pub mod database;
pub mod dns;
pub mod edge;
pub mod edge_fixture;
pub mod fakes;
pub mod gateway_fixture;
pub mod http;
pub mod import_fixture;
pub mod invariants;
pub mod join_fixture;
pub mod ledger;
pub mod link_host_fixture;
pub mod mcp_fixture;
pub mod memory;
pub mod network_fixture;
pub mod oauth_fixture;
pub mod organization_fixture;
pub mod paddle;
pub mod payout_account_fixture;
pub mod payout_fixture;
pub mod payout_run_fixture;
pub mod personal_data;
pub mod program_fixture;
pub mod program_page_fixture;
pub mod proxy;
pub mod random_cases;
pub mod receiver;
pub mod settings;
pub mod shared_app;
mod shared_world;
pub mod site_fixture;
pub mod smtp;
pub mod stripe;
pub mod tax_fixture;
pub mod team_fixture;
pub mod vendor_webhooks;
pub mod verify;
pub mod visits;
pub mod wait;
pub mod webhook_fixture;

pub use app::{Plan, World};
pub use shared_world::Rounds;
