//! Makes a connection: writes that it is being made, asks the gateway, settles what came of it.
//!
//! Between the two transactions the gateway is called, so each can end without the other. Before the call there is a row
//! with a lease; whatever breaks off, [`super::cleanup`] finds the row when the lease is over, takes down what the
//! gateway may have made, and forgets it. Nothing half-made stays.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::{
    error::ErrorBody,
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId, ProgramId},
    seal::Secret,
};
use tracing::Instrument;

use super::{
    catalogue, cleanup,
    credentials::{Checked, hint},
    sealing::{self, Column},
    store::{self, Made, New},
    told,
    vendor::{Account, Client, Endpoint, Trouble},
    view::GatewayConnection,
};
use engine::lookup_store;
use identity::access::actor::Actor;
use kit::{
    access::secret::SecretError,
    api::idempotency::{Answer, IdempotencyKey},
    db::TenantTx,
    error::{Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::publish;

/// Longer than a request may take with all its calls.
const LEASE_SECONDS: f64 = 90.0;

/// What is to be connected, by whom.
#[derive(Debug)]
pub struct Wanted {
    pub organization: OrganizationId,
    pub actor: Actor,
    pub gateway: Gateway,
    pub program: ProgramId,
    /// Chosen beforehand by those who need the webhook's address before its secret.
    pub id: Option<GatewayConnectionId>,
    pub checked: Checked,
    pub idempotency: IdempotencyKey,
    pub request_digest: [u8; 32],
}

/// What the gateway came up with.
#[derive(Debug, Default)]
struct Found {
    account: Account,
    endpoint: Option<Endpoint>,
    /// Whether it was asked at all.
    asked: bool,
}

/// Why nothing came of it, and whether something of ours may stand at the gateway nevertheless.
struct Failed {
    trouble: Trouble,
    unclear: bool,
}

/// Runs to its end even if the caller goes away meanwhile.
///
/// # Errors
/// 404 for the program, 422 `gateway_refused`, 503 `gateway_unavailable`; nothing is left behind.
pub async fn connect(state: &AppState, wanted: Wanted) -> Result<Response> {
    let state = state.clone();
    let work = async move { run(&state, wanted).await };
    tokio::spawn(work.in_current_span()).await.map_err(Error::internal)?
}

async fn run(state: &AppState, wanted: Wanted) -> Result<Response> {
    if let Some(earlier) = earlier(state, &wanted).await? {
        return Ok(earlier);
    }
    let id = wanted.id.unwrap_or_else(|| state.new_id());
    begin(state, &wanted, id).await?;
    let found = match ask(state, &wanted, id).await {
        Ok(found) => found,
        Err(failed) => {
            cleanup::undo(state, wanted.organization, id, failed.unclear).await;
            return Err(failed.trouble.into());
        }
    };
    let mut tx = match state.db.tenant(wanted.organization).await {
        Ok(tx) => tx,
        Err(error) => return Err(undone(state, &wanted, id, &found, error.into()).await),
    };
    let answer = match settle(&mut tx, state, &wanted, id, &found).await {
        Ok(answer) => answer,
        Err(error) => {
            drop(tx);
            return Err(undone(state, &wanted, id, &found, error).await);
        }
    };
    // A commit whose answer is lost may have arrived: the clean-up looks when the lease is over.
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(answer.into_response())
}

/// The answer to the same request, if it came before. The claim is given back: it belongs into the last transaction.
async fn earlier(state: &AppState, wanted: &Wanted) -> Result<Option<Response>> {
    let mut tx = state.db.tenant(wanted.organization).await?;
    wanted.idempotency.claim(&mut tx, wanted.organization, &wanted.request_digest, state.clock.now()).await
}

/// The row, before any call.
async fn begin(state: &AppState, wanted: &Wanted, id: GatewayConnectionId) -> Result<()> {
    let organization = wanted.organization;
    let mut tx = state.db.tenant(organization).await?;
    if !lookup_store::has_program(&mut tx, organization, wanted.program).await? {
        let body = ErrorBody::new("not_found", "programId names nothing of yours.").with_field("programId");
        return Err(Error::from_body(StatusCode::NOT_FOUND, body));
    }
    let seal = |key: &Secret| sealing::seal(&state.config.keys, organization, id, Column::ApiKey, key);
    let sealed = wanted.checked.api_key.as_ref().map(seal).transpose().map_err(Error::internal)?;
    let new = New {
        id,
        gateway: wanted.gateway,
        program: wanted.program,
        environment: wanted.checked.environment,
        account: wanted.checked.account.as_deref(),
        sealed_api_key: sealed.as_deref(),
        hints: &wanted.checked.hints,
        request_key: wanted.idempotency.text(),
        lease_seconds: LEASE_SECONDS,
    };
    match store::begin(&mut tx, organization, &new, state.clock.now()).await {
        Err(error) if is_taken(&error) => return Err(id_taken()),
        begun => begun.on_constraint("gateway_connections_request", under_way)?,
    }
    tx.commit().await?;
    Ok(())
}

/// The gateway's part.
async fn ask(state: &AppState, wanted: &Wanted, id: GatewayConnectionId) -> std::result::Result<Found, Failed> {
    let checked = &wanted.checked;
    let signs_and_calls = checked.secret.as_ref().filter(|_| wanted.gateway == Gateway::Braintree);
    let Some(key) = checked.api_key.as_ref().or(signs_and_calls) else { return Ok(Found::default()) };
    let client = Client::new(state, wanted.gateway, checked.environment, key);
    let account = client.account().await.map_err(|trouble| Failed { trouble, unclear: false })?;
    if checked.secret.is_some() {
        return Ok(Found { account, endpoint: None, asked: true });
    }
    let url = catalogue::webhook_url(&state.config.edge_url, wanted.gateway, id);
    let endpoint = client.create(id, &url).await.map_err(|trouble| {
        let unclear = matches!(trouble, Trouble::Away { .. });
        Failed { trouble, unclear }
    })?;
    Ok(Found { account, endpoint: Some(endpoint), asked: true })
}

/// The connection as it will be, its record for the edge, and the answer, in one transaction.
async fn settle(
    tx: &mut TenantTx,
    state: &AppState,
    wanted: &Wanted,
    id: GatewayConnectionId,
    found: &Found,
) -> Result<Answer> {
    let (organization, now) = (wanted.organization, state.clock.now());
    if wanted.idempotency.claim(tx, organization, &wanted.request_digest, now).await?.is_some() {
        return Err(under_way());
    }
    let made_secret = found.endpoint.as_ref().map(|endpoint| &endpoint.secret);
    let secret = made_secret
        .or(wanted.checked.secret.as_ref())
        .ok_or_else(|| Error::internal("a connection without a secret"))?;
    let sealed =
        sealing::seal(&state.config.keys, organization, id, Column::Secret, secret).map_err(Error::internal)?;
    let mut hints = wanted.checked.hints.clone();
    if let Some(secret) = made_secret {
        hints.insert("webhookSecret".to_owned(), hint(secret.expose()));
    }
    let made = Made {
        sealed_secret: &sealed,
        endpoint: found.endpoint.as_ref().map(|endpoint| endpoint.id.as_str()),
        account: found.account.id.as_deref(),
        hints: &hints,
        checked: found.asked,
    };
    if !store::settle(tx, organization, id, &made, now).await? {
        return Err(Error::unavailable("a connection was cleared up while it was being made"));
    }
    publish::gateway(tx, &state.config.keys, organization, id, now).await.map_err(|error| match error {
        SecretError::Database(error) if is_taken(&error) => id_taken(),
        error => error.into(),
    })?;
    let row = store::read(tx, organization, id).await?.ok_or_else(|| Error::internal("a connection that is gone"))?;
    told::record(tx, state, organization, &wanted.actor, "connection.created", (id, None, Some(&row))).await?;
    let answer = Answer::new(StatusCode::CREATED, &GatewayConnection::of(row, &state.config.edge_url))?;
    wanted.idempotency.keep(tx, organization, &answer).await?;
    Ok(answer)
}

/// Storing failed: what was made at the gateway goes again.
async fn undone(state: &AppState, wanted: &Wanted, id: GatewayConnectionId, found: &Found, error: Error) -> Error {
    cleanup::undo(state, wanted.organization, id, found.endpoint.is_some()).await;
    error
}

/// The id is another connection's, here or (by its record at the edge) in another organization.
fn is_taken(error: &sqlx::Error) -> bool {
    let sqlx::Error::Database(database) = error else { return false };
    matches!(database.constraint(), Some("gateway_connections_pkey" | "edge_config_key"))
}

fn id_taken() -> Error {
    let body = ErrorBody::new("id_taken", "There is a connection of this id already.").with_field("id");
    Error::from_body(StatusCode::CONFLICT, body)
}

fn under_way() -> Error {
    let message = "The first request with this Idempotency-Key is still under way. Ask again in a minute.";
    Error::new(StatusCode::CONFLICT, "request_under_way", message)
}
