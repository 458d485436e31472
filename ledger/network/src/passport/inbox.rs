//! `/network/v1/inbox`: messages of other installations about applications to programs of this one.
//!
//! A message is the word of an installation, and moves nothing: the address in a passport gets a sign-in link from us, and
//! whoever opens that link fills in the program's own form, with what the passport says as a beginning. Nobody becomes an
//! affiliate, and no affiliate changes, without the address's owner. The answer never says whether the address is known
//! here. Later, the installation may ask what became of the application, and take it back until the brand has decided.

use axum::{
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
    response::Response,
};
use identity::access::session::Token;
use kit::{
    db::{GlobalTx, Holder},
    error::{Code, Error, Result},
    state::AppState,
    text::{Language, Texts},
};
use sha2::{Digest, Sha256};
use shared::id::{NetworkContact, NetworkContactId, OrganizationId, ProgramId};

use super::{
    FORMAT, Receipt,
    message::{self, Message, Passport},
};
use crate::{
    arrival::store::{self, Arrival, New},
    contact::respond,
    creator::{join, next::Next},
    federation::{
        self,
        jws::{BYTES_MAX, Invalid, Kind, Unverified},
        key::SigningKey,
        peer::Peer,
        serve,
    },
};

/// The most applications that one peer names within a day.
const PER_DAY_MAX: i64 = 200;

fn refuse(status: StatusCode, (code, message): (Code, &str)) -> Error {
    Error::new(status, code, message)
}

fn malformed(message: &str) -> Error {
    refuse(StatusCode::BAD_REQUEST, (Code::MessageMalformed, message))
}

/// `POST /network/v1/inbox`: a passport, a status request or a revocation, as a compact JWS.
///
/// # Errors
/// 404 if this installation doesn't federate, or knows no such program or application; the codes for messages of other
/// installations in `docs/api/errors.md`; 429 if the installation names too many applications.
pub async fn receive(State(state): State<AppState>, body: Bytes) -> Result<Response> {
    federation::open(&state)?;
    let mut sender = None;
    match answer(&state, &body, &mut sender).await {
        Ok(receipt) => {
            let key = SigningKey::current(&state.config.keys.federation)?;
            serve::answer(&state, &receipt, &key, &HeaderMap::new())
        }
        Err(error) => {
            if error.status().is_client_error() {
                let host = sender.as_ref().map(|peer| peer.host.as_str());
                federation::refused(&state, error.body().code.as_str(), host).await?;
            }
            Err(error)
        }
    }
}

/// Does what a message says. `sender` is who signed it, once that is certain.
async fn answer(state: &AppState, body: &[u8], sender: &mut Option<Peer>) -> Result<Receipt> {
    if body.len() > BYTES_MAX {
        let message = "A message has at most 48 KB.";
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, (Code::PayloadTooLarge, message)));
    }
    let unreadable = || malformed("The body isn't a compact JWS with EdDSA of a type that is known here.");
    let token = std::str::from_utf8(body).ok().and_then(|text| Unverified::read(text.trim())).ok_or_else(unreadable)?;
    let claims = || malformed("The claims can't be read.");
    let message: Message = serde_json::from_slice(token.claims()).map_err(|_| claims())?;
    let peer = peer(state, &message.iss, token.kind).await?;
    token.verify(&peer.keys.0).map_err(|invalid| match invalid {
        Invalid::UnknownKey => {
            let message = "No key of the installation that is trusted here has the name in `kid`.";
            refuse(StatusCode::FORBIDDEN, (Code::UnknownKey, message))
        }
        Invalid::Signature => {
            refuse(StatusCode::UNAUTHORIZED, (Code::SignatureInvalid, "The signature doesn't fit the message."))
        }
    })?;
    let peer = sender.insert(peer);
    let installation = serve::installation(state)?;
    if let Some(problem) = message.problem(&installation, state.clock.wall().seconds()) {
        return Err(refuse(StatusCode::BAD_REQUEST, problem));
    }
    let status = match token.kind {
        Kind::Passport => {
            let passport: Passport = serde_json::from_slice(token.claims()).map_err(|_| claims())?;
            let program = passport.program(&installation).map_err(|it| refuse(StatusCode::BAD_REQUEST, it))?;
            let program: ProgramId = program.parse().map_err(|_| Error::not_found())?;
            take(state, peer, program, passport).await?
        }
        Kind::StatusRequest => status_of(state, peer, &message.jti).await?,
        Kind::Revocation => revoke(state, peer, &message.jti).await?,
    };
    Ok(Receipt { format: FORMAT.to_owned(), application: message.jti, status: status.to_owned() })
}

/// The installation that a message names as its sender. One that was confirmed once may always take back what it sent.
///
/// # Errors
/// 403 unless an operator confirmed it and, for a passport, takes its applications.
async fn peer(state: &AppState, origin: &str, kind: Kind) -> Result<Peer> {
    let peer = federation::peer_at(state, origin).await?.filter(|peer| match kind {
        Kind::Passport => peer.status == "Active" && peer.takes_applications,
        Kind::StatusRequest | Kind::Revocation => peer.status != "Proposed",
    });
    let message = "Applications of this installation aren't taken here.";
    peer.ok_or_else(|| refuse(StatusCode::FORBIDDEN, (Code::UnknownPeer, message)))
}

