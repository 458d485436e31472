//! `GET /oauth/userinfo`: whom an app acts for, so that it can name its connection and see what it may do now.

use axum::{
    Json,
    extract::State,
    http::{HeaderValue, header::CACHE_CONTROL, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::id::ApiKeyId;

use super::{authenticate::authenticate, failure::Failure, metadata};
use crate::access::{admit, api_key::any_bearer};
use kit::state::AppState;

pub async fn show(State(state): State<AppState>, parts: Parts) -> Result<Response, Failure> {
    let granted = match any_bearer(&parts.headers) {
        Some(bearer) => authenticate(&state, &parts, bearer).await?,
        None => None,
    };
    let Some(granted) = granted else {
        admit::admit_stranger(&state, &parts)?;
        return Err(Failure::Unauthorized(metadata::challenge(&state.config.public_url)));
    };
    admit::admit_key(&state, &parts, ApiKeyId::new(granted.grant.uuid()))?;
    let body = json!({
        "sub": granted.user,
        "name": granted.name,
        "email": granted.email,
        "organization": granted.organization,
        "testMode": granted.test_mode,
        "role": granted.role.as_str(),
        "scope": granted.scopes,
    });
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response())
}
