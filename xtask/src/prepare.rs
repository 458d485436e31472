//! Writes and checks `.sqlx/`: the database's description of each query, committed so that a build needs no database.
//!
//! The ledger can't apply the migrations here, since it may not compile before its queries are described. So a few
//! lines of JavaScript apply them to a fresh database (npm installs a Postgres client with the embedded Postgres).

use crate::pg::{Cluster, private};
use crate::process::Interrupt;
use crate::setup::{self, node::Node};
use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

/// The digest of the sources for which .sqlx/ was last correct.
const STAMP: &str = "target/sqlx.stamp";
/// The database's latest answers, and the digest of their sources.
const FRESH: &str = "target/sqlx";
const VERIFIED: &str = "target/sqlx.told";
const SOURCES: [&str; 6] = ["ledger", "migrations", ".sqlx", "shared", "Cargo.toml", "Cargo.lock"];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Change nothing; fail if .sqlx/ is out of date with the queries and migrations
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    let database = private::Database::start(&node, &interrupt, private::Disk::Unflushed)?;
    let step = progress::loud_step("query metadata");
    let outcome = if options.check { compare(&node, &database.cluster)? } else { write(&node, &database.cluster)? };
    step.done(&outcome);
    Ok(())
}

/// Replaces .sqlx/ with fresh descriptions.
fn write(node: &Node, cluster: &Cluster) -> Result<String> {
    let fresh = query_database(node, cluster)?;
    let folder = repo::at(".sqlx");
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    for (name, content) in &fresh {
        fs::write(folder.join(name), content)?;
    }
    Ok(format!("{} queries written to .sqlx/", fresh.len()))
}

/// Compares .sqlx/ with the database's current answers; skipped when nothing has changed since it was correct.
pub(crate) fn compare(node: &Node, cluster: &Cluster) -> Result<String> {
    let digest = repo::digest(&SOURCES)?;
    if is_right(&digest) {
        return Ok("up to date, nothing changed since the last check".to_owned());
    }
    let is_answered = fs::read_to_string(repo::at(VERIFIED)).is_ok_and(|reported| reported == digest);
    let fresh = if is_answered { read(&repo::at(FRESH))? } else { query_database(node, cluster)? };
    let committed = read(&repo::at(".sqlx"))?;
    let mut stale: Vec<&str> = fresh.keys().chain(committed.keys()).map(String::as_str).collect();
    stale.retain(|name| fresh.get(*name) != committed.get(*name));
    stale.sort_unstable();
    stale.dedup();
    if !stale.is_empty() {
        let queries: Vec<String> =
            stale.iter().take(5).map(|name| wording(fresh.get(*name).or(committed.get(*name)))).collect();
        bail!(
            ".sqlx/ is out of date for {} queries ({}): run `cargo xtask prepare` and commit .sqlx/",
            stale.len(),
            queries.join("; ")
        );
    }
    repo::write_atomically(&repo::at(STAMP), &digest, 0o644)?;
    Ok(format!("{} queries match the migrations", fresh.len()))
}

/// Returns the beginning of a query's text, from its metadata.
fn wording(metadata: Option<&String>) -> String {
    let parsed = metadata.and_then(|text| serde_json::from_str::<serde_json::Value>(text).ok()).unwrap_or_default();
    let words: Vec<&str> = parsed["query"].as_str().unwrap_or("?").split_whitespace().collect();
    words.join(" ").chars().take(60).collect()
}

fn is_right(digest: &str) -> bool {
    fs::read_to_string(repo::at(STAMP)).is_ok_and(|checked| checked == digest)
}

/// Checks the ledger against a fresh database and collects what the macros write.
fn query_database(node: &Node, cluster: &Cluster) -> Result<BTreeMap<String, String>> {
    let mut cargo = run::cargo();
    cargo.args(["check", "--workspace", "--all-targets", "--keep-going"]);
    live(&mut cargo, node, cluster, run::loud).context("the ledger's queries don't match the migrations")?;
    read(&repo::at(FRESH))
}

/// Runs a cargo command that checks the whole ledger. If [`compare`] needs fresh answers, it runs with a database, so
/// that the ledger is checked only once for both.
pub(crate) fn beside(
    cargo: &mut Command,
    node: &Node,
    cluster: &Cluster,
    runs: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<()> {
    let digest = repo::digest(&SOURCES)?;
    if is_right(&digest) {
        return runs(cargo);
    }
    live(cargo, node, cluster, runs)?;
    repo::write_atomically(&repo::at(VERIFIED), &digest, 0o644)
}

/// Runs cargo with a fresh database, whose answers the macros write to files.
fn live(
    cargo: &mut Command,
    node: &Node,
    cluster: &Cluster,
    runs: impl FnOnce(&mut Command) -> Result<()>,
) -> Result<()> {
    let mut script = Command::new(&node.program);
    script
        .arg(repo::at("xtask/scripts/migrate.cjs"))
        .arg(cluster.url("postgres"))
        .arg("rekomi_prepare")
        .arg(repo::at("migrations"));
    run::quiet(script.current_dir(repo::root())).context("the migrations can't be applied to an empty database")?;
    let folder = repo::at(FRESH);
    let _ = fs::remove_file(repo::at(VERIFIED));
    let _ = fs::remove_dir_all(&folder);
    fs::create_dir_all(&folder)?;
    let touched = Touched::now()?;
    cargo
        .env("DATABASE_URL", cluster.url("rekomi_prepare"))
        .env("SQLX_OFFLINE", "false")
        .env("SQLX_OFFLINE_DIR", &folder);
    let checked = runs(cargo);
    drop(touched);
    checked
}

/// Reads the file name and content of every query.
fn read(folder: &Path) -> Result<BTreeMap<String, String>> {
    let Ok(entries) = fs::read_dir(folder) else { return Ok(BTreeMap::new()) };
    let mut all = BTreeMap::new();
    for entry in entries {
        let path = entry?.path();
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.starts_with("query-") {
            all.insert(name, fs::read_to_string(&path)?);
        }
    }
    Ok(all)
}

/// Marks the sources as changed, because the macros run only then; afterwards the files get their old times back, so
/// that nothing else is rebuilt.
struct Touched {
    files: Vec<(PathBuf, SystemTime)>,
    now: SystemTime,
}

impl Touched {
    #[expect(clippy::disallowed_methods, reason = "a file's time is the machine's, not the ledger's")]
    fn now() -> Result<Self> {
        let (mut files, now) = (Vec::new(), SystemTime::now());
        let crates = fs::read_dir(repo::at("ledger"))?.flatten().map(|entry| entry.path().join("src/lib.rs"));
        let roots = crates.chain([repo::at("ledger/src/lib.rs"), repo::at("ledger/src/main.rs")]);
        for path in roots {
            let Ok(file) = fs::File::options().write(true).open(&path) else { continue };
            let before = file.metadata()?.modified()?;
            file.set_modified(now)?;
            files.push((path, before));
        }
        Ok(Self { files, now })
    }
}

impl Drop for Touched {
    fn drop(&mut self) {
        for (path, before) in &self.files {
            let Ok(file) = fs::File::options().write(true).open(path) else { continue };
            // A file that was saved in the meantime keeps its new time, so that it is rebuilt.
            if file.metadata().and_then(|meta| meta.modified()).is_ok_and(|time| time == self.now) {
                let _ = file.set_modified(*before);
            }
        }
    }
}
