//! Affiliates: who promotes since when, and which segment they are in.

pub mod affiliate_store;
pub mod application;
pub(crate) mod apply;
pub mod approve;
pub mod change;
pub mod create;
pub(crate) mod entry;
mod entry_store;
pub(crate) mod first_letter;
mod first_link_store;
pub mod invite;
pub mod invite_store;
pub(crate) mod letter;
mod moved;
pub mod read;
pub mod segment;
pub mod standing;
pub(crate) mod welcome;
