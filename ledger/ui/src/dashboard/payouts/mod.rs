//! `/dashboard/payouts`: what is owed, what is on its way, what was paid, and what failed; and one payout step by step.
//!
//! [`asked`] reads the address, [`store`], [`owed_store`] and [`one_store`] the rows, [`verdict`] says who is paid next, and [`view`] and [`timeline`] put them
//! into words. What people do about a payout is `payout`'s: [`act`] only asks for it.

pub mod act;
pub mod asked;
pub mod csv;
pub mod one_store;
pub mod owed_store;
pub mod page;
pub mod page_one;
pub mod store;
pub mod timeline;
pub mod trouble;
pub mod verdict;
pub mod view;

/// Where the pages stand, for the menu.
pub const PLACE: &str = "/dashboard/payouts";
