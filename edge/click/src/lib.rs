//! What a click runs through: its URL, its visitor, its link, its token and its event, without a clock and I/O.
//!
//! A crate of its own, because the Worker has two aims: a click has to be fast, and everything else small, since each
//! new isolate loads all of it. The root Cargo.toml optimizes this crate for speed, and the edge around it for size.
#![forbid(unsafe_code)]

pub mod address;
pub mod cache;
pub mod cookie;
pub mod datacenter;
pub mod destination;
pub mod follow;
pub mod network;
pub mod record;
#[cfg(test)]
mod sample;
pub mod visit;
pub mod visitor;
