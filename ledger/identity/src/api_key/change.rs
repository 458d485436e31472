//! Creates, renames, rotates and revokes API keys, for the API and the dashboard. Each function runs in the caller's
//! transaction and writes an audit log entry and, where needed, a record for the edge. The caller commits and then
//! wakes the edge's pusher.

use axum::http::StatusCode;
use serde_json::json;
use shared::{
    id::{ApiKeyId, OrganizationId},
    keys::encode_hex,
    timestamp::Timestamp,
};

use super::{
    form::{self, ApiKeyInput},
    maker::Maker,
    notice,
    plaintext::{Mode, Plaintext},
    store::{self, Current, New, Replacement, Row},
};
use crate::{
    access::{actor::Actor, key_kind::KeyKind},
    audit::{self, Entry},
    organization,
};
use kit::{
    access::{
        role::Role,
        secret::{self, API_KEY_PREDECESSORS, API_KEYS},
    },
    db::TenantTx,
    error::{Code, Error, OnConstraint, Result},
    state::AppState,
};
use outbox::edge_config::publish;

const KEYS_MAX: i64 = 50;
/// The most former bearers that may be valid at a time, because each is one more bearer that authenticates requests.
const PREDECESSORS_MAX: i64 = 3;
const HOUR_MS: i64 = 3_600_000;

/// A key with its plaintext secrets, which are shown only once.
#[derive(Debug)]
pub struct Shown {
    pub row: Row,
    pub plaintext: Plaintext,
}

/// Returns whether the organization is live or another organization's test mode.
pub async fn mode_of(state: &AppState, organization: OrganizationId) -> Result<Mode> {
    let mut tx = state.db.tenant(organization).await?;
    let kin = organization::store::kinship(&mut tx).await?;
    tx.commit().await?;
    Ok(if kin.is_some_and(|kin| kin.test_of.is_some()) { Mode::Test } else { Mode::Live })
}

/// Returns the organization that a key of that mode belongs to: this one, or its test mode, which is created with its
/// first key.
pub async fn home(
    state: &AppState,
    own: (OrganizationId, Mode),
    requested: Mode,
    actor: &Actor,
) -> Result<OrganizationId> {
    if own.1 == requested { Ok(own.0) } else { organization::create::twin(state, own.0, actor).await }
}

/// # Errors
/// 409 `too_many_keys`, or `made_already` if the id is taken.
pub async fn make(
    tx: &mut TenantTx,
    state: &AppState,
    maker: Maker<'_>,
    id: ApiKeyId,
    input: &ApiKeyInput,
) -> Result<Shown> {
    let (organization, now) = (tx.organization(), state.clock.now());
    store::lock(tx).await?;
    if store::count_active(tx, KeyKind::Api, now).await? >= KEYS_MAX {
        let message = format!("An organization can have at most {KEYS_MAX} active keys. Revoke an unused one.");
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyKeys, message));
    }
    let plaintext = Plaintext::fresh(input.mode);
    let hint = plaintext.hint();
    let sealed = seal(state, organization, API_KEYS, &id.to_string(), &plaintext)?;
    let new = New {
        id,
        kind: KeyKind::Api,
        name: &input.name,
        bearer_hash: plaintext.bearer_hash(),
        hint: &hint,
        scope: input.scope,
        role: input.role,
        sealed_secret: Some(&sealed),
        created_by: &maker.actor.who,
        expires_at: input.expires_at,
    };
    store::insert(tx, &new, now).await.on_constraint("api_keys_pkey", made_already)?;
    publish::api_key(tx, &state.config.keys, id, now).await?;
    let entry = Entry::new("api_key.created", id).after(json!({
        "name": input.name, "scope": input.scope.as_str(), "role": input.role.as_str(), "mode": input.mode.as_str(),
        "expiresAt": input.expires_at.map(|end| end.to_string()),
    }));
    audit::record(tx, maker.actor, now, entry).await?;
    let row = found(tx, id, now).await?;
    if input.mode == Mode::Live {
        notice::post(tx, state, maker, &row).await?;
    }
    Ok(Shown { row, plaintext })
}

fn made_already() -> Error {
    let message = "This key was already created, and its secrets were shown then. If you lost them, rotate the key.";
    Error::new(StatusCode::CONFLICT, Code::MadeAlready, message)
}

/// # Errors
/// 404, or 400 naming `name`.
pub async fn rename(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, id: ApiKeyId, name: &str) -> Result<Row> {
    let now = state.clock.now();
    let name = form::name(name)?;
    let before = found(tx, id, now).await?;
    store::rename(tx, id, &name).await?;
    let entry = Entry::new("api_key.renamed", id).before(json!({ "name": before.name })).after(json!({ "name": name }));
    audit::record(tx, maker.actor, now, entry).await?;
    Ok(Row { name, ..before })
}

