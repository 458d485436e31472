//! Rules of the house that a machine can check: what protects one tenant from another, and what keeps the code readable.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test that can't go on stops where it is")]

mod api_coverage;
mod append_only;
mod creator_security;
mod deployment;
mod docs;
mod floors;
mod indexes;
mod keys;
mod large_organization;
mod locales;
mod logs;
mod migrations;
mod organizations;
mod pieces;
mod promises;
mod roles;
mod route_tests;
mod routes;
mod row_security;
mod sealed;
mod sources;
mod statistics;
mod styles;
mod sums;
mod texts;
mod words;
