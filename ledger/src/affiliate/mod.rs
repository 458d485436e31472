//! Affiliates: who promotes since when, and which segment they are in.

pub mod affiliate_store;
pub mod application;
pub mod approve;
pub mod change;
pub mod create;
pub mod invite;
mod letter;
pub mod read;
pub mod segment;
pub mod standing;
pub(crate) mod welcome;
