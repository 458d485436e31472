//! Journeys: what people and their programs do across several parts of the product, from the first click to the booked
//! commission. Tests of one route are in `tests/api`, `tests/dashboard`, `tests/portal`, `tests/public` and
//! `tests/edge`.
#![forbid(unsafe_code)]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod assistant;
mod browser;
mod browser_flows;
mod client;
mod components;
mod dashboard;
mod emails;
mod every_page;
mod network_month;
mod quickstart;
mod relays;
mod seed;
mod story;
mod thousand_clicks;
