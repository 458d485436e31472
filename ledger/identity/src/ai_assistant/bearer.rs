//! Finds the assistant that a request to `/mcp` comes from.

use axum::http::{StatusCode, request::Parts};

use crate::access::{
    admit,
    agent::{self, Agent},
};
use kit::{
    error::{Code, Error, Result},
    state::AppState,
};

/// # Errors
/// 401 without a bearer that belongs to a connected assistant, 429 if the network sent too many of those, 503 if the
/// database is unavailable.
pub async fn authenticate(parts: &Parts, state: &AppState) -> Result<Agent> {
    if let Some(agent) = agent::of_token(parts, state).await? {
        return Ok(agent);
    }
    admit::admit_stranger(state, parts)?;
    Err(unauthorized())
}

fn unauthorized() -> Error {
    let message = "Send the token of a connected AI assistant as `Authorization: Bearer rk_mcp_…`. An owner creates one \
                   in the dashboard, under Settings, AI assistants.";
    Error::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, message)
}
