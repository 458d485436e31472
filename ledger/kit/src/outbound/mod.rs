//! Calls to addresses that brands choose: they must not lead into our own network.
//!
//! [`target`] refuses what a URL alone betrays, [`address`] knows which addresses are public, and [`client`] filters what
//! a name resolves to where the connection is made, so that a name can't change its mind in between.

pub mod address;
pub mod client;
pub mod target;

pub use client::{Answer, Failure, Outbound};

/// How far calls may go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, by https only.
    Public,
    /// In development: also this machine itself, also by http.
    PublicAndLoopback,
}
