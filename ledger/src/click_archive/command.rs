//! `rekomi clicks`: archives old clicks, restores them, and lists and verifies the archives.

use std::{fs, os::unix::fs::MetadataExt, path::PathBuf, time::Instant};

use anyhow::{Context, bail};
use clap::Subcommand;
use nix::unistd::geteuid;
use shared::id::OrganizationId;

use super::{
    archive::{self, Outcome},
    month::Month,
    restore, rows_store,
    store::{self, Archive},
    verify,
};
use crate::clients;
use kit::{
    config::{Config, files::FileSettings},
    db::{Db, Share},
    state::AppState,
};

/// One for the snapshot that is written, one for the manifest.
const CONNECTIONS: u32 = 3;
/// Months that stay in the table, if neither the option nor the setting says how many.
const MONTHS_USUAL: u32 = 6;

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Write the clicks of old months to the file storage, verify what was written, and remove them from the database.
    /// Safe to interrupt and to repeat.
    Archive {
        /// Archive the months before this one (`YYYY-MM`). By default those older than
        /// `REKOMI_CLICK_ARCHIVE_AFTER_MONTHS`, or than 6 months.
        #[arg(long, value_name = "MONTH")]
        before: Option<Month>,
        /// Only print what would be archived.
        #[arg(long)]
        dry_run: bool,
    },
    /// Put an archived month of an organization back into the database. It's archived again after 30 days at the
    /// earliest.
    Restore {
        /// The organization's ID (`org_…`).
        #[arg(long)]
        organization: OrganizationId,
        /// The month (`YYYY-MM`).
        #[arg(long)]
        month: Month,
    },
    /// List all archives, with their clicks, sizes and checksums.
    Archives {
        /// Only of this organization (`org_…`).
        #[arg(long)]
        organization: Option<OrganizationId>,
        /// Read every archive back from the storage, and verify it.
        #[arg(long)]
        verify: bool,
    },
    /// Write an archived month of an organization to a Parquet file, decrypted.
    Export {
        /// The organization's ID (`org_…`).
        #[arg(long)]
        organization: OrganizationId,
        /// The month (`YYYY-MM`).
        #[arg(long)]
        month: Month,
        /// The file to write, which must not exist.
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
    },
}

/// # Errors
/// If something couldn't be archived, restored or verified. No click is removed whose archive wasn't verified.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(config: Config, action: Action) -> anyhow::Result<()> {
    if let Action::Archive { dry_run, .. } = &action {
        config.files.must_be_shared(config.environment)?;
        if !dry_run && geteuid().is_root() {
            leave_no_roots_files(&config.files)?;
        }
    }
    let db = Db::connect(config.database_url.expose(), Share::command(CONNECTIONS)).await?;
    let outbound = clients::outbound(&config)?;
    let state = AppState::new(config, db, clients::http_client()?, outbound);
    let outcome = match action {
        Action::Archive { before, dry_run } => {
            let months = state.config.click_archive_after_months.unwrap_or(MONTHS_USUAL);
            let before = before.unwrap_or_else(|| Month::of(state.clock.wall().date()).back(months));
            if dry_run { plan(&state, before).await } else { archive(&state, before).await }
        }
        Action::Restore { organization, month } => {
            let began = Instant::now();
            restore::run(&state, organization, month).await.map(|clicks| {
                println!("{month}  {organization}: restored {}", paced(clicks, began));
            })
        }
        Action::Archives { organization, verify } => list(&state, organization, verify).await,
        Action::Export { organization, month, to } => restore::export(&state, organization, month, &to)
            .await
            .map(|bytes| println!("{month}  {organization}: wrote {bytes} bytes to {}", to.display())),
    };
    state.db.close().await;
    outcome
}

/// Refuses to write as root into a folder of another user: the ledger could no longer write into the folders that this
/// creates. It could not change to that user either, to whom a parent folder may be closed (as systemd's are).
fn leave_no_roots_files(files: &FileSettings) -> anyhow::Result<()> {
    let FileSettings::Folder(folder) = files else { return Ok(()) };
    let Ok(found) = fs::metadata(folder) else { return Ok(()) };
    if found.uid() != 0 {
        bail!(
            "REKOMI_FILES belongs to user {}, and what root writes there would be closed to the ledger: run this as the \
             ledger's user, as docs/self-hosting/clicks-archive.md says, or set REKOMI_CLICK_ARCHIVE_AFTER_MONTHS so that \
             the ledger does it",
            found.uid()
        );
    }
    Ok(())
}

