//! The gateway part of `/api/v1/connections`; [`crate::connection`] has the handlers and calls this.

use axum::{
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde::{Deserialize, Serialize};
use shared::{
    event::Gateway,
    id::{GatewayConnectionId, ProgramId},
};
use utoipa::ToSchema;

use super::{
    audit_fields,
    change::{self, Changes},
    check, cleanup,
    connect::{self, ConnectInput},
    credentials::{self, Credentials},
    store,
    view::GatewayConnection,
};
use identity::access::{actor::Actor, api_key::ReadKey};
use kit::{
    api::idempotency::IdempotencyKey,
    error::{Answer, Error, Result},
    state::AppState,
};
use outbox::edge_config::publish;

/// The time in which the endpoint should be removed, before the clean-up job tries it.
const REMOVAL_LEASE_SECONDS: f64 = 60.0;
pub const TYPES: [&str; 6] = ["stripe", "paddle", "braintree", "shopify", "dodo", "creem"];
const STATUSES: [&str; 2] = ["active", "disabled"];

/// The gateway connection to create.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewGatewayConnection {
    /// `stripe`, `paddle`, `braintree`, `shopify`, `dodo` or `creem`.
    #[serde(rename = "type")]
    #[schema(example = "stripe")]
    kind: String,
    /// The program that the account's sales belong to.
    #[schema(value_type = String, example = "prog_01kdvdna00fnwvvrwp1y42fmbq")]
    program_id: ProgramId,
    /// A new `gw_…` id that you choose, if you need to know the webhook's URL in advance.
    #[schema(value_type = Option<String>)]
    id: Option<GatewayConnectionId>,
    /// The credentials from the gateway.
    #[schema(value_type = CredentialsSchema)]
    credentials: Credentials,
}

/// The fields that may change; `connection` describes them for the API.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct ChangedGatewayConnection {
    program_id: Option<ProgramId>,
    /// `disabled` stops accepting webhooks, `active` accepts them again.
    status: Option<String>,
    /// New credentials that replace the old ones.
    credentials: Option<Credentials>,
}

/// The credentials, as the gateway shows them. Stripe, Paddle, Dodo Payments and Creem take `apiKey` (we create the
/// webhook with it), `webhookSecret` (of a webhook that you created), or both; Dodo Payments with `apiKey` also needs
/// `environment`. Braintree takes `environment`, `merchantId`, `publicKey` and `privateKey`; Shopify `shop` and
/// `webhookSecret`.
#[derive(Debug, ToSchema)]
#[schema(as = GatewayCredentials, rename_all = "camelCase")]
#[expect(dead_code, reason = "describes `Credentials`, which has its own parser")]
pub struct CredentialsSchema {
    /// Stripe, Paddle, Dodo Payments and Creem: the API key.
    #[schema(example = "rk_live_51PJBLEBBLEfV")]
    api_key: Option<String>,
    /// The secret of a webhook that you created. Not for Braintree.
    #[schema(example = "whsec_wRNftLajMZNeslQOP6vEPm4iVx5NlZ6z")]
    webhook_secret: Option<String>,
    /// Braintree: `production` or `sandbox`. Dodo Payments: `live` or `test`. Paddle, for old keys only: `live` or
    /// `sandbox`.
    environment: Option<String>,
    /// Braintree: the merchant ID.
    merchant_id: Option<String>,
    /// Braintree: the public key.
    public_key: Option<String>,
    /// Braintree: the private key.
    private_key: Option<String>,
    /// Shopify: the shop's `myshopify.com` domain.
    #[schema(example = "brand.myshopify.com")]
    shop: Option<String>,
}

/// The result of a gateway test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct GatewayTest {
    /// Whether the test succeeded.
    #[schema(example = true)]
    ok: bool,
    /// The result in plain words, with what to do next.
    #[schema(example = "Stripe accepted the credentials.")]
    message: String,
    /// The connection after the test.
    connection: GatewayConnection,
}

/// # Errors
/// 404 where the connection doesn't exist.
pub async fn read(state: &AppState, key: &ReadKey, id: GatewayConnectionId) -> Result<GatewayConnection> {
    let mut tx = key.reader(state).await?;
    let row = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    tx.end();
    Ok(GatewayConnection::of(row, &state.config.edge_url))
}