/// Gives the key a new bearer and a new secret. The current ones stay valid for the overlap's hours, and earlier ones
/// for no longer than that.
///
/// # Errors
/// 404, 403 for a key with more rights than the caller, 409 `revoked`, `expired` or `overlaps`.
pub async fn rotate(
    tx: &mut TenantTx,
    state: &AppState,
    maker: Maker<'_>,
    id: ApiKeyId,
    overlap_hours: u16,
) -> Result<Shown> {
    let (organization, now) = (tx.organization(), state.clock.now());
    store::lock(tx).await?;
    let row = found(tx, id, now).await?;
    may_rotate(&row, maker.role, now)?;
    let current = store::current(tx, id).await?.ok_or_else(revoked)?;
    if overlap_hours > 0 && store::count_predecessors(tx, id, now).await? >= PREDECESSORS_MAX {
        let message = "Secrets from earlier rotations are still valid. Wait until an overlap ends, or rotate with \
                       overlapHours 0 to end them all.";
        return Err(Error::new(StatusCode::CONFLICT, Code::Overlaps, message));
    }
    let until = now.plus_millis(i64::from(overlap_hours) * HOUR_MS);
    let kept = Current { sealed_secret: moved(state, organization, id, &current), ..current };
    store::keep_until(tx, id, &kept, until, now).await?;
    let plaintext = Plaintext::fresh(Mode::of_hint(&row.hint));
    let hint = plaintext.hint();
    let sealed = seal(state, organization, API_KEYS, &id.to_string(), &plaintext)?;
    let seen_by = &maker.actor.who;
    let new = Replacement { bearer_hash: plaintext.bearer_hash(), hint: &hint, sealed_secret: &sealed, seen_by };
    store::replace(tx, id, &new, now).await?;
    publish::api_key(tx, &state.config.keys, id, now).await?;
    store::forget_over(tx, id, now).await?;
    let entry = Entry::new("api_key.rotated", id)
        .before(json!({ "hint": row.hint }))
        .after(json!({ "hint": hint, "overlapHours": overlap_hours }));
    audit::record(tx, maker.actor, now, entry).await?;
    Ok(Shown { row: found(tx, id, now).await?, plaintext })
}

fn may_rotate(row: &Row, maker: Role, now: Timestamp) -> Result<()> {
    // A person who rotates a key gets its new secrets, so they must have at least its rights.
    if !maker.covers(row.role) {
        return Err(form::beyond(maker, row.role));
    }
    if row.revoked_at.is_some() {
        return Err(revoked());
    }
    if row.expires_at.is_some_and(|end| end <= now) {
        return Err(Error::new(StatusCode::CONFLICT, Code::Expired, "This key has expired. Create a new one."));
    }
    Ok(())
}

fn revoked() -> Error {
    Error::new(StatusCode::CONFLICT, Code::Revoked, "This key was revoked. Create a new one.")
}

/// Revokes the key: it is refused here from this commit on, and at the edge seconds later. Revoking it again changes
/// nothing.
///
/// # Errors
/// 404, or 403 for a key with more rights than the caller.
pub async fn revoke(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, id: ApiKeyId) -> Result<()> {
    let row = found(tx, id, state.clock.now()).await?;
    end(tx, state, maker, &row).await
}

/// As [`revoke`], for a key of either kind that was just read.
///
/// # Errors
/// 403 for a key with more rights than the caller.
pub async fn end(tx: &mut TenantTx, state: &AppState, maker: Maker<'_>, row: &Row) -> Result<()> {
    let (id, now) = (row.id, state.clock.now());
    // An admin can't revoke an owner's key: the right to revoke a key includes the right to rotate it.
    if !maker.role.covers(row.role) {
        return Err(form::beyond(maker.role, row.role));
    }
    if !store::revoke(tx, id, now).await? {
        return Ok(());
    }
    let action = match row.kind {
        KeyKind::Api => {
            publish::api_key(tx, &state.config.keys, id, now).await?;
            store::forget_over(tx, id, now).await?;
            "api_key.revoked"
        }
        // The edge knows nothing of assistants.
        KeyKind::Mcp => "assistant.disconnected",
    };
    let entry = Entry::new(action, id).before(json!({ "name": row.name, "hint": row.hint }));
    audit::record(tx, maker.actor, now, entry).await
}

async fn found(tx: &mut TenantTx, id: ApiKeyId, now: Timestamp) -> Result<Row> {
    store::read(tx, KeyKind::Api, id, now).await?.ok_or_else(Error::not_found)
}

fn seal(
    state: &AppState,
    organization: OrganizationId,
    table: &str,
    row: &str,
    plaintext: &Plaintext,
) -> Result<String> {
    secret::seal(&state.config.keys, organization, table, row, &plaintext.signing_secret)
        .map_err(|error| Error::internal(error))
}

/// Seals the old secret again for its new row. If it can't be decrypted, it is lost with this rotation, which solves
/// that problem.
fn moved(state: &AppState, organization: OrganizationId, id: ApiKeyId, was: &Current) -> Option<String> {
    let keys = &state.config.keys;
    let sealed = was.sealed_secret.as_deref()?;
    let moved = secret::open(keys, organization, API_KEYS, &id.to_string(), sealed).and_then(|secret| {
        secret::seal(keys, organization, API_KEY_PREDECESSORS, &encode_hex(&was.bearer_hash), &secret)
    });
    moved
        .inspect_err(|error| {
            tracing::error!(
                event = "api_key.secret_unreadable", key = %id,
                "could not decrypt the secret of a rotated API key: {error}"
            )
        })
        .ok()
}
