//! Decisions by people about money: who is credited, what is denied, what is released early, whether a flag was
//! justified.
//!
//! Like an event, a decision is a fact: it is kept forever with its author and reason, and applied by recomputing the
//! histories that it concerns. [`apply`] does both in one transaction. The other files are API endpoints:
//! [`reattribute`], [`review`] and [`refund`] for a conversion, [`commission`] for one commission, [`release`] for all
//! commissions of an affiliate or a customer, [`bonus`] for amounts that no sale earns ([`extra`]). Pages show them
//! [`named`].

pub mod apply;
pub mod bonus;
pub mod commission;
pub mod extra;
pub mod list;
pub mod named;
pub mod reason;
pub mod reattribute;
pub mod refund;
pub mod release;
pub mod review;
pub mod store;
pub mod view;
