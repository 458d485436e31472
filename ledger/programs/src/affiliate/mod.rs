//! Affiliates: who promotes since when, and which segment they are in.

pub mod affiliate_store;
pub mod application;
pub mod approve;
pub mod change;
pub mod create;
pub mod entry;
mod entry_store;
pub mod first_letter;
pub mod first_link_store;
pub mod invite;
pub mod invite_store;
pub mod letter;
mod moved;
pub mod read;
pub mod segment;
pub mod standing;
pub mod welcome;
