//! Puts an archived month of one organization back into the table, where pages and exports read it again. The roll-ups
//! have its clicks already, so nothing is counted. And writes an archive as a plain Parquet file.

use std::{fs::File, path::Path};

use anyhow::{Context, bail, ensure};
use shared::id::OrganizationId;

use super::{
    format,
    month::Month,
    partition_store, rows_store, scratch,
    store::{self, Archive, State},
    verify,
};
use kit::state::AppState;

/// Restores a month; returns how many clicks it has.
///
/// # Errors
/// If there is no such archive, if it doesn't verify, or if the table would have other clicks than the archive; nothing
/// is restored then.
pub async fn run(state: &AppState, organization: OrganizationId, month: Month) -> anyhow::Result<i64> {
    let archive = find(state, organization, month).await?;
    match archive.state {
        State::Archived => {}
        State::Restored => bail!("{month} of {organization} is restored already"),
        State::Verified => bail!("the clicks of {organization} in {month} are still in the table"),
    }
    let file = verify::open(state, organization, &archive).await?;
    partition_store::reopen(&state.db, month).await.context("can't make room for the clicks")?;
    let groups = format::groups(file.try_clone()?)?;
    // One transaction: a reader sees all clicks of the month, or those that evidence refers to.
    let mut tx = state.db.tenant(organization).await?;
    for group in 0..groups {
        let rows = scratch::group(&file, group).await?;
        rows_store::put_back(&mut tx, &rows).await?;
    }
    let sums = rows_store::sums(&mut tx, month).await?;
    ensure!(
        sums == (archive.totals.clicks, archive.totals.mark),
        "the table would have {} clicks of {month}, and the archive has {}, or others",
        sums.0,
        archive.totals.clicks
    );
    ensure!(
        store::restored(&mut tx, archive.id, state.clock.now()).await?,
        "the archive was changed in the meantime: try again"
    );
    tx.commit().await?;
    tracing::info!(%organization, %month, clicks = sums.0, "restored clicks");
    Ok(sums.0)
}

/// Writes an archive as a Parquet file that other programs can read; returns its size.
///
/// # Errors
/// If there is no such archive, if it doesn't verify, or if the file exists.
pub async fn export(state: &AppState, organization: OrganizationId, month: Month, to: &Path) -> anyhow::Result<u64> {
    let archive = find(state, organization, month).await?;
    let mut file = verify::open(state, organization, &archive).await?;
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut written = options.open(to).with_context(|| format!("can't create {}", to.display()))?;
    let bytes = scratch::copy(&mut file, &mut written)?;
    written.sync_all()?;
    Ok(bytes)
}

async fn find(state: &AppState, organization: OrganizationId, month: Month) -> anyhow::Result<Archive> {
    let mut tx = state.db.tenant(organization).await?;
    let found = store::list(&mut tx, Some(month)).await?.pop();
    tx.commit().await?;
    found.with_context(|| format!("there is no archive of {organization} for {month}"))
}
