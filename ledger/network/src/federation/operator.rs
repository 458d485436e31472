//! `/network/operator/federation`: the installations whose programs are shown here. An operator names one, compares the
//! fingerprint of its keys with what its operator says, and can pause or remove it at any time.

use axum::{
    Form,
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use identity::access::session::{Session, SignedOut};
use kit::{
    api::query::Query,
    db::Holder,
    error::{Code, Error, Result},
    form::{Fields, Refused},
    page::{Html, PageError},
    state::AppState,
};
use rules::format;
use shared::{id::NetworkPeerId, timestamp::Timestamp};

use super::{
    fetch,
    key::{self, PublicKey},
    open,
    peer::{INVALID_MAX, Origin, PEERS_MAX, Peer, SHOWN_DAYS},
    peer_store, pull,
    refusal_store::{self, Refusal},
    serve,
};
use crate::listing::operator::operator;

const PLACE: &str = "/network/operator/federation";
const ADD: &str = "add";

#[derive(Debug, askama::Template)]
#[template(path = "network_federation.html")]
struct FederationPage {
    peers: Vec<Peer>,
    /// Messages of others that were refused here.
    refusals: Vec<Refusal>,
    /// Our own address and keys, for operators of other installations.
    installation: String,
    keys: Vec<PublicKey>,
    toast: Option<&'static str>,
    refused: Refused,
    email: String,
}

impl FederationPage {
    fn wrong(&self, form: &str) -> Option<&str> {
        self.refused.of(form, "url").or_else(|| self.refused.beside(form, &["url"]))
    }

    fn typed(&self) -> &str {
        self.refused.typed(ADD, "url")
    }

    fn last_read(peer: &Peer) -> String {
        peer.pulled_at.map_or_else(|| "Never".to_owned(), moment)
    }

    fn last_tried(peer: &Peer) -> String {
        peer.tried_at.map(moment).unwrap_or_default()
    }

    fn refused_at(refusal: &Refusal) -> String {
        moment(refusal.last_at)
    }

    fn days() -> i64 {
        SHOWN_DAYS
    }

    fn tries() -> i32 {
        INVALID_MAX
    }

    /// The keys that wait for a confirmation.
    fn waiting(peer: &Peer) -> Option<&[PublicKey]> {
        match (&peer.other_keys, peer.status.as_str()) {
            (Some(keys), _) => Some(&keys.0),
            (None, "Proposed") => Some(&peer.keys.0),
            (None, _) => None,
        }
    }

    /// Names the keys that the page showed, so that others aren't confirmed by mistake.
    fn shown(keys: &[PublicKey]) -> String {
        keys.iter().map(PublicKey::fingerprint).collect::<Vec<_>>().join(", ")
    }
}

fn moment(at: Timestamp) -> String {
    format!("{} UTC", format::moment(at))
}

/// Admits only operators of an installation that federates.
async fn enter(
    state: &AppState,
    session: std::result::Result<Session, SignedOut>,
) -> std::result::Result<std::result::Result<Session, Response>, PageError> {
    open(state)?;
    match session {
        Ok(session) => {
            operator(state, &session)?;
            Ok(Ok(session))
        }
        Err(signed_out) => Ok(Err(signed_out.into_response())),
    }
}

/// `GET /network/operator/federation`.
///
/// # Errors
/// 404 for anyone but an operator; 503 if the database is unavailable.
pub async fn show(
    State(state): State<AppState>,
    session: std::result::Result<Session, SignedOut>,
    mut query: Query,
) -> std::result::Result<Response, PageError> {
    let session = match enter(&state, session).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let toast = match query.text("done").as_deref() {
        Some("added") => Some("Installation found. Compare its fingerprint before you confirm it."),
        Some("confirm") => Some("Installation confirmed. Its programs appear once its feed was read."),
        Some("pause") => Some("Installation paused. Its programs are hidden."),
        Some("resume") => Some("Installation resumed. Its programs appear once its feed was read."),
        Some("take") => Some("Applications from there are taken again."),
        Some("refuse") => Some("Applications from there are refused."),
        Some("pull") => Some("Feed read."),
        Some("remove") => Some("Installation removed, with all of its programs."),
        _ => None,
    };
    let page = FederationPage { toast, ..load(&state, &session, Refused::default()).await? };
    Ok(Html(page).into_response())
}

async fn load(state: &AppState, session: &Session, refused: Refused) -> Result<FederationPage> {
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peers = peer_store::list(&mut tx, None).await?;
    let refusals = refusal_store::list(&mut tx).await?;
    tx.commit().await?;
    let (installation, keys) = (serve::installation(state)?, key::published(&state.config.keys.federation)?);
    Ok(FederationPage { peers, refusals, installation, keys, toast: None, refused, email: session.email.clone() })
}

/// Redirects after a change, or shows the form again with what is wrong.
async fn finish(
    state: &AppState,
    session: &Session,
    outcome: Result<()>,
    (done, form, typed): (&str, &str, Fields),
) -> std::result::Result<Response, PageError> {
    let mut refused = Refused { form: form.to_owned(), typed, ..Refused::default() };
    match refused.problems.refused(outcome.map(|()| true))? {
        None => Ok(Redirect::to(&format!("{PLACE}?done={done}")).into_response()),
        Some(status) => Ok((status, Html(load(state, session, refused).await?)).into_response()),
    }
}

/// `POST /network/operator/federation/peers`: looks at an installation, and shows its fingerprint.
///
/// # Errors
/// 404 for anyone but an operator. What is wrong with the address is shown next to it.
pub async fn add(
    State(state): State<AppState>,
    session: std::result::Result<Session, SignedOut>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let session = match enter(&state, session).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let outcome = propose(&state, &session, fields.text("url")).await;
    finish(&state, &session, outcome, ("added", ADD, fields)).await
}

async fn propose(state: &AppState, session: &Session, typed: &str) -> Result<()> {
    let origin = Origin::parse(typed, state.outbound.reach)
        .map_err(|problem| Error::field("url", format!("The address {problem}.")))?;
    if origin.url == serve::installation(state)? {
        return Err(Error::field("url", "This is the address of this installation."));
    }
    let introduced = fetch::document(state, &origin.url, &[]).await;
    let document = introduced.map_err(|problem| Error::field("url", problem.to_string()))?.document;
    let id: NetworkPeerId = state.new_id();
    let mut tx = state.db.global(Holder::Nothing).await?;
    let peer = (origin.host.as_str(), &document, session.email.as_str());
    if !peer_store::insert(&mut tx, id, peer, PEERS_MAX, state.clock.now()).await? {
        return Err(Error::field("url", "This installation is on the list already, or the list has 200 of them."));
    }
    tx.commit().await?;
    tracing::info!(
        event = "federation.peer_named", operator = %session.actor.who, host = origin.host,
        "an operator named a peer of the network"
    );
    Ok(())
}

/// `POST /network/operator/federation/peers/{id}/{what}`: `confirm`, `pause`, `resume`, `pull`,
/// `take`, `refuse` or `remove`.
///
/// # Errors
/// 404 for anyone but an operator, and for a peer that doesn't exist.
pub async fn act(
    State(state): State<AppState>,
    session: std::result::Result<Session, SignedOut>,
    Path((id, what)): Path<(String, String)>,
    Form(fields): Form<Fields>,
) -> std::result::Result<Response, PageError> {
    let session = match enter(&state, session).await? {
        Ok(session) => session,
        Err(response) => return Ok(response),
    };
    let peer = find(&state, &id).await?;
    let outcome = enact(&state, &peer, &what, &fields).await;
    tracing::info!(
        event = "federation.peer_changed", operator = %session.actor.who, host = peer.host, what,
        done = outcome.is_ok(),
        "an operator changed a peer"
    );
    finish(&state, &session, outcome, (&what, &id, fields)).await
}

/// # Errors
/// 404 if there is no such peer.
async fn find(state: &AppState, id: &str) -> Result<Peer> {
    let id: NetworkPeerId = id.parse().map_err(|_| Error::not_found())?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let found = peer_store::list(&mut tx, Some(id)).await?.pop();
    tx.commit().await?;
    found.ok_or_else(Error::not_found)
}

async fn enact(state: &AppState, peer: &Peer, what: &str, fields: &Fields) -> Result<()> {
    if what == "pull" {
        return pull_now(state, peer).await;
    }
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    match what {
        "confirm" => {
            let keys = FederationPage::waiting(peer).unwrap_or_default();
            let is_shown = FederationPage::shown(keys) == fields.raw("fingerprints");
            if keys.is_empty() || !is_shown || !peer_store::confirm(&mut tx, peer.id, keys, now).await? {
                return Err(conflict(
                    "The keys have changed since you opened the page. Compare their fingerprints again.",
                ));
            }
        }
        "pause" => peer_store::pause(&mut tx, peer.id).await?,
        "resume" => peer_store::resume(&mut tx, peer.id, now).await?,
        "take" => peer_store::take_applications(&mut tx, peer.id, true).await?,
        "refuse" => peer_store::take_applications(&mut tx, peer.id, false).await?,
        "remove" => {
            peer_store::remove(&mut tx, peer.id).await?;
        }
        _ => return Err(Error::not_found()),
    }
    tx.commit().await?;
    Ok(())
}

fn conflict(message: &str) -> Error {
    Error::new(StatusCode::CONFLICT, Code::WrongStatus, message)
}

/// Reads the feed while the operator waits.
async fn pull_now(state: &AppState, peer: &Peer) -> Result<()> {
    if !pull::one(state, Some(peer.id)).await? {
        return Err(conflict("The feed is being read at this moment, or the installation isn’t active."));
    }
    let peer = find(state, &peer.id.to_string()).await?;
    peer.problem.map_or(Ok(()), |problem| Err(conflict(&problem)))
}
