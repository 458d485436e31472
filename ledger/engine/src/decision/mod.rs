//! What people decide about money: who is credited, what is denied, what is released early, what a flag was worth.
//!
//! A decision is a fact like an event: kept for ever with its author and reason, and applied by settling the histories
//! that it is about. [`apply`] does both in one transaction. The other files are what the API offers: [`reattribute`],
//! [`review`] and [`refund`] of a conversion, [`commission`] for one commission, [`release`] for all of an affiliate's or
//! customer's, [`bonus`] for what no sale earns.

pub mod apply;
pub mod bonus;
pub mod commission;
pub mod list;
pub mod reason;
pub mod reattribute;
pub mod refund;
pub mod release;
pub mod review;
pub mod store;
pub mod view;
