//! `/dashboard`: the dashboard for the people who run a brand's programs.
//!
//! The page is complete without JavaScript. With a script, [`events`] says when something changed, and the page reloads
//! its live part ([`overview::live`]); the figures always come from the server.

pub mod affiliates;
pub mod alerts;
pub mod analysis;
pub mod bulk;
pub mod bulk_all;
pub mod by_hand;
pub mod checklist;
pub mod columns;
pub mod commissions;
pub mod conversions;
pub mod customers;
pub mod emails;
pub mod events;
pub mod facets;
mod facets_store;
pub mod home_amount;
pub mod list_filters;
pub mod named_affiliate;
pub mod overview;
pub mod payouts;
pub mod pick;
pub mod quarantine;
pub mod review;
pub mod search;
pub mod store;
pub mod test_mode;
pub mod undo;
pub mod views;