/// Clicks, and how many of them a second.
fn paced(clicks: i64, began: Instant) -> String {
    let seconds = began.elapsed().as_secs_f64().max(0.001);
    format!("{clicks} clicks in {seconds:.1} s ({:.0} a second)", clicks as f64 / seconds)
}

#[expect(clippy::print_stdout, reason = "a command's result")]
async fn archive(state: &AppState, before: Month) -> anyhow::Result<()> {
    let (mut failed, mut total) = (0, 0);
    let due = archive::due(state, before).await.context("can't read the months")?;
    for (month, organizations) in due {
        let began = Instant::now();
        match archive::month(state, month, &organizations).await {
            Outcome::Done(done) => {
                total += done.clicks;
                let each = if done.clicks == 0 { 0.0 } else { done.bytes as f64 / done.clicks as f64 };
                println!(
                    "{month}  archived {} of {} organizations, {} bytes ({each:.1} a click); removed {}",
                    paced(done.clicks, began),
                    done.organizations,
                    done.bytes,
                    done.removed
                );
            }
            Outcome::Waits(reason) => println!("{month}  waits: {reason}"),
            Outcome::Failed(error) => {
                failed += 1;
                println!("{month}  FAILED: {error:#}");
            }
        }
    }
    println!("archived clicks: {total}");
    if failed > 0 {
        bail!("{failed} months couldn't be archived; none of their clicks were removed");
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command's result")]
async fn plan(state: &AppState, before: Month) -> anyhow::Result<()> {
    for (month, organizations) in archive::due(state, before).await.context("can't read the months")? {
        if let Some(reason) = archive::waits(state, month, &organizations).await? {
            println!("{month}  waits: {reason}");
            continue;
        }
        for organization in organizations {
            let mut snapshot = state.db.snapshot(organization).await?;
            let (clicks, _) = rows_store::sums(&mut snapshot, month).await?;
            println!("{month}  {organization}: {clicks} clicks");
        }
    }
    Ok(())
}

#[expect(clippy::print_stdout, reason = "a command's result")]
async fn list(state: &AppState, only: Option<OrganizationId>, verify: bool) -> anyhow::Result<()> {
    let (mut archives, mut clicks, mut bytes, mut failed) = (0_u64, 0, 0, 0_u64);
    for organization in state.db.open_and_closed_tenants().await? {
        if only.is_some_and(|only| only != organization) {
            continue;
        }
        let mut tx = state.db.tenant(organization).await?;
        let found = store::list(&mut tx, None).await?;
        tx.commit().await?;
        for archive in found {
            archives += 1;
            clicks += archive.totals.clicks;
            bytes += archive.stored.stored_bytes;
            println!("{}", line(organization, &archive));
            if verify && let Err(error) = check(state, organization, &archive).await {
                failed += 1;
                println!("         FAILED: {error:#}");
            }
        }
    }
    println!("archives: {archives}, with {clicks} clicks in {bytes} bytes");
    if failed > 0 {
        bail!("{failed} archives don't verify: restore their objects from a copy of the storage");
    }
    Ok(())
}

async fn check(state: &AppState, organization: OrganizationId, archive: &Archive) -> anyhow::Result<()> {
    verify::open(state, organization, archive).await?;
    let mut tx = state.db.tenant(organization).await?;
    store::looked_at(&mut tx, archive.id, state.clock.now()).await?;
    Ok(tx.commit().await?)
}

fn line(organization: OrganizationId, archive: &Archive) -> String {
    let sha256: String = archive.stored.sha256.iter().map(|byte| format!("{byte:02x}")).collect();
    let verified = archive.verified_at.map(|at| at.to_string()).unwrap_or_default();
    format!(
        "{}  {organization}  {}  {} clicks  {} bytes  sha256 {sha256}  verified {verified}",
        archive.month,
        archive.state.as_str(),
        archive.totals.clicks,
        archive.stored.stored_bytes,
    )
}
