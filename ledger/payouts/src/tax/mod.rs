//! Affiliates' tax forms: submitted in the portal, reviewed by the brand, and checked before anyone is paid.
//!
//! The pure `payout_core::tax` parses the forms; here they are submitted ([`submit`]), decided on ([`decide`]),
//! maintained ([`maintenance`]) and kept ([`keep`]). [`gate`] is checked before a payout, [`year`] sums up a year.

pub mod api;
mod cached_year;
pub mod dashboard;
pub mod decide;
pub mod detail;
pub mod email;
pub mod email_branding;
mod encryption;
pub mod erase;
pub mod gate;
pub mod keep;
pub mod maintenance;
mod maintenance_store;
pub mod portal;
pub mod portal_upload;
mod questions;
pub mod store;
pub mod submit;
pub mod upload_api;
pub mod view;
pub mod year;
pub mod year_api;
mod year_store;