/// # Errors
/// 400 naming what is wrong, and as [`connect::connect`].
pub async fn create(
    state: &AppState,
    key: ReadKey,
    idempotency: IdempotencyKey,
    input: NewGatewayConnection,
) -> Result<Response> {
    let unknown = || Error::field("type", format!("type must be one of {}", TYPES.join(", ")));
    let gateway = Gateway::named(&input.kind).ok_or_else(unknown)?;
    let checked = credentials::check(gateway, &input.credentials)?;
    let input = ConnectInput {
        organization: key.organization,
        actor: key.actor,
        gateway,
        program: input.program_id,
        id: input.id,
        checked,
        idempotency,
    };
    connect::connect(state, input).await
}

pub async fn test(state: &AppState, key: &ReadKey, id: GatewayConnectionId) -> Result<GatewayTest> {
    let tested = check::test(state, key.organization, id).await?;
    let connection = GatewayConnection::of(tested.row, &state.config.edge_url);
    Ok(GatewayTest { ok: tested.ok, message: tested.message, connection })
}

/// # Errors
/// 400 naming what is wrong, 404, 409 `idempotency_conflict` or `connecting`, 422 `gateway_refused`, 503
/// `gateway_unavailable`.
pub async fn update(
    state: &AppState,
    key: &ReadKey,
    id: GatewayConnectionId,
    idempotency: IdempotencyKey,
    requested: ChangedGatewayConnection,
) -> Result<Response> {
    let (organization, now) = (key.organization, state.clock.now());
    let changes = read_changes(requested)?;
    let mut tx = key.tx(state).await?;
    idempotency.claim(&mut tx, organization, now).await?;
    // The transaction must not stay open while the gateway is called, which may take seconds.
    drop(tx);
    let accepted = match &changes.credentials {
        Some(given) => Some(change::try_credentials(state, organization, id, given).await?),
        None => None,
    };
    let mut tx = key.tx(state).await?;
    idempotency.claim(&mut tx, organization, now).await?;
    let before = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    change::apply(&mut tx, state, id, &changes, accepted.as_ref()).await?;
    let row = store::read(&mut tx, id).await?.ok_or_else(Error::not_found)?;
    let sides = (id, Some(&before), Some(&row));
    audit_fields::record(&mut tx, state, &key.actor, "connection.changed", sides).await?;
    let answer = Answer::new(StatusCode::OK, &GatewayConnection::of(row, &state.config.edge_url))?;
    idempotency.keep(&mut tx, organization, &answer).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    Ok(answer.into_response())
}

fn read_changes(body: ChangedGatewayConnection) -> Result<Changes> {
    let status = body.status.map(|status| {
        let known = STATUSES.into_iter().find(|known| *known == status);
        known.ok_or_else(|| Error::field("status", "status must be active or disabled"))
    });
    let changes = Changes { program: body.program_id, status: status.transpose()?, credentials: body.credentials };
    if changes.program.is_none() && changes.status.is_none() && changes.credentials.is_none() {
        return Err(Error::field("credentials", "set programId, status or credentials"));
    }
    Ok(changes)
}

/// # Errors
/// 404, 409 `idempotency_conflict` or `connecting`.
pub async fn delete(
    state: &AppState,
    key: &ReadKey,
    id: GatewayConnectionId,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let (organization, now) = (key.organization, state.clock.now());
    let mut tx = key.tx(state).await?;
    idempotency.claim(&mut tx, organization, now).await?;
    remove(&mut tx, state, id, &key.actor).await?;
    let answer = Answer::empty(StatusCode::NO_CONTENT);
    idempotency.keep(&mut tx, organization, &answer).await?;
    tx.commit().await?;
    state.edge_config_changed.notify_one();
    cleanup::now(state, organization, id).await;
    Ok(answer.into_response())
}

/// Marks the connection as removed, here and for the edge; [`cleanup::now`] does the rest after the commit.
///
/// # Errors
/// 404, or 409 where the connection is still being created.
pub async fn remove(
    tx: &mut kit::db::TenantTx,
    state: &AppState,
    id: GatewayConnectionId,
    actor: &Actor,
) -> Result<()> {
    let now = state.clock.now();
    let before = store::read(tx, id).await?.ok_or_else(Error::not_found)?;
    if !store::remove(tx, id, REMOVAL_LEASE_SECONDS, now).await? {
        return Err(change::refusal(tx, id).await?);
    }
    publish::gateway(tx, &state.config.keys, id, now).await?;
    audit_fields::record(tx, state, actor, "connection.removed", (id, Some(&before), None)).await
}
