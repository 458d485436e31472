//! Programs and who takes part in them: affiliates, links, link hosts, coupons, assets, and how tracking is installed.
//!
//! It owns those tables and their pages and API. It may use `engine` and what lies below.
#![forbid(unsafe_code)]

pub mod affiliate;
pub mod asset;
pub mod coupon;
pub mod dashboard;
pub mod install;
pub mod link;
pub mod link_host;
pub mod payout_account;
pub mod program;
pub mod router;

/// The types of columns. Cargo watches the file for this line alone.
const _: &str = include_str!("../sqlx.toml");
