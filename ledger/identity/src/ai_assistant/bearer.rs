//! Finds the assistant that a request to `/mcp` comes from: one that an owner connected with a token, or an app that a
//! person connected over OAuth.

use axum::http::{StatusCode, request::Parts};

use crate::{
    access::{
        actor::Actor,
        admit,
        agent::{self, Agent},
        api_key,
    },
    oauth,
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
    if let Some(agent) = of_app(parts, state).await? {
        return Ok(agent);
    }
    admit::admit_stranger(state, parts)?;
    Err(unauthorized())
}

/// The app that the request's access token belongs to, as the person that it acts for.
///
/// Whichever address of this server the token was requested for, it may be used at `/mcp`.
async fn of_app(parts: &Parts, state: &AppState) -> Result<Option<Agent>> {
    let Some(bearer) = api_key::any_bearer(&parts.headers) else { return Ok(None) };
    let granted = oauth::authenticate(state, parts, bearer).await?;
    Ok(granted.map(|granted| Agent {
        organization: granted.organization,
        connection: granted.grant.uuid(),
        role: granted.role,
        scope: granted.scope,
        actor: Actor::person_via(granted.user, &granted.client_name, parts, state),
        test_mode: granted.test_mode,
    }))
}

fn unauthorized() -> Error {
    let message = "Send the token of a connected AI assistant as `Authorization: Bearer rk_mcp_…`, or sign in over OAuth. \
                   An owner creates tokens in the dashboard, under Settings, AI assistants.";
    Error::new(StatusCode::UNAUTHORIZED, Code::Unauthorized, message)
}
