//! Writes the clicks of old months to the storage, verifies what was written, and only then removes them from the table.

use std::collections::BTreeMap;

use anyhow::{Context, bail, ensure};
use futures_util::TryStreamExt;
use shared::id::OrganizationId;

use super::{
    format::{FORMAT, GROUP, Writer},
    month::Month,
    object::{Address, Sink, Stored},
    partition_store,
    row::{Row, Totals},
    rows_store,
    store::{self, Archive, State},
    verify,
};
use kit::{db::TenantTx, state::AppState, storage::StorageError};

/// A restored month is left in the table for so long.
const RESTORED_DAYS: i64 = 30;

/// What became of a month.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Done {
    pub organizations: u64,
    pub clicks: i64,
    /// The size of the stored objects.
    pub bytes: u64,
    /// The clicks that were removed from the table.
    pub removed: i64,
}

/// Why a month failed for now: nothing is wrong with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("another process is archiving it")]
pub struct Busy;

/// The outcome for a month.
#[derive(Debug)]
pub enum Outcome {
    Done(Done),
    /// Nothing was done, for this reason.
    Waits(String),
    /// Nothing was removed, for this reason.
    Failed(anyhow::Error),
}

/// The months before one that have clicks to archive, each with the organizations that had any.
///
/// # Errors
/// Database errors.
pub async fn due(state: &AppState, before: Month) -> Result<BTreeMap<Month, Vec<OrganizationId>>, sqlx::Error> {
    let before = before.min(Month::first_unsettled(state.clock.wall()));
    let mut due: BTreeMap<Month, Vec<OrganizationId>> = BTreeMap::new();
    for organization in state.db.open_and_closed_tenants().await? {
        let mut tx = state.db.tenant(organization).await?;
        for month in rows_store::months(&mut tx, before).await? {
            due.entry(month).or_default().push(organization);
        }
        tx.commit().await?;
    }
    Ok(due)
}

/// Why a month has to wait, if it does. All organizations have to be ready, as their clicks are in one partition.
///
/// # Errors
/// Database errors.
pub async fn waits(
    state: &AppState,
    month: Month,
    organizations: &[OrganizationId],
) -> Result<Option<String>, sqlx::Error> {
    let wall = state.clock.wall();
    for organization in organizations {
        let mut tx = state.db.tenant(*organization).await?;
        let waits = store::waits(&mut tx, month, (wall, wall.plus_days(-RESTORED_DAYS))).await?;
        tx.commit().await?;
        if let Some(waits) = waits {
            return Ok(Some(format!("{organization}: {}", waits.reason())));
        }
    }
    Ok(None)
}

/// Archives a month: all organizations first, and then the clicks are removed. It may be interrupted at any point: the
/// next run goes on with what is verified.
pub async fn month(state: &AppState, month: Month, organizations: &[OrganizationId]) -> Outcome {
    match waits(state, month, organizations).await {
        Ok(None) => {}
        Ok(Some(reason)) => return Outcome::Waits(reason),
        Err(error) => return Outcome::Failed(error.into()),
    }
    match archive_and_remove(state, month, organizations).await {
        Ok(Some(done)) => Outcome::Done(done),
        Ok(None) => Outcome::Waits("the process is stopping".to_owned()),
        Err(error) => Outcome::Failed(error),
    }
}

async fn archive_and_remove(
    state: &AppState,
    month: Month,
    organizations: &[OrganizationId],
) -> anyhow::Result<Option<Done>> {
    let mut done = Done::default();
    let mut written = Vec::new();
    for organization in organizations {
        if state.is_stopping() {
            return Ok(None);
        }
        let archived = one(state, *organization, month).await;
        let archived = archived.with_context(|| format!("archiving the clicks of {organization} in {month}"))?;
        if let Some((totals, stored)) = archived {
            written.push(*organization);
            done.organizations += 1;
            done.clicks += totals.clicks;
            done.bytes += stored.stored_bytes;
        }
    }
    let kept = || format!("the clicks of {month} stay in the table");
    if partition_store::exists(&state.db, month).await? {
        done.removed = partition_store::remove_month(&state.db, month).await.with_context(kept)?.unwrap_or_default();
        return Ok(Some(done));
    }
    for organization in written {
        if is_archived(state, organization, month).await? {
            continue;
        }
        done.removed += partition_store::remove_clicks(&state.db, organization, month).await.with_context(kept)?;
    }
    Ok(Some(done))
}

/// Whether another process, which verified the same archive, removed the clicks first.
async fn is_archived(state: &AppState, organization: OrganizationId, month: Month) -> Result<bool, sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    let archives = store::list(&mut tx, Some(month)).await?;
    tx.commit().await?;
    Ok(archives.iter().any(|archive| archive.state == State::Archived))
}

