//! `rekomi backup verify`: proves that a backup can be restored, by restoring it.
//!
//! A dump is restored into a new Postgres of this command's own; a folder of data is started as it is. Then everything
//! is checked as in production: the schema, the keys, and the books with `rekomi audit` and `rekomi replay --verify`.
//! The database that serves isn't touched, and the only settings that are read are the keys.

mod checks;
mod cluster;
mod dump;
mod judge;
mod programs;
mod report;
mod store;

use std::{
    path::{Path, PathBuf},
    process::ExitCode,
};

use anyhow::Context;
use clap::{Args, Subcommand};
use kit::config::Keys;

use self::{
    cluster::{Account, Cluster},
    programs::Programs,
    report::Report,
};
use super::doctor::finding::Finding;
use crate::stop;

const CONFIGURATION: &str = "configuration";
const POSTGRES: &str = "postgres";
const RESTORE: &str = "restore";

#[derive(Debug, Subcommand)]
pub enum Action {
    /// Restore a backup into a scratch Postgres, and check that everything in it agrees. The running database isn't
    /// touched. Requires only `REKOMI_EDGE_KEYS` and `REKOMI_LEDGER_KEYS`.
    Verify(Options),
}

#[derive(Debug, Args)]
pub struct Options {
    /// A dump made by `pg_dump` in any of its formats: custom, directory, tar or plain SQL.
    #[arg(long, value_name = "FILE", required_unless_present = "data", conflicts_with = "data")]
    dump: Option<PathBuf>,
    /// A restored folder of data, such as `pgbackrest restore` writes. It is started in place, and changed: it must be
    /// a scratch copy, never the folder of a database that serves.
    #[arg(long, value_name = "FOLDER")]
    data: Option<PathBuf>,
    /// The folder with the programs of Postgres. By default those in PATH, or the newest in /usr/lib/postgresql.
    #[arg(long, value_name = "FOLDER")]
    postgres: Option<PathBuf>,
    /// Where the scratch Postgres is created; it needs room for the whole database. By default the folder for temporary
    /// files.
    #[arg(long, value_name = "FOLDER")]
    scratch: Option<PathBuf>,
    /// The name of the database in a folder of data.
    #[arg(long, value_name = "NAME", default_value = "rekomi")]
    database: String,
    /// Another role that a dump gives rights to. Can be given several times.
    #[arg(long = "role", value_name = "NAME")]
    roles: Vec<String>,
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs the command. Exits with 1 if a check fails, or couldn't run.
pub async fn run(action: &Action) -> ExitCode {
    let Action::Verify(options) = action;
    let mut report = Report::new(options.json);
    // When the future is dropped, so are the scratch Postgres and its folder.
    let failure = tokio::select! {
        outcome = Box::pin(verify(options, &mut report)) => outcome.err(),
        () = stop::signal() => Some(Finding::failed("interrupted", "the checks didn't end", "run this again")),
    };
    if let Some(finding) = failure {
        report.add(finding);
    }
    report.finish()
}

/// Runs one check after the other. The error is the check without which no other can run.
async fn verify(options: &Options, report: &mut Report) -> Result<(), Finding> {
    let keys = Keys::from_env().map_err(|error| judge::no_keys(&format!("{error:#}")))?;
    report.add(Finding::passed(CONFIGURATION, "the keys are valid"));
    let mut cluster = prepare(options, report)?;
    let database = match &options.dump {
        Some(dump) => {
            dump::restore(&mut cluster, dump, &options.roles).await.map_err(|error| judge::not_restored(&error))?;
            report.add(Finding::passed(RESTORE, format!("{} was restored", dump.display())));
            dump::DATABASE
        }
        None => {
            cluster.start().await.map_err(|error| judge::not_started(&error))?;
            report.add(Finding::passed(RESTORE, "the folder of data was started, and recovered"));
            options.database.as_str()
        }
    };
    checks::run(&cluster, database, &keys, report).await
}

/// Finds the programs, and creates what doesn't depend on the backup.
fn prepare(options: &Options, report: &mut Report) -> Result<Cluster, Finding> {
    let cluster = match &options.data {
        Some(data) => of_data(data, options),
        None => Programs::find(options.postgres.as_deref(), None)
            .and_then(|programs| Cluster::create(programs, Account::unprivileged(), options.scratch.as_deref(), None)),
    };
    let cluster = cluster.map_err(|error| judge::no_postgres(&format!("{error:#}")))?;
    report.add(Finding::passed(POSTGRES, cluster.programs().to_string()));
    Ok(cluster)
}

/// A folder of data is started by the version of Postgres that wrote it, as the user whom it belongs to.
fn of_data(data: &Path, options: &Options) -> anyhow::Result<Cluster> {
    let data = data.canonicalize().with_context(|| format!("can't open {}", data.display()))?;
    let major = cluster::major_of(&data)?;
    let programs = Programs::find(options.postgres.as_deref(), Some(major))?;
    let account = Account::owner_of(&data)?;
    Cluster::create(programs, account, options.scratch.as_deref(), Some(data))
}
