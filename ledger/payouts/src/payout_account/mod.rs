//! How an affiliate is paid: their account with the brand's Stripe platform, or another address, and whether they are on hold.
//!
//! [`open`] makes an account and leads the affiliate to Stripe; [`look`] reads it again, because the affiliate came back, a
//! webhook hinted at it, or its time has come ([`job`]). [`method`] is every other way to be paid. [`status`] puts it all in
//! words, [`portal`] shows it to the affiliate, [`page`] and [`handler`] to the brand, [`letter`] writes about it. [`forget`]
//! is what remains of it when an affiliate is erased.

pub mod brought;
pub mod destination;
pub mod destination_store;
pub mod due_store;
pub mod forget;
pub mod handler;
pub mod hold_handler;
pub mod invite;
pub mod job;
pub mod letter;
pub mod list_store;
pub mod look;
pub mod method;
pub mod method_handler;
pub mod method_store;
mod observe;
pub mod open;
pub mod page;
pub mod portal;
pub mod portal_act;
pub mod reveal;
pub mod sealing;
pub mod status;
pub mod store;
pub mod view;
