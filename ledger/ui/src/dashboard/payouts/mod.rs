//! `/dashboard/payouts`: what is owed, what is on its way, what was paid, and what failed; and one payout step by step.
//!
//! [`filters`] reads the address, [`store`], [`owed_store`] and [`detail_store`] the rows, [`verdict`] says who is paid next, and [`view`] and [`timeline`] put them
//! into words. What people do about a payout is `payout`'s: [`actions`] only asks for it.

pub mod actions;
pub mod alerts;
pub mod csv;
pub mod detail;
pub mod detail_store;
pub mod filters;
pub mod list;
pub mod owed_store;
pub mod store;
pub mod timeline;
pub mod verdict;
pub mod view;

/// Where the pages stand, for the menu.
pub const PLACE: &str = "/dashboard/payouts";
