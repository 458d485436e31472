//! The REST API under `/api/v1`: what a brand's own programs read and change.
//!
//! A file a noun, SQL in [`store`]. Each handler carries its OpenAPI description, from which `/api/v1/openapi.json` is
//! made; [`document`] holds what is common to all. Lists page by an opaque cursor ([`page`]), writes may be sent again
//! ([`idempotency`]), and every bad input names its field ([`query`], [`body`]).

pub mod affiliate_store;
pub mod affiliates;
pub mod body;
pub mod change_program;
pub mod clicks;
pub mod commissions;
pub mod conversions;
pub mod coupon_store;
pub mod coupons;
pub mod create_affiliate;
pub mod create_link;
pub mod create_program;
pub mod document;
pub mod idempotency;
pub mod link_store;
pub mod links;
pub mod page;
pub mod plan_store;
pub mod plan_view;
pub mod plans;
pub mod program_rules;
pub mod program_store;
pub mod programs;
pub mod query;
pub mod segment;
pub mod simulate;
pub mod simulate_store;
pub mod simulate_view;
pub mod store;
pub mod summary_store;
pub mod text;
pub mod view;
pub mod write;
