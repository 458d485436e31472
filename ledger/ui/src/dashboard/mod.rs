//! `/dashboard`: what happens in a brand's programs, for the people who run them.
//!
//! The page is complete without a script. With one, [`events`] says when there is news, and the page fetches its live
//! part again ([`overview::live`]); the figures are always the server's.

pub mod affiliates;
pub mod alerts;
pub mod bulk;
pub mod checklist;
pub mod commissions;
pub mod conversions;
pub mod customers;
pub mod events;
pub mod list_filters;
pub mod overview;
pub mod payouts;
pub mod quarantine;
pub mod review;
pub mod search;
pub mod store;
