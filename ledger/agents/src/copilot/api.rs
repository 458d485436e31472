//! `/api/v1/assistant`: the model that the co-pilot uses.

use axum::{Json, extract::State, http::StatusCode, response::Response};
use serde::{Deserialize, Serialize};
use shared::timestamp::Timestamp;
use utoipa::ToSchema;

use super::{
    connection::{self, Given},
    connection_store::{self as store, Row},
    probe,
    provider::Provider,
};
use identity::{
    access::api_key::{ConfigureKey, ReadKey},
    api::write::Write,
};
use kit::{
    api::{
        body::JsonBody,
        document::{ErrorSchema, Refused},
        idempotency::IdempotencyKey,
    },
    error::{Answer, Result},
    state::AppState,
};

/// The model that an organization connected for its co-pilot.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct Assistant {
    /// The format of the server: `anthropic` (Messages) or `openai` (Chat Completions, which most servers understand).
    #[schema(example = "anthropic")]
    kind: &'static str,
    /// The address of the server, to which messages are sent.
    #[schema(example = "https://api.anthropic.com")]
    base_url: String,
    /// The last characters of the key; empty for a short key, and null without one.
    #[schema(required, example = "x9Qa")]
    key_hint: Option<String>,
    /// The name of the model.
    #[schema(example = "claude-sonnet-4-5")]
    model: String,
    /// How the server calls the limit of an answer: `max_completion_tokens` or `max_tokens`. Only for `openai`.
    #[schema(example = "max_completion_tokens")]
    token_field: &'static str,
    /// What leaves your installation: `figures` (figures and IDs) or `people` (also names of affiliates and texts that
    /// others wrote). Email addresses never leave in results.
    #[schema(example = "figures")]
    data_level: &'static str,
    /// How many tokens the co-pilot may use on a day (UTC).
    #[schema(example = 200_000)]
    max_tokens_per_day: i32,
    /// Since when the server refuses the key; null while it accepts it.
    #[schema(value_type = Option<String>, required, format = DateTime, example = json!(null))]
    refused_at: Option<Timestamp>,
    /// When the connection was last changed.
    #[schema(value_type = String, format = DateTime, example = "2026-11-25T09:30:00Z")]
    changed_at: Timestamp,
}

impl From<Row> for Assistant {
    fn from(row: Row) -> Self {
        Self {
            base_url: row.base().to_owned(),
            kind: row.kind.as_str(),
            key_hint: row.key_hint,
            model: row.model,
            token_field: row.token_field.as_str(),
            data_level: row.data_level.as_str(),
            max_tokens_per_day: row.tokens_per_day,
            refused_at: row.refused_at,
            changed_at: row.changed_at,
        }
    }
}

/// The model to connect.
#[derive(Deserialize, ToSchema)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct NewAssistant {
    /// The format of the server: `anthropic` or `openai`.
    #[schema(example = "anthropic")]
    kind: String,
    /// The address of the server, if it isn't the vendor's own: public, and by https. What follows it is `/v1/messages` for
    /// `anthropic` and `/chat/completions` for `openai`.
    #[schema(example = json!(null))]
    base_url: Option<String>,
    /// The key. Without one, the current key stays, as long as the server does. A server of your own may need none.
    #[schema(example = "sk-ant-api03-0123456789")]
    api_key: Option<String>,
    /// The name of the model, as the server lists it.
    #[schema(example = "claude-sonnet-4-5")]
    model: String,
    /// How the server calls the limit of an answer: `max_completion_tokens` or `max_tokens`. By default the former for the
    /// vendor's own server, and the latter for others.
    #[schema(example = "max_completion_tokens")]
    token_field: Option<String>,
    /// What leaves your installation: `figures` (default) or `people`.
    #[schema(example = "figures")]
    data_level: Option<String>,
    /// How many tokens the co-pilot may use on a day (UTC), 1,000 to 100,000,000. Defaults to 200,000.
    #[schema(example = 200_000)]
    max_tokens_per_day: Option<i64>,
}

/// Never prints the key.
impl std::fmt::Debug for NewAssistant {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("NewAssistant").field("kind", &self.kind).field("model", &self.model).finish_non_exhaustive()
    }
}

/// A step of the test, and what came of it.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssistantTestStep {
    /// `models` (the server lists the model), `answer` (the model answers) or `tools` (it can use tools).
    #[schema(example = "answer")]
    name: &'static str,
    /// Whether it worked.
    #[schema(example = true)]
    ok: bool,
    /// What came of it, in plain words.
    #[schema(example = "claude-sonnet-4-5 answered.")]
    message: String,
}

