//! Programs of other installations, and ours in their networks.
//!
//! [`key`] derives the keys that sign; [`digest`] and [`signature`] are the standards that both sides follow.
//! [`document`] and [`feed`] are what installations say to each other (`docs/api/federation.md`): [`serve`] publishes
//! ours, and [`fetch`] reads theirs, on a schedule ([`job`]) and when an operator asks ([`operator`]). What a peer says is
//! data from a stranger, whoever trusts them: [`admit`] keeps what is well-formed, and pages escape it.

pub mod admit;
pub mod digest;
pub mod document;
pub mod feed;
mod feed_store;
pub mod fetch;
pub mod job;
pub mod key;
mod listing_store;
pub mod operator;
pub mod page;
pub mod peer;
mod peer_store;
pub mod pull;
pub mod serve;
pub mod signature;

use kit::{
    error::{Error, Result},
    state::AppState,
};

/// # Errors
/// 404 if this installation doesn't federate.
pub(crate) fn open(state: &AppState) -> Result<()> {
    if state.config.network.federation { Ok(()) } else { Err(Error::not_found()) }
}
