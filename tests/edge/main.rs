//! The edge: one file for each of its routes. Requests go to the real Worker in workerd; what they cause is read from
//! the real ledger behind it.
//! Elsewhere: tests/fault/edge_alone.rs: `/healthz`
//! Elsewhere: tests/fault/dead_letters.rs: `/internal/dead-letters`
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod config;
mod entry;
mod hooks;
mod loader_js;
mod redirect;
mod script;
mod self_hosted;
mod signing_guides;
mod traces;
mod track_click;
mod tracking_pixel;
mod tracking_s2s;
