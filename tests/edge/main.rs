//! The edge: one file for each of its routes. Requests go to the real Worker in workerd; what they cause is read from the
//! real ledger behind it.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod config;
mod hooks;
mod loader_js;
mod redirect;
mod track_click;
mod tracking_pixel;
mod tracking_s2s;
