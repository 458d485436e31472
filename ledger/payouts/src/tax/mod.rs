//! Affiliates' tax forms: given in the portal, looked at by the brand, and asked before anybody is paid.
//!
//! The forms themselves are read by the pure `payout_core::tax`; here they come ([`submit`]), are decided on ([`decide`]), run
//! out ([`maintenance`]) and are kept ([`keep`]). [`gate`] is asked before a payout, [`year`] tells what a year came to.

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
