//! Affiliates: who promotes, and which segment they are in.

pub mod affiliate_store;
pub mod create;
pub mod read;
pub mod segment;