/// The result of a test.
#[derive(Debug, Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub struct AssistantTest {
    /// Whether the co-pilot can work with the model. A server doesn't have to list its models.
    #[schema(example = true)]
    ok: bool,
    /// What was tried, in order.
    steps: Vec<AssistantTestStep>,
    /// The models that the server lists.
    #[schema(example = json!(["claude-sonnet-4-5"]))]
    models: Vec<String>,
}

/// Retrieve the co-pilot's model
#[utoipa::path(get, path = "/api/v1/assistant", tag = "Co-pilot", operation_id = "getAssistant",
    responses(
        (status = 200, description = "The connection", body = Assistant),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        Refused))]
pub async fn read(State(state): State<AppState>, key: ReadKey) -> Result<Json<Assistant>> {
    let mut tx = key.reader(&state).await?;
    let row = store::read(&mut tx).await?.ok_or_else(connection::none)?;
    tx.end();
    Ok(Json(row.into()))
}

/// Connect a model for the co-pilot
///
/// Everyone on the team can then ask the co-pilot in the dashboard. It reads with their rights, and each change is
/// confirmed by them. Replaces the connection, if there is one. Nothing is sent to the server before someone asks; use
/// `testAssistant` to try it.
#[utoipa::path(put, path = "/api/v1/assistant", tag = "Co-pilot", operation_id = "setAssistant",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    request_body = NewAssistant,
    responses(
        (status = 200, description = "The connection", body = Assistant),
        (status = 402, description = "`plan_tier_required`", body = ErrorSchema),
        Refused))]
pub async fn set(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
    body: JsonBody<NewAssistant>,
) -> Result<Response> {
    let new = body.value;
    let given = Given {
        kind: &new.kind,
        base_url: new.base_url.as_deref().unwrap_or_default(),
        api_key: new.api_key.as_deref().unwrap_or_default(),
        model: &new.model,
        token_field: new.token_field.as_deref().unwrap_or_default(),
        data_level: new.data_level.as_deref().unwrap_or_default(),
        tokens_per_day: new.max_tokens_per_day,
    };
    let settings = connection::checked(&given, &state)?;
    let mut write = Write::begin(&state, &key, idempotency.with(body.request_digest)).await?;
    let row = connection::save(&mut write.tx, &state, &key.actor, &settings).await?;
    write.audited();
    write.answer(StatusCode::OK, &Assistant::from(row)).await
}

/// Disconnect the co-pilot's model
///
/// Deletes the key and all conversations. If the operator of the installation provides a model, the co-pilot uses that
/// one, and conversations stay.
#[utoipa::path(delete, path = "/api/v1/assistant", tag = "Co-pilot", operation_id = "deleteAssistant",
    security(("bearer" = ["admin"])),
    params(IdempotencyKey),
    responses(
        (status = 204, description = "Disconnected"),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        Refused))]
pub async fn delete(
    State(state): State<AppState>,
    ConfigureKey(key): ConfigureKey,
    idempotency: IdempotencyKey,
) -> Result<Response> {
    let mut write = Write::begin(&state, &key, idempotency).await?;
    connection::remove(&mut write.tx, &state, &key.actor).await?;
    write.audited();
    write.answer_once(Answer::empty(StatusCode::NO_CONTENT), None).await
}

/// Test the co-pilot's model
///
/// Asks the server for its models, for a short answer and for a call of a tool, which costs a few hundred tokens.
#[utoipa::path(post, path = "/api/v1/assistant/test", tag = "Co-pilot", operation_id = "testAssistant",
    security(("bearer" = ["admin"])),
    responses(
        (status = 200, description = "What worked", body = AssistantTest),
        (status = 402, description = "`plan_tier_required`", body = ErrorSchema),
        (status = 404, description = "`not_connected`", body = ErrorSchema),
        Refused))]
pub async fn test(State(state): State<AppState>, ConfigureKey(key): ConfigureKey) -> Result<Json<AssistantTest>> {
    let mut tx = key.tx(&state).await?;
    store::read(&mut tx).await?.ok_or_else(connection::none)?;
    let found = connection::find(&mut tx, &state).await?.ok_or_else(connection::none)?;
    tx.commit().await?;
    let probe = probe::run(Provider { outbound: &state.outbound, connection: &found }).await;
    let mut tx = key.tx(&state).await?;
    if probe.is_usable() || probe.refuses_key() {
        store::set_refused(&mut tx, probe.refuses_key().then(|| state.clock.now())).await?;
    }
    tx.commit().await?;
    let ok = probe.is_usable();
    let steps = probe.steps.into_iter();
    let steps = steps.map(|step| AssistantTestStep { name: step.name, ok: step.ok, message: step.message }).collect();
    Ok(Json(AssistantTest { ok, steps, models: probe.models }))
}
