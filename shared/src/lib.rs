//! What the edge and the ledger must agree on, and nothing else.
//!
//! Both programs link this crate: the edge as wasm, the ledger natively. It therefore has no clock and no I/O: times,
//! random bytes and keys are arguments. Everything exchanged between the two (an [`event`], a [`batch`], a [`config`]
//! record) is defined here once, together with its protection ([`sign`], [`token`], [`seal`]).
#![forbid(unsafe_code)]

pub mod batch;
pub mod config;
pub mod error;
pub mod event;
pub mod fields;
pub mod id;
pub mod keys;
pub mod money;
pub mod seal;
pub mod sign;
#[cfg(feature = "sqlx")]
mod sql;
mod text_enum;
pub mod timestamp;
pub mod token;
pub mod traceparent;
pub mod via;

/// For the macros of this crate, which implement its traits for enums of other crates.
#[cfg(feature = "sqlx")]
#[doc(hidden)]
pub use sqlx;
