//! Sends passports to other installations, asks what became of them, and takes them back.

use axum::http::Method;
use kit::{db::Holder, error::Result, state::AppState};
use shared::id::NetworkPeerId;
use uuid::Uuid;

use super::{
    arrival_store,
    document::is_below,
    fetch::{self, Problem},
    inbox::{FORMAT, KEPT_DAYS, Receipt, UNUSED_DAYS},
    jws,
    key::SigningKey,
    passport::{LIFE_SECONDS, Passport, Person},
    passport_store::{self, Due, Target},
    peer::{Peer, pause_ms},
    peer_store, serve,
};

/// How often the other installation is asked about an application.
pub(super) const ASK_EVERY_MS: i64 = 60 * 60 * 1_000;
const ANSWER_BYTES_MAX: usize = 8 * 1024;
/// The most applications that one round asks about.
const DUE_MAX: i64 = 50;
/// After so many failures in a row an installation isn't asked again.
const FAILURES_MAX: i32 = 40;
const STATUSES: [&str; 5] = ["Sent", "Applied", "Joined", "Rejected", "Withdrawn"];

/// Sends a passport, under the name of its application. The outer error is ours, the inner one the peer's.
pub(super) async fn send(
    state: &AppState,
    target: &Target,
    (id, program): (Uuid, &str),
    creator: Person,
) -> Result<std::result::Result<String, Problem>> {
    let Some(peer) = active(state, target.peer).await? else { return Ok(Err(Problem::Content("it isn’t read now"))) };
    let now = state.clock.wall().seconds();
    let passport = Passport {
        iss: serve::installation(state)?,
        aud: peer.origin.clone(),
        jti: id.to_string(),
        iat: now,
        exp: now.saturating_add(LIFE_SECONDS),
        program: program.to_owned(),
        creator,
    };
    let claims = serde_json::to_vec(&passport).map_err(|error| kit::error::Error::internal(error))?;
    let token = jws::sign(&claims, &SigningKey::current(&state.config.keys.federation)?);
    let url = target.applications_url.clone().unwrap_or_default();
    let answer = ask(state, &peer, Method::POST, (&url, token.into_bytes())).await;
    Ok(answer.map(|receipt| receipt.receipt))
}

async fn active(state: &AppState, id: NetworkPeerId) -> Result<Option<Peer>> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peer = peer_store::list(&mut tx, Some(id)).await?.pop();
    tx.commit().await?;
    Ok(peer.filter(|peer| peer.status == "Active"))
}

async fn ask(
    state: &AppState,
    peer: &Peer,
    method: Method,
    (url, body): (&str, Vec<u8>),
) -> std::result::Result<Receipt, Problem> {
    let fetched = fetch::ask(state, method, (url, body), ANSWER_BYTES_MAX).await?;
    fetched.verify(state, &peer.keys.0)?;
    let unreadable = Problem::Content("its receipt can’t be read");
    let receipt: Receipt = serde_json::from_slice(&fetched.body).map_err(|_| unreadable.clone())?;
    let is_known = receipt.format == FORMAT && STATUSES.contains(&receipt.status.as_str());
    if is_known && receipt.receipt.len() <= 500 && is_below(&receipt.receipt, &peer.origin) {
        Ok(receipt)
    } else {
        Err(unreadable)
    }
}

/// Asks about applications that are due, takes back those that were withdrawn, and forgets announcements that are over.
///
/// # Errors
/// Fails if the database is unavailable.
pub(super) async fn once(state: &AppState) -> Result<()> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    arrival_store::federate(&mut tx).await?;
    arrival_store::forget_old(&mut tx, (now.plus_days(-UNUSED_DAYS), now.plus_days(-KEPT_DAYS))).await?;
    let due = passport_store::take_due(&mut tx, (now, now.plus_millis(ASK_EVERY_MS)), DUE_MAX).await?;
    tx.commit().await?;
    for one in due {
        let outcome = follow(state, &one).await?;
        let mut tx = state.db.global(Holder::Nothing).await?;
        arrival_store::federate(&mut tx).await?;
        match outcome {
            Ok(_) if one.is_withdrawn => passport_store::forget(&mut tx, one.id).await?,
            Ok(Some(status)) => {
                let is_final = matches!(status.as_str(), "Joined" | "Rejected" | "Withdrawn");
                let due_at = (!is_final).then(|| now.plus_millis(ASK_EVERY_MS));
                passport_store::became(&mut tx, one.id, (&status, due_at), now).await?;
            }
            Ok(None) => {}
            Err(problem) if one.failures >= FAILURES_MAX => {
                tracing::warn!("a peer was asked about a passport too often: {problem}");
                // One that was taken back is forgotten; the creator of another still sees what was known last.
                passport_store::forget(&mut tx, one.id).await?;
                passport_store::failed(&mut tx, one.id, now.plus_days(KEPT_DAYS)).await?;
            }
            Err(_) => {
                let again = now.plus_millis(pause_ms(one.failures.saturating_add(1), 0));
                passport_store::failed(&mut tx, one.id, again).await?;
            }
        }
        tx.commit().await?;
    }
    Ok(())
}

/// What became of one, or nothing for one that was taken back or never arrived.
async fn follow(state: &AppState, due: &Due) -> Result<std::result::Result<Option<String>, Problem>> {
    let (Some(receipt), Some(peer)) = (&due.receipt, active(state, due.peer).await?) else {
        // Whatever never arrived can't be taken back; a paused peer is asked later.
        let has_receipt = due.receipt.is_some();
        return Ok(if has_receipt { Err(Problem::Content("it isn’t read now")) } else { Ok(None) });
    };
    if due.is_withdrawn {
        return Ok(fetch::delete(state, receipt).await.map(|()| None));
    }
    Ok(ask(state, &peer, Method::GET, (receipt, Vec::new())).await.map(|receipt| Some(receipt.status)))
}
