//! `/dashboard/payouts`: what is owed, in progress, paid and failed, and the details of one payout.
//!
//! [`filters`] reads the query string; [`store`], [`owed_store`] and [`detail_store`] load the rows; [`offers`] and
//! [`verdict`] say who can be paid now; [`view`] and [`timeline`] format them. The `payout` module implements the actions on a payout;
//! [`actions`] only calls it.

pub mod actions;
pub mod alerts;
pub mod csv;
pub mod detail;
pub mod detail_store;
pub mod filters;
pub mod list;
pub mod offers;
pub mod owed_store;
pub mod store;
pub mod timeline;
pub mod verdict;
pub mod view;

/// Path of the pages, for the menu.
pub const PLACE: &str = "/dashboard/payouts";
