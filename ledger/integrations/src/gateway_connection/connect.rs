//! Creates a connection: inserts a row, calls the gateway, and stores the result.
//!
//! The gateway is called between the two transactions, so either can succeed without the other. The row with a lease is
//! committed before the call; if anything fails, [`super::cleanup`] finds the row when the lease expires, deletes what
//! the gateway may have created, and deletes the row. Nothing half-created remains.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId, ProgramId},
    seal::Secret,
};
use tracing::Instrument;

use super::{
    audit_fields, catalogue, cleanup,
    credentials::{Checked, hint},
    encryption::{self, Column},
    providers::{Account, Client, Endpoint, ProviderError},
    store::{self, Made, New},
    view::GatewayConnection,
};
use engine::lookup_store;
use identity::access::actor::Actor;
use kit::{
    access::secret::SecretError,
    api::idempotency::IdempotencyKey,
    db::{TenantTx, constraint},
    error::{Answer, Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::publish;

/// Longer than a request and all its calls may take.
const LEASE_SECONDS: f64 = 90.0;

/// The connection to create, and who requested it.
#[derive(Debug)]
pub struct ConnectInput {
    pub organization: OrganizationId,
    pub actor: Actor,
    pub gateway: Gateway,
    pub program: ProgramId,
    /// Chosen in advance by callers that need the webhook's URL before its secret.
    pub id: Option<GatewayConnectionId>,
    pub checked: Checked,
    pub idempotency: IdempotencyKey,
}

/// What the gateway returned.
#[derive(Debug, Default)]
struct Found {
    account: Account,
    endpoint: Option<Endpoint>,
    /// Whether the gateway was called at all.
    verified_with_provider: bool,
}

/// Why connecting failed, and whether we may nevertheless have created something at the gateway.
struct Failed {
    failure: ProviderError,
    unclear: bool,
}

/// Connects a gateway. The work runs to its end even if the caller disconnects.
///
/// # Errors
/// 404 for the program, 422 `gateway_refused`, 503 `gateway_unavailable`; nothing remains then.
pub async fn connect(state: &AppState, input: ConnectInput) -> Result<Response> {
    let state = state.clone();
    let work = async move { run(&state, input).await };
    tokio::spawn(work.in_current_span()).await.map_err(|error| Error::internal(error))?
}

async fn run(state: &AppState, input: ConnectInput) -> Result<Response> {
    replay(state, &input).await?;
    let id = input.id.unwrap_or_else(|| state.new_id());
    begin(state, &input, id).await?;
    let found = match verify(state, &input, id).await {
        Ok(found) => found,
        Err(failed) => {
            cleanup::undo(state, input.organization, id, failed.unclear).await;
            return Err(failed.failure.into());
        }
    };
    let mut tx = match state.db.tenant(input.organization).await {
        Ok(tx) => tx,
        Err(error) => return Err(undone(state, &input, id, &found, error.into()).await),
    };
    let answer = match settle(&mut tx, state, &input, id, &found).await {
        Ok(answer) => answer,
        Err(error) => {
            // A transaction that is only dropped rolls back later, and the clean-up skips rows that are still locked.
            if let Err(lost) = tx.rollback().await {
                tracing::warn!(
                    event = "gateway.not_rolled_back", connection = %id,
                    "rolling back a gateway connection failed: {lost}"
                );
            }
            return Err(undone(state, &input, id, &found, error).await);
        }
    };
    // If the answer to the commit is lost, it may have succeeded anyway; the clean-up finds out when the lease expires.
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(answer.into_response())
}

/// Ends with the answer to the same request, if it came before. The claim itself is rolled back: it belongs into the last
/// transaction.
async fn replay(state: &AppState, input: &ConnectInput) -> Result<()> {
    let mut tx = state.db.tenant(input.organization).await?;
    input.idempotency.claim(&mut tx, input.organization, state.clock.now()).await
}

/// Inserts the row before any call.
async fn begin(state: &AppState, input: &ConnectInput, id: GatewayConnectionId) -> Result<()> {
    let organization = input.organization;
    let mut tx = state.db.tenant(organization).await?;
    if !lookup_store::has_program(&mut tx, input.program).await? {
        let message = "programId doesn't match any of your programs.";
        return Err(Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field("programId"));
    }
    let seal = |key: &Secret| encryption::seal(&state.config.keys, organization, id, Column::ApiKey, key);
    let sealed = input.checked.api_key.as_ref().map(seal).transpose().map_err(|error| Error::internal(error))?;
    let new = New {
        id,
        gateway: input.gateway,
        program: input.program,
        environment: input.checked.environment,
        account: input.checked.account.as_deref(),
        sealed_api_key: sealed.as_deref(),
        hints: &input.checked.hints,
        request_key: input.idempotency.text(),
        lease_seconds: LEASE_SECONDS,
    };
    match store::begin(&mut tx, &new, state.clock.now()).await {
        Err(error) if is_taken(&error) => return Err(id_taken()),
        begun => begun.on_constraint("gateway_connections_request", under_way)?,
    }
    tx.commit().await?;
    Ok(())
}

/// Calls the gateway: checks the credentials and creates the webhook endpoint.
async fn verify(state: &AppState, input: &ConnectInput, id: GatewayConnectionId) -> std::result::Result<Found, Failed> {
    let checked = &input.checked;
    let signs_and_calls = checked.secret.as_ref().filter(|_| input.gateway == Gateway::Braintree);
    let Some(key) = checked.api_key.as_ref().or(signs_and_calls) else { return Ok(Found::default()) };
    let client = Client::new(state, input.gateway, checked.environment, key);
    let account = client.account().await.map_err(|failure| Failed { failure, unclear: false })?;
    if checked.secret.is_some() {
        return Ok(Found { account, endpoint: None, verified_with_provider: true });
    }
    let url = catalogue::webhook_url(&state.config.edge_url, input.gateway, id);
    let endpoint = client.create(id, &url).await.map_err(|failure| {
        let unclear = matches!(failure, ProviderError::Away { .. });
        Failed { failure, unclear }
    })?;
    Ok(Found { account, endpoint: Some(endpoint), verified_with_provider: true })
}

/// Writes the finished connection, its record for the edge and the answer, in one transaction.
async fn settle(
    tx: &mut TenantTx,
    state: &AppState,
    input: &ConnectInput,
    id: GatewayConnectionId,
    found: &Found,
) -> Result<Answer> {
    let (organization, now) = (input.organization, state.clock.now());
    let claimed = input.idempotency.claim(tx, organization, now).await;
    claimed.map_err(|error| if error.is_replay() { under_way() } else { error })?;
    let made_secret = found.endpoint.as_ref().map(|endpoint| &endpoint.secret);
    let secret = made_secret
        .or(input.checked.secret.as_ref())
        .ok_or_else(|| Error::internal("a connection without a secret"))?;
    let sealed = encryption::seal(&state.config.keys, organization, id, Column::Secret, secret)
        .map_err(|error| Error::internal(error))?;
    let mut hints = input.checked.hints.clone();
    if let Some(secret) = made_secret {
        hints.insert("webhookSecret".to_owned(), hint(secret.expose()));
    }
    let made = Made {
        sealed_secret: &sealed,
        endpoint: found.endpoint.as_ref().map(|endpoint| endpoint.id.as_str()),
        account: found.account.id.as_deref(),
        hints: &hints,
        checked: found.verified_with_provider,
    };
    if !store::settle(tx, id, &made, now).await? {
        return Err(Error::unavailable("a connection was cleared up while it was being made"));
    }
    publish::gateway(tx, &state.config.keys, id, now).await.map_err(|error| match error {
        SecretError::Database(error) if is_taken(&error) => id_taken(),
        error => error.into(),
    })?;
    let row = store::read(tx, id).await?.ok_or_else(|| Error::internal("a connection that is gone"))?;
    audit_fields::record(tx, state, &input.actor, "connection.created", (id, None, Some(&row))).await?;
    let answer = Answer::new(StatusCode::CREATED, &GatewayConnection::of(row, &state.config.edge_url))?;
    input.idempotency.keep(tx, organization, &answer).await?;
    Ok(answer)
}

/// Handles a failure to store the connection: removes what was created at the gateway.
async fn undone(state: &AppState, input: &ConnectInput, id: GatewayConnectionId, found: &Found, error: Error) -> Error {
    cleanup::undo(state, input.organization, id, found.endpoint.is_some()).await;
    error
}

/// Returns whether the id belongs to another connection, of this organization or (by its record for the edge) of
/// another one.
fn is_taken(error: &sqlx::Error) -> bool {
    ["gateway_connections_pkey", "edge_config_key"].iter().any(|name| constraint::is_violated(error, name))
}

fn id_taken() -> Error {
    Error::new(StatusCode::CONFLICT, Code::IdTaken, "This id is already used by another connection.").with_field("id")
}

fn under_way() -> Error {
    let message = "The first request with this Idempotency-Key is still in progress. Try again in a minute.";
    Error::new(StatusCode::CONFLICT, Code::RequestUnderWay, message)
}
