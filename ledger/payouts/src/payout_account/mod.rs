//! How an affiliate is paid: their account with the brand's Stripe platform, or another address, and whether they are on hold.
//!
//! [`create`] makes an account and leads the affiliate to Stripe; [`refresh`] reads it again, because the affiliate came back, a
//! webhook hinted at it, or its time has come ([`job`]). [`method`] is every other way to be paid. [`status`] puts it all in
//! words, [`portal`] shows it to the affiliate, [`dashboard`] and [`api`] to the brand, [`email`] writes about it. [`forget`]
//! is what remains of it when an affiliate is erased.

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
pub mod portal;
pub mod portal_actions;
mod record_snapshot;
pub mod refresh;
pub mod reveal;
pub mod status;
pub mod store;
pub mod view;
