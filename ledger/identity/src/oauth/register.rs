//! `POST /oauth/register`: an app registers itself (RFC 7591). Anyone may, so a registration gives no rights: a person still
//! has to connect the app, and sees where they are sent back to.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderValue, StatusCode, header::CACHE_CONTROL},
    response::{IntoResponse, Response},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::json;

use super::{client_store, description, failure::Failure, redirect};
use crate::access::caller::Caller;
use kit::{
    db::Holder,
    error::Error,
    limit::{self, Limit},
    state::AppState,
};

pub async fn register(State(state): State<AppState>, caller: Caller, body: Bytes) -> Result<Response, Failure> {
    if !limit::admit(&state, &Limit::AppRegistration(caller.source)).await? {
        return Err(Error::too_often().retry_after(3_600).into());
    }
    let described = description::of_registration(&body);
    let described = described.map_err(|mistake| Failure::bad_request(mistake.code(), mistake.text()))?;
    let bytes: [u8; 16] = rand::random();
    let id = format!("rk_app_{}", BASE64_URL_SAFE_NO_PAD.encode(bytes));
    let now = state.clock.now();
    let mut tx = state.db.global(Holder::Nothing).await?;
    client_store::register(tx.conn(), &id, &described, now).await?;
    tx.commit().await?;
    let is_native = described.redirect_uris.iter().any(|uri| redirect::is_local(uri));
    let body = json!({
        "client_id": id,
        "client_id_issued_at": now.millis() / 1_000,
        "client_name": described.name,
        "redirect_uris": described.redirect_uris,
        "grant_types": ["authorization_code", "refresh_token"],
        "response_types": ["code"],
        "token_endpoint_auth_method": "none",
        "application_type": if is_native { "native" } else { "web" },
    });
    let headers = [(CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    Ok((StatusCode::CREATED, headers, Json(body)).into_response())
}
