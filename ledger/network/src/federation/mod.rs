//! Programs of other installations, and ours in their networks.
//!
//! [`key`] derives the keys that sign; [`digest`], [`signature`] and [`jws`] are the standards that both sides follow.
//! [`document`] and [`feed`] are what installations say to each other (`docs/api/federation.md`): [`serve`] publishes
//! ours, and [`fetch`] reads theirs, as [`job`] and the operator ([`operator`]) tell it to. What a peer says is data from
//! a stranger, whoever trusts them: [`admit`] keeps what is well-formed, and pages escape it.
//!
//! Creators apply to programs of peers with a [`passport`]: [`send`] signs and sends it, the peer's [`inbox`] takes it and
//! emails its own link, and [`arrival`] fills in the form of whoever opens that.

pub mod admit;
pub mod arrival;
mod arrival_store;
mod deliver;
pub mod digest;
pub mod document;
pub mod feed;
mod feed_store;
pub mod fetch;
pub mod inbox;
pub mod job;
pub mod jws;
pub mod key;
mod listing_store;
pub mod operator;
pub mod page;
pub mod passport;
mod passport_store;
pub mod peer;
mod peer_store;
pub mod pull;
pub mod send;
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
