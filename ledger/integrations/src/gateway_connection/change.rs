//! Changes a connection: its program, its credentials, or whether it is disabled.

use axum::http::StatusCode;
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, OrganizationId, ProgramId},
};

use super::{
    catalogue,
    credentials::{self, Checked, Credentials},
    encryption::{self, Column},
    providers::Client,
    store::{self, Change, SealedConnection},
};
use engine::lookup_store;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};
use outbox::edge_config::publish;

/// The requested changes; `None` leaves a field as it is.
#[derive(Debug)]
pub struct Changes {
    pub program: Option<ProgramId>,
    pub status: Option<&'static str>,
    pub credentials: Option<Credentials>,
}

/// Credentials that the gateway accepted, and their account.
#[derive(Debug)]
pub struct Accepted {
    checked: Checked,
    account: Option<String>,
    /// Whether the gateway was called.
    verified_with_provider: bool,
}

/// Parses new credentials and tests them with the gateway. Writes nothing.
///
/// # Errors
/// 400 naming the credential, 404, 409 `connecting`, 422 `gateway_refused`, 503 `gateway_unavailable`.
pub async fn try_credentials(
    state: &AppState,
    organization: OrganizationId,
    id: GatewayConnectionId,
    given: &Credentials,
) -> Result<Accepted> {
    let mut tx = state.db.tenant(organization).await?;
    let Some(kept) = store::kept(&mut tx, id).await? else { return Err(refusal(&mut tx, id).await?) };
    tx.commit().await?;
    let gateway = Gateway::named(&kept.gateway).unwrap_or(Gateway::Stripe);
    let checked = credentials::check(gateway, given)?;
    same_environment(gateway, &kept, &checked)?;
    let signs_and_calls = checked.secret.as_ref().filter(|_| gateway == Gateway::Braintree);
    let Some(key) = checked.api_key.as_ref().or(signs_and_calls) else {
        return Ok(Accepted { account: checked.account.clone(), checked, verified_with_provider: false });
    };
    let client = Client::new(state, gateway, checked.environment, key);
    let account = client.account().await?.id;
    // The new key must have access to the endpoint that we created, or we could never delete it.
    if let Some(endpoint) = kept.endpoint_id.as_deref() {
        let url = catalogue::webhook_url(&state.config.edge_url, gateway, id);
        if let Some(problem) = client.inspect(endpoint, &url).await? {
            let message = format!("The key works, but it may belong to a different account. {problem}");
            return Err(Error::new(StatusCode::UNPROCESSABLE_ENTITY, Code::GatewayRefused, message)
                .with_field("credentials.apiKey"));
        }
    }
    Ok(Accepted { account: account.or_else(|| checked.account.clone()), checked, verified_with_provider: true })
}

/// Refuses credentials of another environment: with a test key in place of a live one, fake sales would earn real
/// money.
fn same_environment(gateway: Gateway, kept: &SealedConnection, checked: &Checked) -> Result<()> {
    match (kept.environment.as_deref(), checked.environment) {
        (Some(was), Some(is)) if was != is => {
            let field = if gateway == Gateway::Braintree { "credentials.environment" } else { "credentials.apiKey" };
            let message = format!(
                "This connection uses {was}, but the new credentials are for {is}. Create a second connection instead."
            );
            Err(Error::field(field, message))
        }
        _ => Ok(()),
    }
}

/// Writes the changes and the connection's new record for the edge.
///
/// # Errors
/// 404 where the connection or the program isn't the organization's, 409 `connecting`.
pub async fn apply(
    tx: &mut TenantTx,
    state: &AppState,
    id: GatewayConnectionId,
    changes: &Changes,
    accepted: Option<&Accepted>,
) -> Result<()> {
    let organization = tx.organization();
    if let Some(program) = changes.program
        && !lookup_store::has_program(tx, program).await?
    {
        let message = "programId doesn't match any of your programs.";
        return Err(Error::new(StatusCode::NOT_FOUND, Code::NotFound, message).with_field("programId"));
    }
    let seal = |column, secret| encryption::seal(&state.config.keys, organization, id, column, secret);
    let checked = accepted.map(|accepted| &accepted.checked);
    let new_secret = checked.and_then(|checked| checked.secret.as_ref());
    let new_key = checked.and_then(|checked| checked.api_key.as_ref());
    let sealed_secret =
        new_secret.map(|secret| seal(Column::Secret, secret)).transpose().map_err(|error| Error::internal(error))?;
    let sealed_api_key =
        new_key.map(|key| seal(Column::ApiKey, key)).transpose().map_err(|error| Error::internal(error))?;
    // New credentials repair a broken connection; a disabled one must be enabled explicitly.
    let mended = accepted.is_some() && changes.status.is_none();
    let change = Change {
        program: changes.program,
        status: changes.status,
        mended,
        environment: checked.and_then(|checked| checked.environment),
        account: accepted.and_then(|accepted| accepted.account.as_deref()),
        sealed_secret: sealed_secret.as_deref(),
        sealed_api_key: sealed_api_key.as_deref(),
        hints: checked.map(|checked| checked.hints.clone()).unwrap_or_default(),
        checked: accepted.is_some_and(|accepted| accepted.verified_with_provider),
    };
    let now = state.clock.now();
    if !store::change(tx, id, &change, now).await? {
        return Err(refusal(tx, id).await?);
    }
    publish::gateway(tx, &state.config.keys, id, now).await?;
    Ok(())
}

/// Why a connection can't be tested, changed or removed: it doesn't exist, or it is still being created.
///
/// # Errors
/// Those of the database.
pub(super) async fn refusal(tx: &mut TenantTx, id: GatewayConnectionId) -> Result<Error> {
    if store::read(tx, id).await?.is_none() {
        return Ok(Error::not_found());
    }
    let message = "This connection is still being set up. Try again in two minutes.";
    Ok(Error::new(StatusCode::CONFLICT, Code::Connecting, message))
}
