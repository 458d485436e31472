//! Applications that come from other installations.
//!
//! A passport is the word of an installation, and moves nothing: the address in it gets a sign-in link from us, and
//! whoever opens that link fills in the program's own form, with what the passport says as a beginning. Nobody becomes an
//! affiliate, and no affiliate changes, without the address's owner. The installation gets a receipt: an address at which
//! it reads what becomes of the application, once the owner has sent it, and at which it takes its word back.

use axum::{
    body::Bytes,
    extract::{Path, State},
    http::{HeaderMap, StatusCode},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use kit::{
    db::Holder,
    error::{Code, Error, Result},
    state::AppState,
    text::{Language, Texts},
};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use shared::id::{OrganizationId, ProgramId};

use super::{
    arrival_store::{self, Arrival, NewArrival},
    jws::Unverified,
    key::SigningKey,
    open,
    passport::Passport,
    peer::Peer,
    peer_store, serve,
};
use crate::creator::{join, next::Next};
use hmac::Mac;

/// Where applications go, below an installation's address.
pub const PATH: &str = "/network/v1/applications";
pub const FORMAT: &str = "rekomi-network-application/1";
/// The most applications that one peer sends within a day.
const PER_DAY_MAX: i64 = 200;
/// How long an announcement waits for the person whom it is about.
pub(super) const UNUSED_DAYS: i64 = 30;
/// How long an installation can ask what became of one.
pub(super) const KEPT_DAYS: i64 = 365;

/// The answer to an application, and to whoever asks about it later.
#[derive(Debug, Serialize, Deserialize)]
pub struct Receipt {
    pub format: String,
    /// `Sent` until the person has applied, then `Applied`, `Joined`, `Rejected` or `Withdrawn`.
    pub status: String,
    /// Only whoever sent the application knows this address.
    pub receipt: String,
}

/// `POST /network/v1/applications`: a passport, as a compact JWS.
///
/// # Errors
/// 404 if this installation doesn't federate, or lists no such program; 400 if it isn't a valid passport; 403 unless an
/// operator takes applications of its installation; 429 if that one sends too many.
pub async fn receive(State(state): State<AppState>, requested: HeaderMap, body: Bytes) -> Result<Response> {
    open(&state)?;
    let invalid = |message: &str| Error::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, message);
    let unreadable = || invalid("The body isn't a passport: a compact JWS with EdDSA of the type rekomi-passport+jws.");
    let token =
        std::str::from_utf8(&body).ok().and_then(|text| Unverified::read(text.trim())).ok_or_else(unreadable)?;
    let passport: Passport = serde_json::from_slice(token.claims()).map_err(|_| unreadable())?;
    let peer = sender(&state, &passport.iss).await?;
    if !token.is_signed_by(&peer.keys.0) {
        return Err(Error::new(
            StatusCode::FORBIDDEN,
            Code::SignatureInvalid,
            "No key of the installation that is trusted here signed the passport.",
        ));
    }
    if let Some(problem) = passport.problem(&serve::installation(&state)?, state.clock.wall().seconds()) {
        return Err(invalid(problem));
    }
    let receipt = take(&state, &peer, passport).await?;
    serve::answer(&state, &receipt, &SigningKey::current(&state.config.keys.federation)?, &requested)
}

/// # Errors
/// 403 unless an operator takes applications of this installation.
async fn sender(state: &AppState, origin: &str) -> Result<Peer> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peers = peer_store::list(&mut tx, None).await?;
    tx.commit().await?;
    let is_welcome = |peer: &Peer| peer.origin == origin && peer.status == "Active" && peer.takes_applications;
    let refused = || Error::forbidden("Applications of this installation aren't taken here.");
    peers.into_iter().find(is_welcome).ok_or_else(refused)
}

