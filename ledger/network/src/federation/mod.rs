//! Programs of other installations, and ours in their networks.
//!
//! [`key`] derives the keys that sign; [`digest`] and [`signature`] are the standards that both sides follow.
//! [`document`] and [`feed`] are what installations say to each other (`docs/api/federation.md`): [`serve`] publishes
//! ours, and [`fetch`] reads theirs, on a schedule ([`job`]) and when an operator asks ([`operator`]). What a peer says is
//! data from a stranger, whoever trusts them: [`admit`] keeps what is well-formed, and pages escape it.
//!
//! Messages about applications are signed with [`jws`]; what they say is the business of the folder `passport`.

pub mod admit;
pub mod digest;
pub mod document;
pub mod feed;
mod feed_store;
pub mod fetch;
pub mod job;
pub mod jws;
pub mod key;
mod listing_store;
pub mod operator;
pub mod page;
pub mod peer;
mod peer_store;
pub mod pull;
mod refusal_store;
pub mod serve;
pub mod signature;

use kit::{
    db::Holder,
    error::{Error, Result},
    limit::Limit,
    state::AppState,
};
use shared::id::NetworkPeerId;

use self::peer::Peer;

/// # Errors
/// 404 if this installation doesn't federate.
pub(crate) fn open(state: &AppState) -> Result<()> {
    if state.config.network.federation { Ok(()) } else { Err(Error::not_found()) }
}

/// The peer at this origin, confirmed or not. A message names it before its signature is checked, so it can be any text.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn peer_at(state: &AppState, origin: &str) -> Result<Option<Peer>> {
    if !document::is_storable(origin) {
        return Ok(None);
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peer = peer_store::at(&mut tx, origin).await?;
    tx.commit().await?;
    Ok(peer)
}

/// The peer, while it is active.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn active(state: &AppState, id: NetworkPeerId) -> Result<Option<Peer>> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peer = peer_store::list(&mut tx, Some(id)).await?.pop();
    tx.commit().await?;
    Ok(peer.filter(|peer| peer.status == "Active"))
}

/// Counts a refused message for the operator. The host is known only if the signature was valid.
///
/// # Errors
/// Fails if the database is unavailable.
pub(crate) async fn refused(state: &AppState, code: &str, host: Option<&str>) -> Result<()> {
    tracing::warn!(event = "federation.message_refused", code, host, "a message of another installation was refused");
    if !state.throttle.take(&Limit::FederationRefusal.buckets(), state.clock.wall()) {
        return Ok(());
    }
    let mut tx = state.db.global(Holder::Nothing).await?;
    refusal_store::note(&mut tx, (code, host), state.clock.now()).await?;
    Ok(tx.commit().await?)
}
