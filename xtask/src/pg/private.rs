//! The private Postgres of a run: made anew, on a port that nobody else uses, and gone with it.

use crate::pg::{self, Cluster, Postgres, Spec};
use crate::process::{self, Interrupt, Notebook};
use crate::setup::node::Node;
use crate::{http, progress, repo, secret};
use anyhow::Result;
use std::fs;
use std::path::PathBuf;

/// Whether a commit waits for the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Disk {
    /// As in production: for everything that is measured.
    Flushed,
    /// What a process wrote outlives that process, but not the machine. For tests: they kill processes, never the machine,
    /// and hundreds of databases made at once would measure the disk.
    Unflushed,
}

#[derive(Debug)]
pub(crate) struct Database {
    // Dropped in this order: first the server ends, then its folder goes, then the note of it.
    pub(crate) cluster: Cluster,
    pub(crate) postgres: Postgres,
    _folder: Folder,
    _notebook: Notebook,
}

impl Database {
    pub(crate) fn start(node: &Node, interrupt: &Interrupt, disk: Disk) -> Result<Self> {
        let step = progress::step("Postgres for tests");
        let postgres = pg::ensure(node)?;
        clean(&postgres);
        // A name of its own, so that two runs in one checkout don't meet.
        let name = format!("test/{}", std::process::id());
        let notes = repo::at("target").join(&name);
        let notebook = Notebook::open(&notes.join("processes"), "test")?;
        let folder = Folder([notes.clone(), postgres.folder(&name)]);
        let password = secret::random()?;
        let log = repo::at("target/test").join("postgres.log");
        let fsync = if disk == Disk::Flushed { "fsync=on" } else { "fsync=off" };
        // Each ledger logs in sixteen times: most of a short test's work, with the usual 4,096 rounds.
        let settings = ["max_connections=400", "shared_buffers=256MB", "scram_iterations=1", fsync];
        let spec = Spec { name: &name, port: http::free_port()?, password: &password, settings: &settings, log: &log };
        let (cluster, _) = Cluster::start(&postgres, &spec, interrupt)?;
        notebook.note(&cluster.process, &cluster.data)?;
        step.done("ready");
        Ok(Self { cluster, postgres, _folder: folder, _notebook: notebook })
    }
}

/// Ends and removes what runs that were killed left behind.
fn clean(postgres: &Postgres) {
    let Ok(entries) = fs::read_dir(repo::at("target/test")) else { return };
    for entry in entries.flatten().filter(|entry| entry.path().is_dir()) {
        if process::sweep(&entry.path().join("processes")).is_none() {
            let name = format!("test/{}", entry.file_name().to_string_lossy());
            drop(Folder([entry.path(), postgres.folder(&name)]));
        }
    }
}

/// Removed when dropped.
#[derive(Debug)]
struct Folder([PathBuf; 2]);

impl Drop for Folder {
    fn drop(&mut self) {
        for path in &self.0 {
            let _ = fs::remove_dir_all(path);
        }
    }
}