/// Makes sure that a month of an organization is in a verified archive; `None` if the table has no clicks of it.
async fn one(state: &AppState, organization: OrganizationId, month: Month) -> anyhow::Result<Option<(Totals, Stored)>> {
    // All is compared with what the table has now. The lock lasts as long as the snapshot.
    let mut snapshot = state.db.snapshot(organization).await?;
    ensure!(store::lock(&mut snapshot, month).await?, Busy);
    let (clicks, mark) = rows_store::sums(&mut snapshot, month).await?;
    let known = {
        let mut tx = state.db.tenant(organization).await?;
        store::destroy(&mut tx, month, None, state.clock.now()).await?;
        let known = store::list(&mut tx, Some(month)).await?.pop();
        tx.commit().await?;
        known
    };
    if clicks == 0 {
        return Ok(None);
    }
    if let Some(known) = known.filter(|known| known.state != State::Archived)
        && (known.totals.clicks, known.totals.mark) == (clicks, mark)
    {
        return again(state, organization, known).await.map(Some);
    }
    let (totals, stored) = write(state, &mut snapshot, month, (clicks, mark)).await?;
    Ok(Some((totals, stored)))
}

/// Verifies an archive of an earlier run. If it isn't right any more, it is destroyed, and the next run writes another.
async fn again(state: &AppState, organization: OrganizationId, known: Archive) -> anyhow::Result<(Totals, Stored)> {
    let address = verify::address(&state.config.keys.at_rest, organization, &known)?;
    let checked = verify::read(state, &address, (&known.totals, &known.stored)).await;
    let mut tx = state.db.tenant(organization).await?;
    match &checked {
        Ok(_) => store::checked(&mut tx, known.id, state.clock.now()).await?,
        // Without the storage, or room for a copy, nothing is known about the object.
        Err(error) if is_away(error) => {}
        Err(_) => store::destroy(&mut tx, known.month, Some(known.id), state.clock.now()).await?,
    }
    tx.commit().await?;
    checked.with_context(|| verify::failed(organization, known.month))?;
    Ok((known.totals, known.stored))
}

fn is_away(error: &anyhow::Error) -> bool {
    matches!(error.downcast_ref::<StorageError>(), Some(StorageError::Away(_))) || error.is::<std::io::Error>()
}

/// Writes an archive, reads it back, and records it. `expected` is what Postgres counted.
async fn write(
    state: &AppState,
    snapshot: &mut TenantTx,
    month: Month,
    expected: (i64, i64),
) -> anyhow::Result<(Totals, Stored)> {
    let organization = snapshot.organization();
    let id = state.new_id::<shared::id::File>().uuid();
    let (key, sealed_key) = verify::new_key(&state.config.keys.at_rest, organization, id)?;
    let address = Address { organization, id, month: month.to_string(), key };
    let mut tx = state.db.tenant(organization).await?;
    store::begin(&mut tx, id, (month, FORMAT), &sealed_key, state.clock.now()).await?;
    tx.commit().await?;
    let (totals, stored) = put(state, snapshot, month, &address).await?;
    if (totals.clicks, totals.mark) != expected {
        give_up(state, organization, month).await?;
        bail!("{} clicks were read, but Postgres counts {}, or others", totals.clicks, expected.0);
    }
    if let Err(error) = verify::read(state, &address, (&totals, &stored)).await {
        give_up(state, organization, month).await?;
        return Err(error.context(verify::failed(organization, month)));
    }
    let mut tx = state.db.tenant(organization).await?;
    let is_there = store::verified(&mut tx, (id, month), (&totals, &stored), state.clock.now()).await?;
    ensure!(is_there, "it was destroyed in the meantime");
    tx.commit().await?;
    tracing::info!(
        event = "click_archive.written",
        %organization,
        %month,
        clicks = totals.clicks,
        bytes = stored.stored_bytes,
        "archived clicks"
    );
    Ok((totals, stored))
}

async fn give_up(state: &AppState, organization: OrganizationId, month: Month) -> Result<(), sqlx::Error> {
    let mut tx = state.db.tenant(organization).await?;
    store::destroy(&mut tx, month, None, state.clock.now()).await?;
    tx.commit().await
}

/// Streams the clicks into the object: a group of rows and a part of the object are in memory.
async fn put(
    state: &AppState,
    snapshot: &mut TenantTx,
    month: Month,
    address: &Address,
) -> anyhow::Result<(Totals, Stored)> {
    let mut sink = Sink::open(&state.files, address).await?;
    match write_groups(snapshot, month, &mut sink).await {
        Ok(totals) => Ok((totals, sink.finish().await?)),
        Err(error) => {
            sink.give_up().await;
            Err(error)
        }
    }
}

async fn write_groups(snapshot: &mut TenantTx, month: Month, sink: &mut Sink<'_>) -> anyhow::Result<Totals> {
    let (mut totals, mut writer) = (Totals::default(), Writer::new()?);
    let mut group = Vec::with_capacity(GROUP);
    let mut rows = rows_store::rows(snapshot, month);
    while let Some(row) = rows.try_next().await? {
        totals.add(&row);
        group.push(row);
        if group.len() == GROUP {
            let full = std::mem::replace(&mut group, Vec::with_capacity(GROUP));
            let bytes;
            (writer, bytes) = encoded(writer, full).await?;
            sink.push(&bytes).await?;
        }
    }
    if !group.is_empty() {
        let bytes;
        (writer, bytes) = encoded(writer, group).await?;
        sink.push(&bytes).await?;
    }
    sink.push(&writer.finish()?).await?;
    Ok(totals)
}

/// Encodes a group, without keeping others from their work.
async fn encoded(mut writer: Writer, rows: Vec<Row>) -> anyhow::Result<(Writer, Vec<u8>)> {
    let encode = move || writer.group(&rows).map(|bytes| (writer, bytes));
    Ok(tokio::task::spawn_blocking(encode).await??)
}
