//! `POST /oauth/token`: exchanges a code, or a refresh token, for new tokens.
//!
//! Apps are public clients: what protects a code is PKCE, and what protects a refresh token is that each works once. If a
//! code or a refresh token comes a second time, two parties have it, so the whole grant ends.

use axum::{
    Form, Json,
    extract::{State, rejection::FormRejection},
    http::{HeaderValue, header::CACHE_CONTROL, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::json;
use shared::timestamp::Timestamp;

use super::{
    client_id, client_store,
    failure::Failure,
    grant, pkce,
    scope::Access,
    secret::{Fresh, SecretKind},
    store::{self, Grant},
    token_store::{self, NewTokens, Owner},
};
use crate::access::{actor::Actor, admit};
use kit::{
    db::{Holder, TenantTx},
    error::Error,
    form::Fields,
    limit::{self, Limit},
    state::AppState,
};

const ACCESS_SECONDS: i64 = 3_600;
/// Each refresh token works for so long, and all of a grant's for so long after it began.
const REFRESH_DAYS: i64 = 30;
const GRANT_DAYS: i64 = 180;

type Outcome<T> = Result<T, Failure>;

pub async fn issue(
    State(state): State<AppState>,
    parts: Parts,
    form: Result<Form<Fields>, FormRejection>,
) -> Result<Response, Failure> {
    let refreshed = form.as_ref().ok().and_then(|Form(fields)| refresh_token(fields));
    admit::admit_look_up(&state, &parts, refreshed.as_ref())?;
    let outcome = match form {
        Ok(Form(fields)) => answer(&state, &parts, &fields).await,
        Err(_) => Err(Failure::bad_request("invalid_request", "Send a form: application/x-www-form-urlencoded.")),
    };
    if outcome.as_ref().is_err_and(Failure::is_guess) {
        refreshed.iter().for_each(|hash| state.rate_limit.is_invalid(hash));
        admit::admit_stranger(&state, &parts)?;
    }
    outcome
}

async fn answer(state: &AppState, parts: &Parts, fields: &Fields) -> Outcome<Response> {
    let is_twice = |(at, (name, _)): (usize, &(String, String))| {
        fields.pairs().iter().skip(at + 1).any(|(other, _)| other == name)
    };
    if fields.pairs().iter().enumerate().any(is_twice) {
        return Err(Failure::bad_request("invalid_request", "A parameter is there twice."));
    }
    let actor = Actor::source_of(parts, state);
    let id = fields.given("client_id").filter(|id| client_id::is_plain(id)).ok_or_else(Failure::unknown_client)?;
    let mut tx = state.db.global(Holder::Nothing).await?;
    let client = client_store::find(tx.conn(), id).await?;
    tx.commit().await?;
    let client = client.ok_or_else(Failure::unknown_client)?.client.id;
    match fields.given("grant_type") {
        Some("authorization_code") => exchange(state, &actor, &client, fields).await,
        Some("refresh_token") => refresh(state, &actor, &client, fields).await,
        _ => {
            let text = "grant_type must be authorization_code or refresh_token.";
            Err(Failure::bad_request("unsupported_grant_type", text))
        }
    }
}

/// Exchanges a code.
async fn exchange(state: &AppState, actor: &Actor, client: &str, fields: &Fields) -> Outcome<Response> {
    let unknown = || Failure::bad_grant("The code isn\u{2019}t valid. Begin again.");
    let hash = fields.given("code").and_then(|code| SecretKind::Code.hash(code)).ok_or_else(unknown)?;
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let owner = token_store::owner_of_code(&mut tx, &hash).await?;
    tx.commit().await?;
    let now = state.clock.now();
    let (mut tx, grant) = locked(state, owner).await?.ok_or_else(unknown)?;
    let code = token_store::code(&mut tx, &hash).await?.ok_or_else(unknown)?;
    if code.used_at.is_some() {
        return Err(end(tx, &grant, actor, "A code was used twice.", now).await);
    }
    check_client(&grant, client)?;
    check_alive(&mut tx, &grant).await?;
    if code.expires_at <= now {
        return Err(Failure::bad_grant("The code has expired. Begin again."));
    }
    if fields.given("redirect_uri") != Some(code.redirect_uri.as_str()) {
        return Err(Failure::bad_grant("redirect_uri isn\u{2019}t the one that the code was sent to."));
    }
    if !fields.given("code_verifier").is_some_and(|verifier| pkce::fits(verifier, &code.challenge)) {
        return Err(Failure::bad_grant("code_verifier doesn\u{2019}t belong to the code."));
    }
    check_resource(&grant, fields)?;
    token_store::use_code(&mut tx, &hash, now).await?;
    renew(state, tx, &grant, now).await
}

/// The hash of the refresh token that a request exchanges.
fn refresh_token(fields: &Fields) -> Option<[u8; 32]> {
    let given = fields.given("refresh_token").filter(|_| fields.given("grant_type") == Some("refresh_token"));
    given.and_then(|token| SecretKind::Refresh.hash(token))
}

/// Exchanges a refresh token.
async fn refresh(state: &AppState, actor: &Actor, client: &str, fields: &Fields) -> Outcome<Response> {
    let unknown = || Failure::bad_grant("The refresh token isn\u{2019}t valid. Connect the app again.");
    let hash = refresh_token(fields).ok_or_else(unknown)?;
    let mut tx = state.db.global(Holder::BearerHash(&hash)).await?;
    let owner = token_store::owner_of_token(&mut tx, &hash).await?;
    tx.commit().await?;
    let now = state.clock.now();
    let (mut tx, grant) = locked(state, owner).await?.ok_or_else(unknown)?;
    let token = token_store::refresh(&mut tx, &hash).await?.ok_or_else(unknown)?;
    if token.replaced_at.is_some() {
        return Err(end(tx, &grant, actor, "A refresh token was used twice.", now).await);
    }
    check_client(&grant, client)?;
    check_alive(&mut tx, &grant).await?;
    if token.expires_at <= now {
        return Err(unknown());
    }
    if Access::parse(fields.given("scope").or(Some(&grant.access.text()))).is_none_or(|more| !grant.access.covers(more))
    {
        return Err(Failure::bad_request("invalid_scope", "scope has more than what was allowed."));
    }
    check_resource(&grant, fields)?;
    if !limit::admit_in(tx.conn(), state, &Limit::AppTokens(grant.id)).await? {
        return Err(Error::too_often().into());
    }
    token_store::replace(&mut tx, &hash, now).await?;
    let response = renew(state, tx, &grant, now).await?;
    state.rate_limit.is_invalid(&hash);
    Ok(response)
}

/// Returns the grant of a code or token, locked, so that two exchanges of one come one after the other.
async fn locked(state: &AppState, owner: Option<Owner>) -> Outcome<Option<(TenantTx, Grant)>> {
    let Some((organization, id)) = owner else { return Ok(None) };
    let mut tx = state.db.tenant(organization).await?;
    let grant = store::lock(&mut tx, id).await?;
    Ok(grant.map(|grant| (tx, grant)))
}

/// Ends the grant, and returns what the app gets.
async fn end(mut tx: TenantTx, grant: &Grant, actor: &Actor, reason: &'static str, now: Timestamp) -> Failure {
    let ended = async {
        grant::end(&mut tx, grant, actor, Some(reason), now).await?;
        Ok::<(), Error>(tx.commit().await?)
    };
    match ended.await {
        Ok(()) => Failure::bad_grant(reason),
        Err(error) => error.into(),
    }
}

fn check_client(grant: &Grant, client: &str) -> Outcome<()> {
    if grant.client == client { Ok(()) } else { Err(Failure::bad_grant("It was given to another client_id.")) }
}

/// Whether the person still allows it, and still belongs to the organization.
async fn check_alive(tx: &mut TenantTx, grant: &Grant) -> Outcome<()> {
    let ended = || Failure::bad_grant("The app was disconnected. Connect it again.");
    if grant.revoked_at.is_some() {
        return Err(ended());
    }
    let named = store::named(tx, grant.id).await?.ok_or_else(ended)?;
    let person = store::person(tx, &named).await?;
    if named.is_closed || person.is_none() { Err(ended()) } else { Ok(()) }
}

/// Apps name the address once more; it must be the one that the person agreed to.
fn check_resource(grant: &Grant, fields: &Fields) -> Outcome<()> {
    match fields.given("resource") {
        Some(resource) if grant.resource.as_deref() != Some(resource) => {
            Err(Failure::bad_request("invalid_target", "resource isn\u{2019}t the one that was allowed."))
        }
        _ => Ok(()),
    }
}

/// Stores two new tokens, commits, and returns them. From now on, they pass whatever else comes from their network.
async fn renew(state: &AppState, mut tx: TenantTx, grant: &Grant, now: Timestamp) -> Outcome<Response> {
    let (access, refresh) = (Fresh::new(SecretKind::Access), Fresh::new(SecretKind::Refresh));
    let end = now.plus_days(REFRESH_DAYS).min(grant.created_at.plus_days(GRANT_DAYS));
    let access_end = now.plus_millis(ACCESS_SECONDS * 1_000).min(end);
    let new = NewTokens { grant: grant.id, access: (&access.hash, access_end), refresh: (&refresh.hash, end) };
    token_store::insert(&mut tx, &new, now).await?;
    store::set_end(&mut tx, grant.id, end).await?;
    client_store::touch(tx.conn(), &grant.client, now).await?;
    tx.commit().await?;
    [&access, &refresh].into_iter().for_each(|fresh| state.rate_limit.was_valid(fresh.hash));
    let body = json!({
        "access_token": access.text.expose(),
        "token_type": "Bearer",
        "expires_in": (access_end.millis() - now.millis()) / 1_000,
        "refresh_token": refresh.text.expose(),
        "scope": grant.access.text(),
    });
    Ok(([(CACHE_CONTROL, HeaderValue::from_static("no-store"))], Json(body)).into_response())
}
