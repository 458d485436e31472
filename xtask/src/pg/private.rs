//! A private Postgres for one run: created on an unused port, and deleted at the end.

use crate::pg::{self, Cluster, Postgres, Spec};
use crate::process::{self, Interrupt, Notebook};
use crate::setup::node::Node;
use crate::{http, progress, repo, secret};
use anyhow::Result;
use nix::sys::statvfs::{Statvfs, statvfs};
use std::fs;
use std::path::{Path, PathBuf};

/// Linux keeps these files in memory. A test creates and drops a database of a thousand files, for which ext4 needs an
/// eighth of all test time.
const MEMORY: &str = "/dev/shm";
/// The free space required there, in bytes. The tests' databases need a few hundred megabytes, and their log up to a
/// gigabyte.
const MEMORY_MIN: u128 = 6 << 30;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// As in production; for benchmarks.
    Flushed,
    /// Written data survives a crash of the process, but not of the machine. For tests: they kill processes, never the
    /// machine, and creating hundreds of databases at once would mostly wait for the disk.
    Unflushed,
}

#[derive(Debug)]
pub(crate) struct Database {
    // Dropped in this order: first the servers, then their folders, then the note about them.
    pub(crate) cluster: Cluster,
    /// The other servers, where `cluster` coordinates several.
    pub(crate) workers: Vec<Cluster>,
    pub(crate) postgres: Postgres,
    _folders: Folders,
    _notebook: Notebook,
}

/// Settings of a cluster that doesn't have to outlive its run. No test lives long enough for a vacuum, and a worker per
/// database costs as much as a test. Each test copies a whole database, so the log is kept short.
const UNFLUSHED: [&str; 6] =
    ["fsync=off", "full_page_writes=off", "wal_level=minimal", "max_wal_senders=0", "autovacuum=off", "jit=off"];

/// Settings of such a server if it is the only one, and so the Postgres of npm. The connections of a test run each statement
/// a few times: it is planned once for each of them, instead of for up to five executions, which would be a fifth of what
/// Postgres does here. Statements that need the values of their parameters say so themselves. As all data is in memory,
/// reading it takes less than asking another process to.
const ALONE: [&str; 2] = ["plan_cache_mode=force_generic_plan", "io_method=sync"];

/// Settings of each server where one coordinates the others. Citus runs a process for each database.
const CITUS: [&str; 4] = [
    "shared_preload_libraries=citus",
    "citus.node_conninfo=sslmode=disable",
    "max_prepared_transactions=400",
    "max_worker_processes=64",
];
/// A cluster: a Postgres installation that has Citus, and how many servers there are beside the coordinator.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Citus<'a> {
    pub(crate) folder: &'a Path,
    pub(crate) workers: usize,
}

impl Database {
    pub(crate) fn start(node: &Node, interrupt: &Interrupt, disk: Disk) -> Result<Self> {
        Self::launch(pg::ensure(node)?, interrupt, disk, 0)
    }

    /// Starts a coordinator and its workers. They don't know each other yet.
    pub(crate) fn start_citus(node: &Node, interrupt: &Interrupt, disk: Disk, citus: Citus<'_>) -> Result<Self> {
        Self::launch(pg::with_citus(node, citus.folder)?, interrupt, disk, citus.workers)
    }

    fn launch(postgres: Postgres, interrupt: &Interrupt, disk: Disk, worker_count: usize) -> Result<Self> {
        let step = progress::step("Postgres for tests");
        clean(&postgres);
        // A unique name, so that two runs in one checkout don't conflict.
        let name = std::process::id().to_string();
        let folders = Folders::named(&postgres, &name);
        let notebook = Notebook::open(&folders.notes.join("processes"), "test")?;
        let in_memory = disk == Disk::Unflushed && has_memory();
        let data = if in_memory { &folders.memory } else { &folders.disk }.join("pg");
        let password = secret::random()?;
        let log = repo::at("target/test").join("postgres.log");
        // Each ledger opens some connections: with the usual 4,096 SCRAM iterations, this would be most of the work
        // of a short test.
        let mut settings = vec!["max_connections=400", "shared_buffers=256MB", "scram_iterations=1"];
        if disk == Disk::Unflushed {
            settings.extend(UNFLUSHED);
            settings.extend(ALONE.iter().filter(|_| worker_count == 0));
        }
        if worker_count > 0 {
            settings.extend(CITUS);
        }
        let start = |data: &Path, log: &Path| -> Result<Cluster> {
            let spec = Spec { data, port: http::free_port()?, password: &password, settings: &settings, log };
            let (cluster, _) = Cluster::start(&postgres, &spec, interrupt)?;
            notebook.note(&cluster.process, &cluster.data)?;
            Ok(cluster)
        };
        let cluster = start(&data, &log)?;
        let worker = |number: usize| {
            start(
                &data.with_file_name(format!("worker{number}")),
                &log.with_file_name(format!("postgres-{number}.log")),
            )
        };
        let workers = (1..=worker_count).map(worker).collect::<Result<Vec<_>>>()?;
        step.done(if in_memory { "ready, in memory" } else { "ready" });
        Ok(Self { cluster, workers, postgres, _folders: folders, _notebook: notebook })
    }
}

/// Ends the processes and deletes the folders that killed runs left behind.
fn clean(postgres: &Postgres) {
    let Ok(entries) = fs::read_dir(repo::at("target/test")) else { return };
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        if process::sweep(&entry.path().join("processes")).is_none() {
            drop(Folders::named(postgres, &entry.file_name().to_string_lossy()));
        }
    }
}

fn has_memory() -> bool {
    let free = |there: Statvfs| u128::from(there.blocks_available()) * u128::from(there.fragment_size());
    statvfs(MEMORY).is_ok_and(|there| free(there) >= MEMORY_MIN)
}

/// The folders of one run, whether or not they exist. Deleted when dropped.
#[derive(Debug)]
struct Folders {
    notes: PathBuf,
    disk: PathBuf,
    memory: PathBuf,
}

impl Folders {
    fn named(postgres: &Postgres, run: &str) -> Self {
        Self {
            notes: repo::at("target/test").join(run),
            disk: postgres.folder(&format!("test/{run}")),
            memory: PathBuf::from(MEMORY).join(format!("rekomi-test-{run}")),
        }
    }
}

impl Drop for Folders {
    fn drop(&mut self) {
        for path in [&self.notes, &self.disk, &self.memory] {
            let _ = fs::remove_dir_all(path);
        }
    }
}
