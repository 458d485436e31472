//! `/dashboard`: what happens in a brand's programs, for the people who run them.
//!
//! The page is complete without a script. With one, [`events`] says when there is news, and the page fetches its live
//! part again ([`overview::live`]); the figures are always the server's.

pub mod attention;
pub mod chart;
pub mod events;
pub mod overview;
pub mod review;
pub mod review_store;
pub mod store;
pub mod troubles;
pub mod watched;
