//! Programs of other installations, and ours in their networks.
//!
//! [`key`] derives the keys that sign; [`digest`], [`signature`] and [`jws`] are the standards that both sides follow.

pub mod digest;
pub mod jws;
pub mod key;
pub mod signature;
