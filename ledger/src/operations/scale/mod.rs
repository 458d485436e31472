//! `rekomi scale`: from one Postgres to a cluster of them (Citus), with every tenant table distributed by organization.
//!
//! `check` reads the catalog of the database and says what is missing, wrong or away, each with what to do. `distribute` takes
//! the missing steps. What is found is judged, and the steps are planned, by pure functions ([`judge`], [`plan`]). The ledger
//! serves one server or a whole cluster, and nothing in between.

mod catalog;
mod catalog_store;
mod judge;
mod plan;

use std::process::ExitCode;

use anyhow::{Context, ensure};
use clap::{Args, Subcommand};
use kit::{
    db::{Db, Holder},
    migrate,
};
use sqlx::PgConnection;

use self::{catalog::Kind, plan::Step};
use super::doctor::finding::{self, Finding};

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Check whether the database could be distributed over several servers, or whether a cluster is whole. Requires
    /// `DATABASE_OWNER_URL`.
    Check(CheckOptions),
    /// Distribute the tenant tables over the servers of a cluster. Stop the ledgers first. Can be run again after an
    /// interruption. Requires `DATABASE_OWNER_URL`, on the coordinator.
    Distribute(DistributeOptions),
}

#[derive(Debug, Args)]
pub struct CheckOptions {
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

#[derive(Debug, Args)]
pub struct DistributeOptions {
    /// Only print the steps.
    #[arg(long)]
    dry_run: bool,
    /// Into how many shards the tables are split. It limits the number of servers, and can't be changed easily.
    #[arg(long, default_value_t = 32, value_parser = clap::value_parser!(u32).range(1..=1024))]
    shards: u32,
}

/// Runs the command. Exits with 1 if a check fails, or a step is refused.
pub async fn run(action: &Action) -> ExitCode {
    let outcome = match action {
        Action::Check(options) => check(options).await,
        Action::Distribute(options) => distribute(options).await,
    };
    outcome.unwrap_or_else(|error| {
        eprintln!("error: {error:#}");
        ExitCode::FAILURE
    })
}

#[expect(clippy::print_stdout, reason = "a command's result")]
async fn check(options: &CheckOptions) -> anyhow::Result<ExitCode> {
    let mut owner = migrate::connect_as_owner().await?;
    let catalog = catalog_store::read(&mut owner).await.context("can't read the database's catalog")?;
    let findings = judge::findings(&catalog);
    if options.json {
        println!("{:#}", finding::document(&findings));
    } else {
        print!("{}", finding::text(&findings));
    }
    Ok(code(&findings))
}

#[expect(clippy::print_stdout, reason = "a command's result")]
async fn distribute(options: &DistributeOptions) -> anyhow::Result<ExitCode> {
    let mut owner = migrate::connect_as_owner().await?;
    catalog_store::lock(&mut owner).await?;
    if !options.dry_run {
        // Of a run that was interrupted.
        clean_up(&mut owner).await?;
    }
    let catalog = catalog_store::read(&mut owner).await.context("can't read the database's catalog")?;
    let obstacles = judge::obstacles(&catalog);
    if !obstacles.is_empty() && !options.dry_run {
        print!("{}", finding::text(&obstacles));
        return Ok(ExitCode::FAILURE);
    }
    let steps = plan::plan(&catalog, options.shards);
    for (number, step) in steps.iter().enumerate() {
        println!("{}/{}  {}", number + 1, steps.len(), step.what);
        if options.dry_run {
            println!("      {}", step.statements.join("; "));
        } else {
            take(&mut owner, step).await?;
        }
    }
    if options.dry_run {
        print!("{}", finding::text(&obstacles));
        return Ok(ExitCode::SUCCESS);
    }
    clean_up(&mut owner).await?;
    let catalog = catalog_store::read(&mut owner).await.context("can't read the database's catalog")?;
    let findings = judge::findings(&catalog);
    print!("{}", finding::text(&findings));
    Ok(code(&findings))
}

async fn clean_up(owner: &mut PgConnection) -> anyhow::Result<()> {
    catalog_store::clean_up(owner).await.context("can't drop what tables left on this server; run this command again")
}

async fn take(owner: &mut PgConnection, step: &Step) -> anyhow::Result<()> {
    for statement in &step.statements {
        catalog_store::run(owner, statement)
            .await
            .with_context(|| format!("can't {}; correct the cause and run this command again", step.what))?;
    }
    Ok(())
}

fn code(findings: &[Finding]) -> ExitCode {
    if findings.iter().any(Finding::is_failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

/// Refuses a database of which only a part is distributed: joins between the parts fail, one page at a time.
///
/// # Errors
/// If that is so, with the tables' names; if `distribute` was interrupted, or the catalog can't be read.
pub async fn ensure_whole(db: &Db) -> anyhow::Result<()> {
    let mut tx = db.global(Holder::Nothing).await?;
    let Some(kinds) = catalog_store::distributed(tx.conn()).await.context("can't read the cluster's catalog")? else {
        return Ok(());
    };
    let distributed: Vec<&str> =
        kinds.iter().filter(|(_, kind)| *kind == Kind::Distributed).map(|(name, _)| name.as_str()).collect();
    if distributed.is_empty() {
        let is_interrupted =
            catalog_store::is_interrupted(tx.conn()).await.context("can't read the database's keys")?;
        ensure!(!is_interrupted, "{}: run it again", judge::INTERRUPTED);
        return Ok(());
    }
    let mut local = catalog_store::tenant_tables(tx.conn()).await.context("can't read the database's tables")?;
    local.retain(|name| !distributed.contains(&name.as_str()));
    tx.commit().await?;
    ensure!(local.is_empty(), "{}: run `rekomi scale distribute` first", judge::half_distributed(&local));
    Ok(())
}
