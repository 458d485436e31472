//! Journeys: what people and their programs do, from the first click to the booked cent, through real workerd and real
//! Postgres.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod account;
mod account_page;
mod account_portal;
mod api_document;
mod api_keys;
mod api_nouns;
mod attribution;
mod audit_log;
mod automations;
mod browser;
mod bulk_invite;
mod client;
mod config;
mod connections;
mod crm_connections;
mod dashboard;
mod decisions;
mod destinations;
mod explain;
mod hosts;
mod link_hosts;
mod organization;
mod pixel;
mod plans;
mod privacy;
mod quickstart;
mod rate_limit;
mod review;
mod s2s_sale;
mod script;
mod set_up;
mod standing;
mod statement;
mod status;
mod stripe;
mod team;
mod thousand_clicks;
mod webhooks;
mod what_if;

use world::town::{backend, booked, name, stripe_account, town};