/// Keeps an announcement, and emails the person whom it is about. The same one again changes nothing.
async fn take(state: &AppState, peer: &Peer, passport: Passport) -> Result<Receipt> {
    let invalid = || Error::field("creator.email", "creator.email must be an email address");
    let person = passport.creator.admitted().ok_or_else(invalid)?;
    let program: ProgramId = passport.program.parse().map_err(|_| Error::not_found())?;
    let token = receipt_token(state, peer, &passport.jti);
    let hash: [u8; 32] = Sha256::digest(&token).into();
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    arrival_store::federate(&mut tx).await?;
    let (handle, title) = arrival_store::program(&mut tx, program).await?.ok_or_else(Error::not_found)?;
    if arrival_store::count(&mut tx, peer.id, now.plus_days(-1)).await? >= PER_DAY_MAX {
        return Err(Error::too_often());
    }
    let id = state.new_id::<shared::id::NetworkContact>().uuid();
    let new = NewArrival { id, peer: peer.id, jti: &passport.jti, receipt_hash: &hash, program, person: &person };
    let is_new = arrival_store::insert(&mut tx, &new, now).await?;
    tx.commit().await?;
    if is_new {
        let t = Texts::new(person.language.as_deref().and_then(Language::parse).unwrap_or_default());
        let next = Next::read(&format!("/a/network/apply/{handle}"));
        join::announce(state, t, (&person.email, &next), (&peer.host, &title)).await?;
    }
    let receipt = format!("{}{PATH}/{token}", serve::installation(state)?);
    Ok(Receipt { format: FORMAT.to_owned(), status: "Sent".to_owned(), receipt })
}

/// Follows from the application, so that whoever sends it twice gets the same one.
fn receipt_token(state: &AppState, peer: &Peer, jti: &str) -> String {
    let mac = state.config.keys.federation.current().mac(&[
        b"receipt\0",
        peer.id.to_string().as_bytes(),
        b"\0",
        jti.as_bytes(),
    ]);
    BASE64_URL_SAFE_NO_PAD.encode(mac.finalize().into_bytes())
}

/// `GET /network/v1/applications/{receipt}`: what became of an application.
///
/// # Errors
/// 404 if nobody got this receipt, or it was taken back.
pub async fn read(State(state): State<AppState>, Path(token): Path<String>, requested: HeaderMap) -> Result<Response> {
    open(&state)?;
    let hash: [u8; 32] = Sha256::digest(&token).into();
    let mut tx = state.db.global(Holder::Nothing).await?;
    arrival_store::federate(&mut tx).await?;
    let arrival = arrival_store::by_receipt(&mut tx, &hash).await?;
    tx.commit().await?;
    let status = status(&state, arrival.ok_or_else(Error::not_found)?).await?;
    let receipt = format!("{}{PATH}/{token}", serve::installation(&state)?);
    let answer = Receipt { format: FORMAT.to_owned(), status, receipt };
    serve::answer(&state, &answer, &SigningKey::current(&state.config.keys.federation)?, &requested)
}

async fn status(state: &AppState, arrival: Arrival) -> Result<String> {
    let sent = || "Sent".to_owned();
    let Some(creator) = arrival.creator else { return Ok(sent()) };
    let mut tx = state.db.global(Holder::Creator(creator)).await?;
    let contact = arrival_store::contact(&mut tx, (creator, arrival.program)).await?;
    tx.commit().await?;
    let Some((organization, contact)) = contact else { return Ok(sent()) };
    let mut tx = state.db.tenant(OrganizationId::new(organization)).await?;
    let status = arrival_store::status(&mut tx, contact).await?;
    tx.commit().await?;
    // Invitations and their ends are between the brand and the creator.
    let is_shared = |status: &String| ["Applied", "Joined", "Rejected", "Withdrawn"].contains(&status.as_str());
    Ok(status.filter(is_shared).unwrap_or_else(sent))
}

/// `DELETE /network/v1/applications/{receipt}`: the creator takes the passport back, and everything in it is erased. What
/// they sent from here themselves is theirs here, and stays.
///
/// # Errors
/// 404 if this installation doesn't federate; 503 if the database is unavailable.
pub async fn withdraw(State(state): State<AppState>, Path(token): Path<String>) -> Result<Response> {
    open(&state)?;
    let hash: [u8; 32] = Sha256::digest(&token).into();
    let mut tx = state.db.global(Holder::Nothing).await?;
    arrival_store::federate(&mut tx).await?;
    arrival_store::redact(&mut tx, &hash).await?;
    tx.commit().await?;
    Ok(StatusCode::NO_CONTENT.into_response())
}
