//! Programs and their participants: affiliates, links, link hosts, coupons, assets, and the installation of tracking.
//!
//! This crate owns those tables, their pages and their API. It may use `engine` and the layers below.
#![forbid(unsafe_code)]

pub mod affiliate;
pub mod asset;
pub mod coupon;
pub mod dashboard;
pub mod discount;
pub mod install;
pub mod link;
pub mod link_host;
pub mod payout_account;
pub mod program;
pub mod reward;
pub mod router;
pub mod sub_affiliate;

/// The types of columns. This line only makes Cargo watch the file.
const _: &str = include_str!("../sqlx.toml");
