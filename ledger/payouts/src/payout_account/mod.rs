//! How an affiliate is paid: their account with the brand's Stripe platform, or another address, and whether they are
//! on hold.
//!
//! [`create`] creates an account and sends the affiliate to Stripe; [`refresh`] reads it again, because the affiliate
//! came back, a webhook reported a change, or a check is due ([`job`]). [`method`] covers every other payout method.
//! `account_key` finds two affiliates who are paid to one account. [`status`] summarizes it all, [`portal`] shows it to
//! the affiliate in [`words`] of their language, [`dashboard`] and [`api`] to the brand,
//! [`email`] sends emails about it. [`forget`] erases it with an affiliate.

mod account_key;
mod account_key_store;
pub mod api;
pub mod create;
pub mod dashboard;
pub mod destination;
pub mod destination_store;
pub mod due_store;
pub mod email;
pub mod encryption;
pub mod forget;
pub mod hold_api;
pub mod imported_method;
pub mod invite;
pub mod job;
pub mod list_store;
pub mod method;
pub mod method_api;
pub mod method_store;
pub mod need_words;
pub mod portal;
pub mod portal_actions;
mod record_snapshot;
pub mod refresh;
pub mod status;
pub mod store;
pub mod view;
pub mod words;
