//! Adds and deletes assets, the same for the dashboard and the API.

use axum::http::StatusCode;
use serde_json::json;
use shared::id::{AssetId, FileId, OrganizationId, ProgramId};

use super::{
    input::AssetInput,
    kind::Kind,
    store::{self, Asset, Filter, New},
};
use engine::lookup_store;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Code, Error, Result},
    file,
    state::AppState,
};

/// Checks whether there is room for another asset.
///
/// # Errors
/// 409 `too_many_assets`.
pub async fn check_room(tx: &mut TenantTx) -> Result<()> {
    if store::count(tx).await? >= store::ASSETS_MAX {
        let message = format!("You can have at most {} assets. Delete one first.", store::ASSETS_MAX);
        return Err(Error::new(StatusCode::CONFLICT, Code::TooManyAssets, message));
    }
    Ok(())
}

/// Whether the asset's program exists, if it has one.
///
/// # Errors
/// If the database is unavailable.
pub async fn has_program(tx: &mut TenantTx, program: Option<ProgramId>) -> Result<bool> {
    match program {
        Some(program) => Ok(lookup_store::has_program(tx, program).await?),
        None => Ok(true),
    }
}

/// Stores the file of an asset, before the transaction that refers to it.
///
/// # Errors
/// 503 if the storage or the database is unavailable.
pub async fn upload(
    state: &AppState,
    organization: OrganizationId,
    kind: Option<Kind>,
    bytes: &[u8],
) -> Result<Option<FileId>> {
    match kind {
        Some(kind) => Ok(Some(file::keep::put_own(state, organization, bytes, kind.content_type).await?)),
        None => Ok(None),
    }
}

/// Marks a file as stored, so that the clean-up keeps it.
///
/// # Errors
/// 503 if the upload took so long that the file is gone.
pub async fn adopt(tx: &mut TenantTx, state: &AppState, file: Option<FileId>) -> Result<()> {
    if let Some(file) = file
        && !file::store::stored(tx, file, state.clock.now()).await?
    {
        return Err(Error::unavailable("the upload took too long"));
    }
    Ok(())
}

/// Adds an asset whose file is stored. Returns its id and the audit log entry.
///
/// # Errors
/// 503 if the upload took so long that the file is gone.
pub async fn insert(
    tx: &mut TenantTx,
    state: &AppState,
    input: &AssetInput,
    file: Option<FileId>,
) -> Result<(AssetId, Entry)> {
    adopt(tx, state, file).await?;
    let new = New {
        id: state.new_id(),
        form: input.form,
        title: &input.title,
        program: input.program,
        body: input.body.as_deref(),
        file,
    };
    store::insert(tx, &new, state.clock.now()).await?;
    let entry = Entry::new("asset.added", new.id).after(json!({"title": new.title, "kind": new.form.as_str()}));
    Ok((new.id, entry))
}

/// Deletes an asset and its file. Returns the audit log entry.
///
/// # Errors
/// 404 if it doesn't exist.
pub async fn remove(tx: &mut TenantTx, state: &AppState, id: AssetId) -> Result<Entry> {
    let asset = known(tx, id).await?;
    store::delete(tx, id).await?;
    if let Some(file) = asset.file {
        file::store::destroy(tx, file, state.clock.now()).await?;
    }
    Ok(Entry::new("asset.deleted", id).before(json!({"title": asset.title})))
}

/// # Errors
/// 404 if it doesn't exist.
pub async fn known(tx: &mut TenantTx, id: AssetId) -> Result<Asset> {
    let filter = Filter { id: Some(id), ..Filter::default() };
    store::list(tx, &filter).await?.into_iter().next().ok_or_else(Error::not_found)
}
