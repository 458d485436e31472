//! Connects and disconnects assistants. Each function runs in the caller's transaction and writes an audit log entry.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::ApiKeyId;

use super::{form::NewAssistant, token::Token};
use crate::{
    access::key_kind::KeyKind,
    api_key::{
        change,
        maker::Maker,
        notice,
        plaintext::Mode,
        store::{self, New, Row},
    },
    audit::{self, Entry},
};
use kit::{
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};

const ASSISTANTS_MAX: i64 = 10;

/// A connected assistant with its token, which is shown only once.
#[derive(Debug)]
pub struct Connected {
    pub row: Row,
    pub token: Token,
}

/// # Errors
/// 409 `too_many_keys`, or `made_already` if the id is taken.
pub async fn connect(
    tx: &mut TenantTx,
    state: &AppState,
    maker: Maker<'_>,
    id: ApiKeyId,
    (new, mode): (&NewAssistant, Mode),
) -> Result<Connected> {
    let now = state.clock.now();
    store::lock(tx).await?;
    if store::count_active(tx, KeyKind::Mcp, now).await? >= ASSISTANTS_MAX {
        let message = format!("At most {ASSISTANTS_MAX} assistants can be connected. Disconnect an unused one.");
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyKeys, message));
    }
    let token = Token::fresh(mode);
    let hint = token.hint();
    let (scope, role) = (new.access.scope(), new.access.role());
    let row = New {
        id,
        kind: KeyKind::Mcp,
        name: &new.name,
        bearer_hash: token.hash(),
        hint: &hint,
        scope,
        role,
        sealed_secret: None,
        created_by: &maker.actor.who,
        expires_at: None,
    };
    store::insert(tx, &row, now).await.on_constraint("api_keys_pkey", made_already)?;
    let entry = Entry::new("assistant.connected", id).after(json!({
        "name": new.name, "scope": scope.as_str(), "role": role.as_str(), "mode": mode.as_str(),
    }));
    audit::record(tx, maker.actor, now, entry).await?;
    let row = store::read(tx, KeyKind::Mcp, id, now).await?.ok_or_else(Error::not_found)?;
    if mode == Mode::Live {
        notice::post(tx, state, maker, &row).await?;
    }
    Ok(Connected { row, token })
}

fn made_already() -> Error {
    let message = "This assistant was already connected, and its token was shown then. If you lost it, disconnect the \
                   assistant and connect it again.";
    Error::new(StatusCode::CONFLICT, Code::MadeAlready, message)
}

/// Disconnects an assistant: its next request is refused. Disconnecting it again changes nothing.
///
/// # Errors
/// 404.
pub async fn disconnect(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, id: ApiKeyId) -> Result<()> {
    let row = store::read(tx, KeyKind::Mcp, id, state.clock.now()).await?.ok_or_else(Error::not_found)?;
    change::end(tx, state, maker, &row).await
}
