//! Affiliates' tax forms: given in the portal, looked at by the brand, and asked before anybody is paid.
//!
//! The forms themselves are read by the pure `payment::tax`; here they come ([`submit`]), are decided on ([`decide`]), run
//! out ([`upkeep`]) and are kept ([`keep`]). [`gate`] is asked before a payout, [`year`] tells what a year came to.

pub mod decide;
pub mod erase;
pub mod gate;
pub mod handler;
pub mod keep;
pub mod letter;
pub mod letter_brand;
pub mod page;
pub mod page_one;
pub mod portal;
pub mod portal_upload;
mod questions;
mod sealing;
pub mod store;
pub mod submit;
pub mod upkeep;
mod upkeep_store;
pub mod upload_handler;
pub mod view;
pub mod year;
pub mod year_handler;
mod year_kept;
mod year_store;
