//! Begins and ends grants: what a person allows an app. Each function runs in the caller's transaction and writes an audit
//! log entry.

use axum::http::StatusCode;
use serde_json::json;
use shared::{id::UserId, seal::Secret, timestamp::Timestamp};

use super::{
    client::Client,
    notice, redirect,
    request::AuthorizationRequest,
    scope::Access,
    secret::{Fresh, SecretKind},
    store::{self, Grant},
    token_store::{self, NewCode},
};
use crate::{
    access::{actor::Actor, member::Member},
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    state::AppState,
};

/// How many apps a person can have connected in an organization.
const APPS_MAX: u8 = 50;
const CODE_SECONDS: i64 = 60;

/// What a person allows.
#[derive(Debug)]
pub struct Allowed<'a> {
    pub client: &'a Client,
    pub redirect_uri: &'a str,
    pub request: &'a AuthorizationRequest,
    /// At most what the request asks for.
    pub access: Access,
}

/// Grants it, and returns the code that the app exchanges for tokens.
///
/// # Errors
/// 409 if the person has connected too many apps.
pub async fn allow(tx: &mut TenantTx, state: &AppState, member: &Member, allowed: &Allowed<'_>) -> Result<Secret> {
    let now = state.clock.now();
    let connected = store::active(tx, Some(member.user), i64::from(APPS_MAX), now).await?;
    if connected.len() >= usize::from(APPS_MAX) {
        let message =
            format!("You can connect at most {APPS_MAX} apps. Disconnect one that you don\u{2019}t use first.");
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyKeys, message));
    }
    let ends_at = now.plus_millis(CODE_SECONDS * 1_000);
    let grant = Grant {
        id: state.new_id(),
        user: member.user,
        client: allowed.client.id.clone(),
        client_name: allowed.client.name.clone(),
        redirect_host: redirect::host(allowed.redirect_uri),
        access: allowed.access,
        resource: allowed.request.resource.clone(),
        created_at: now,
        last_used_at: None,
        revoked_at: None,
    };
    store::insert(tx, &grant, ends_at).await?;
    let code = Fresh::new(SecretKind::Code);
    let (redirect_uri, challenge) = (allowed.redirect_uri, allowed.request.challenge.as_str());
    let new = NewCode { hash: &code.hash, grant: grant.id, redirect_uri, challenge, expires_at: ends_at };
    token_store::insert_code(tx, &new).await?;
    let entry = Entry::new("app.connected", grant.id)
        .after(json!({ "name": grant.client_name, "host": grant.redirect_host, "scopes": grant.access.scopes() }));
    audit::record(tx, &member.actor, now, entry).await?;
    notice::post(tx, state, &member.email, &grant).await?;
    Ok(code.text)
}

/// Ends a grant: all of its tokens are refused from this commit on. Ending it again changes nothing.
pub async fn end(tx: &mut TenantTx, grant: &Grant, actor: &Actor, reason: Option<&str>, now: Timestamp) -> Result<()> {
    if !store::revoke(tx, grant.id, now).await? {
        return Ok(());
    }
    let mut entry = Entry::new("app.disconnected", grant.id).before(json!({ "name": grant.client_name }));
    if let Some(reason) = reason {
        entry = entry.after(json!({ "reason": reason }));
    }
    audit::record(tx, actor, now, entry).await
}

/// Ends what a member allowed apps, because they leave the organization.
pub async fn end_all_of(tx: &mut TenantTx, user: UserId, actor: &Actor, now: Timestamp) -> Result<()> {
    for grant in store::active(tx, Some(user), i64::MAX, now).await? {
        end(tx, &grant, actor, None, now).await?;
    }
    Ok(())
}
