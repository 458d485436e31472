//! Abuse: what the system answers to those who send it nonsense, lies, or somebody else's ids.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod account;
mod account_throttle;
mod api_input;
mod automations;
mod canaries;
mod claims;
mod decisions_crossing;
mod doors;
mod edge_limits;
mod headers;
mod internal_doors;
mod open_redirect;
mod page_input;
mod paid_clicks;
mod plan_crossing;
mod private_addresses;
mod refusals;
mod replay;
mod s2s_input;
mod secrets;
mod slow_client;
mod tax_files;
mod tenant_crossing;
mod tokens;
