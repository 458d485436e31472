//! Calls to addresses that brands choose, which must not reach our own network.
//!
//! [`target`] refuses what is visible in the URL itself, [`address`] knows which addresses are public, and [`client`]
//! filters the resolved addresses when the connection is made, so that a name can't resolve differently in between.

pub mod address;
pub mod client;
pub mod stream;
pub mod target;

pub use client::{Answer, Failure, Outbound};

/// The addresses that calls may reach.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Public addresses, by https only.
    Public,
    /// In development: also this machine itself, and http.
    PublicAndLoopback,
    /// Wherever the operator of this installation says, also in their own network.
    Anywhere,
}
