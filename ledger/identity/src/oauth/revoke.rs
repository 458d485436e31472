//! `POST /oauth/revoke`: an app gives up its access (RFC 7009). Either of its tokens ends the whole grant. The answer is the
//! same for a token that isn't valid, so it says nothing about tokens.

use axum::{
    Form,
    extract::{State, rejection::FormRejection},
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL, request::Parts},
    response::{IntoResponse, Response},
};

use super::{failure::Failure, grant, secret::SecretKind, store, token_store};
use crate::access::{actor::Actor, admit};
use kit::{db::Holder, form::Fields, state::AppState};

pub async fn revoke(
    State(state): State<AppState>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Failure> {
    let fields = form.map(|Form(fields)| fields).unwrap_or_default();
    let hash = fields
        .given("token")
        .and_then(|token| [SecretKind::Access, SecretKind::Refresh].into_iter().find_map(|kind| kind.hash(token)));
    admit::admit_look_up(&state, &parts, hash.as_ref())?;
    let ended = match &hash {
        Some(hash) => end(&state, &parts, &fields, hash).await?,
        None => false,
    };
    if !ended {
        admit::admit_stranger(&state, &parts)?;
    }
    Ok((StatusCode::OK, [(CACHE_CONTROL, HeaderValue::from_static("no-store"))]).into_response())
}

/// Returns whether there was such a token, of the app that sent it.
async fn end(state: &AppState, parts: &Parts, fields: &Fields, hash: &[u8; 32]) -> Result<bool, Failure> {
    state.rate_limit.is_invalid(hash);
    let mut tx = state.db.global(Holder::BearerHash(hash)).await?;
    let owner = token_store::owner_of_token(&mut tx, hash).await?;
    tx.commit().await?;
    let Some((organization, id)) = owner else { return Ok(false) };
    let mut tx = state.db.tenant(organization).await?;
    let Some(grant) = store::lock(&mut tx, id).await? else { return Ok(false) };
    if fields.given("client_id").is_some_and(|client| client != grant.client) {
        return Ok(false);
    }
    let actor = Actor { who: format!("user:{}", grant.user), ..Actor::source_of(parts, state) };
    grant::end(&mut tx, &grant, &actor, Some("The app disconnected."), state.clock.now()).await?;
    tx.commit().await?;
    Ok(true)
}
