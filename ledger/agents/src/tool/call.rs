//! Calls a tool: sends its request to the API's router, in this process and as the assistant.

use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, header::RETRY_AFTER, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Map, Value};
use tower::ServiceExt;

use super::{
    answer::{self, Outcome},
    catalog::Tool,
    request, store,
    table::Class,
};
use identity::access::{actor::RequestId, agent::Agent};
use kit::{
    error::{Error, Result},
    state::AppState,
};

/// Changes that a connection may attempt on a day (UTC).
pub const CHANGES_PER_DAY_MAX: i32 = 50;
/// No operation that is a tool answers more.
pub const RESPONSE_BYTES_MAX: usize = 16 * 1024 * 1024;

/// A call that is about to be made.
#[derive(Debug)]
pub struct Call<'a> {
    pub tool: &'a Tool,
    pub agent: &'a Agent,
    pub arguments: Map<String, Value>,
    /// The request that made the call.
    pub outer: &'a Parts,
}

/// Returns the result. `admitted` says whether the connection may send another request now.
///
/// # Errors
/// 503 if the database is unavailable before the call.
pub async fn run(call: Call<'_>, api: Router, state: &AppState, admitted: Result<()>) -> Result<Value> {
    let Call { tool, agent, arguments, outer } = call;
    let id = outer.extensions.get::<RequestId>();
    if let Err(refused) = admitted {
        return read(refused.into_response(), id, &[]).await;
    }
    let request = match request::of(tool, agent, arguments, state.clock.now()) {
        Ok(request) => request,
        Err(mistake) => return Ok(answer::mistake(&mistake.field, &mistake.message)),
    };
    if tool.entry.class == Class::Change && !counts(state, agent).await? {
        return Ok(answer::over_limit(CHANGES_PER_DAY_MAX));
    }
    let response = send(request, api, agent, id).await;
    tracing::info!(
        event = "assistant.tool_called",
        tool = tool.entry.name,
        status = response.status().as_u16(),
        "an assistant called a tool"
    );
    read(response, id, &tool.untrusted).await
}

/// Sends a request to the API as the agent.
pub async fn send(mut request: Request<Body>, api: Router, agent: &Agent, id: Option<&RequestId>) -> Response {
    request.extensions_mut().insert(agent.clone());
    if let Some(id) = id {
        request.extensions_mut().insert(id.clone());
    }
    match api.oneshot(request).await {
        Ok(response) => response,
        Err(never) => match never {},
    }
}

async fn counts(state: &AppState, agent: &Agent) -> Result<bool> {
    let day = state.clock.now().date();
    let mut tx = state.db.tenant(agent.organization).await?;
    let counted = store::count_attempt(&mut tx, agent.connection, day, CHANGES_PER_DAY_MAX).await?;
    tx.commit().await?;
    Ok(counted)
}

/// Turns a response of the API into a result.
///
/// # Errors
/// If the response can't be read.
pub async fn read(response: Response, id: Option<&RequestId>, untrusted: &[String]) -> Result<Value> {
    let (head, body) = response.into_parts();
    let retry_after = head.headers.get(RETRY_AFTER).and_then(|value| value.to_str().ok()?.parse().ok());
    let body = to_bytes(body, RESPONSE_BYTES_MAX).await.map_err(|error| Error::internal(error))?;
    let outcome = Outcome {
        status: head.status,
        retry_after_seconds: retry_after,
        request_id: id.map(|RequestId(id)| id.as_str()),
        body: &body,
    };
    Ok(answer::of(&outcome, untrusted))
}