/// Stores an announcement, and emails the person whom it is about. The same one again changes nothing.
async fn take(state: &AppState, peer: &Peer, program: ProgramId, passport: Passport) -> Result<&'static str> {
    let announced =
        serde_json::to_vec(&(&passport.program, &passport.creator)).map_err(|error| Error::internal(error))?;
    let digest: [u8; 32] = Sha256::digest(announced).into();
    let jti = passport.message.jti;
    let person = message::admitted(passport.creator).ok_or_else(|| malformed("creator.email must be an address."))?;
    let (token, now) = (Token::fresh(), state.clock.now());
    let mut tx = state.db.global(Holder::BearerHash(&token.hash)).await?;
    store::exchange(tx.conn()).await?;
    store::lock(&mut tx, peer.id).await?;
    if let Some(known) = store::named(&mut tx, (peer.id, &jti)).await? {
        tx.commit().await?;
        return again(state, &known, &digest).await;
    }
    may_name(state, &mut tx, peer).await?;
    let (handle, title) = store::program(&mut tx, program).await?.ok_or_else(Error::not_found)?;
    let id = state.new_id::<NetworkContact>().uuid();
    let next = Next::read(&format!("/a/network/apply/{handle}?from={id}"));
    let t = Texts::new(person.language.as_deref().and_then(Language::parse).unwrap_or_default());
    let to = (person.email.as_str(), &next);
    if !join::announce(&mut tx, state, t, to, (&token, (&peer.host, &title))).await? {
        return Err(Error::too_often());
    }
    let new = New { id, peer: peer.id, jti: &jti, digest: &digest, program, person: &person, link_hash: &token.hash };
    store::insert(&mut tx, &new, now).await?;
    tx.commit().await?;
    Ok("Sent")
}

/// # Errors
/// 410 if it was taken back; 409 if it said something else the first time.
async fn again(state: &AppState, known: &Arrival, digest: &[u8; 32]) -> Result<&'static str> {
    if known.revoked_at.is_some() {
        return Err(refuse(StatusCode::GONE, (Code::ApplicationRevoked, "This application was taken back.")));
    }
    if known.digest.as_deref() != Some(&digest[..]) {
        let message = "This application was announced with different content.";
        return Err(refuse(StatusCode::CONFLICT, (Code::ApplicationDiffers, message)));
    }
    status(state, known).await
}

/// # Errors
/// 429 if the peer named as many applications within a day as it may.
async fn may_name(state: &AppState, tx: &mut GlobalTx, peer: &Peer) -> Result<()> {
    let since = state.clock.now().plus_days(-1);
    let count = store::count(tx, peer.id, since).await?;
    if count < PER_DAY_MAX { Ok(()) } else { Err(Error::too_often()) }
}

/// What became of an application.
async fn status(state: &AppState, arrival: &Arrival) -> Result<&'static str> {
    if arrival.revoked_at.is_some() {
        return Ok("Withdrawn");
    }
    let (Some(tenant), Some(contact)) = (arrival.tenant, arrival.contact) else { return Ok("Sent") };
    Ok(shared(respond::status(state, (tenant, contact)).await?.as_deref()))
}

/// The part of a contact's status that other installations learn: invitations are between the brand and the creator.
fn shared(status: Option<&str>) -> &'static str {
    match status {
        Some("Applied") => "Applied",
        Some("Joined") => "Joined",
        Some("Rejected") => "Rejected",
        _ => "Withdrawn",
    }
}

async fn status_of(state: &AppState, peer: &Peer, jti: &str) -> Result<&'static str> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::exchange(tx.conn()).await?;
    let arrival = store::named(&mut tx, (peer.id, jti)).await?;
    tx.commit().await?;
    status(state, &arrival.ok_or_else(Error::not_found)?).await
}

/// Erases an announcement with its link and email, or withdraws the application that was made of it. What the brand has
/// decided stays: it is between the brand and its affiliate.
async fn revoke(state: &AppState, peer: &Peer, jti: &str) -> Result<&'static str> {
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    store::exchange(tx.conn()).await?;
    store::lock(&mut tx, peer.id).await?;
    let Some(arrival) = store::named(&mut tx, (peer.id, jti)).await? else {
        may_name(state, &mut tx, peer).await?;
        let id = state.new_id::<NetworkContact>().uuid();
        store::insert_revoked(&mut tx, id, (peer.id, jti), now).await?;
        tx.commit().await?;
        return Ok("Withdrawn");
    };
    if let (Some(tenant), Some(contact)) = (arrival.tenant, arrival.contact) {
        tx.commit().await?;
        return withdraw(state, peer, &arrival, (tenant, contact)).await;
    }
    if arrival.revoked_at.is_none() {
        let link = arrival.link_hash.as_deref().and_then(|hash| <[u8; 32]>::try_from(hash).ok());
        if let Some(link) = link {
            tx.also(Holder::BearerHash(&link)).await?;
            store::delete_link(&mut tx, &link, arrival.mail_id).await?;
        }
        store::revoke(tx.conn(), arrival.id, now).await?;
    }
    tx.commit().await?;
    Ok("Withdrawn")
}

/// Withdraws an application that the brand hasn't decided, and forgets the announcement with it.
async fn withdraw(
    state: &AppState,
    peer: &Peer,
    arrival: &Arrival,
    (tenant, contact): (OrganizationId, NetworkContactId),
) -> Result<&'static str> {
    let actor = format!("installation:{}", peer.host);
    let opened = respond::withdraw_for(state, actor, (tenant, contact)).await?;
    let (mut tx, status) = opened;
    let status = shared(status.as_deref());
    if status == "Withdrawn" {
        store::exchange(tx.conn()).await?;
        store::revoke(tx.conn(), arrival.id, state.clock.now()).await?;
    }
    tx.commit().await?;
    drop(state.news.send(tenant));
    state.edge_config_changed.notify_one();
    Ok(status)
}
