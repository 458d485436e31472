//! Per-program overrides: a list for the program's affiliates, and tags in addition to the account's.

use connector::Choice;
use serde_json::{Value, json};
use shared::id::{CrmConnectionId, OrganizationId, ProgramId};

use super::{
    override_store::{self, Override},
    pick,
    settings::{self, Own},
    store, waiting_store,
};
use engine::lookup_store;
use identity::audit::Entry;
use kit::{
    db::TenantTx,
    error::{Error, Result},
    state::AppState,
};

/// The overrides requested for a program.
#[derive(Debug, Default)]
pub struct OverrideInput {
    /// The list's id; `None` keeps the connection's list.
    pub list: Option<String>,
    pub tags: Vec<String>,
    /// Whether tags that look like typos are intended.
    pub accept_tags: bool,
}

fn fields(kept: &Override) -> Value {
    json!({"programId": kept.program.to_string(), "list": kept.list, "tags": kept.tags})
}

/// Checks the request without writing anything. Returns the list with its name.
///
/// # Errors
/// 404 for a connection or program of another organization; 400, 422 or 503 as for a connection's own settings.
pub async fn verify_list(
    state: &AppState,
    organization: OrganizationId,
    (id, program): (CrmConnectionId, ProgramId),
    input: &OverrideInput,
) -> Result<Option<Choice>> {
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id).await?;
    if !lookup_store::has_program(&mut tx, program).await? {
        return Err(Error::not_found());
    }
    let kept = override_store::one(&mut tx, id, program).await?;
    tx.commit().await?;
    let (connector, account) = (row.connector()?, store::account(state, organization, &row)?);
    let known = kept.as_ref().and_then(|kept| kept.list.clone());
    let list = match &input.list {
        None => None,
        Some(id) if known.as_ref().is_some_and(|known| known.id == *id) => known,
        Some(id) => Some(pick::list(state, organization, connector, &account, id).await?),
    };
    let own = Own { defaults: &row.tags, kept: kept.as_ref().map_or(&[], |kept| &kept.tags) };
    settings::tags(state, organization, connector, &account, (&input.tags, own), input.accept_tags).await?;
    Ok(list)
}

/// Writes the override. The entry is `None` where nothing changed.
///
/// # Errors
/// 404, or a database error.
pub async fn put(
    tx: &mut TenantTx,
    state: &AppState,
    (id, program): (CrmConnectionId, ProgramId),
    (list, tags): (Option<Choice>, Vec<String>),
) -> Result<(Override, Option<Entry>)> {
    let row = store::lock(tx, id).await?;
    let before = override_store::one(tx, id, program).await?;
    let created_at = before.as_ref().map_or_else(|| state.clock.now(), |before| before.created_at);
    let kept = Override { program, list, tags, created_at };
    let was = before.as_ref().map(fields);
    if was.as_ref() == Some(&fields(&kept)) {
        return Ok((kept, None));
    }
    override_store::put(tx, id, &kept).await?;
    waiting_store::begin_anew(tx, id).await?;
    if row.list.is_none() && kept.list.is_some() {
        waiting_store::wake(tx, id, state.clock.now()).await?;
        waiting_store::sync_after_all(tx, id, state.clock.now()).await?;
    }
    let entry = Entry::new("connection.program_changed", id).after(fields(&kept));
    let entry = Entry { before: was, ..entry };
    Ok((kept, Some(entry)))
}

/// Removes the override, so that the connection's own list and tags apply again.
///
/// # Errors
/// 404, or a database error.
pub async fn remove(tx: &mut TenantTx, (id, program): (CrmConnectionId, ProgramId)) -> Result<Entry> {
    store::lock(tx, id).await?;
    let kept = override_store::one(tx, id, program).await?.ok_or_else(Error::not_found)?;
    override_store::delete(tx, id, program).await?;
    waiting_store::begin_anew(tx, id).await?;
    Ok(Entry::new("connection.program_changed", id).before(fields(&kept)))
}
