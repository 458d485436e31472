//! The other home of the edge for `bench edge --self-hosted`: a release build of `rekomi edge-store` with a Postgres that
//! is as durable as in production.
//!
//! Messages stay in the queue, as nothing takes deliveries: on the other side, the queue's fake server only keeps them
//! too. What is measured is what a click costs until it is safe.

use super::report::Tally;
use crate::pg::private::{Database, Disk};
use crate::process::{Interrupt, Notebook, Process};
use crate::setup::node::Node;
use crate::{http, progress, repo, run, secret};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// As in `edge/bench/workerd.capnp`.
const KEYS: &str = "1:4242424242424242424242424242424242424242424242424242424242424242";
/// Where nothing listens.
const NOWHERE: &str = "http://127.0.0.1:9";

#[derive(Debug)]
pub(crate) struct Home {
    // Dropped in this order: the store before its database.
    store: Process,
    database: Database,
    node: PathBuf,
    pub(crate) port: u16,
}

/// The CPU time of what a click goes through.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Shares {
    pub(crate) workerd: Duration,
    pub(crate) store: Duration,
    pub(crate) postgres: Duration,
}

impl Shares {
    pub(crate) fn sum(self) -> Duration {
        self.workerd + self.store + self.postgres
    }

    pub(crate) fn since(self, before: Self) -> Self {
        Self {
            workerd: self.workerd.saturating_sub(before.workerd),
            store: self.store.saturating_sub(before.store),
            postgres: self.postgres.saturating_sub(before.postgres),
        }
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.workerd += other.workerd;
        self.store += other.store;
        self.postgres += other.postgres;
    }
}

impl Home {
    pub(crate) fn start(node: &Node, notebook: &Notebook, interrupt: &Interrupt) -> Result<Self> {
        run::loud(run::cargo().args(["build", "--release", "--package", "ledger"]))
            .context("the ledger doesn't build")?;
        let database = Database::start(node, interrupt, Disk::Flushed)?;
        let step = progress::step("the edge's store");
        let program = repo::built("release/rekomi");
        let (owner, password) = (database.cluster.url("rekomi"), secret::random()?);
        let (_, host) = owner.split_once('@').context("the URL has no user")?;
        let mut migrate = Command::new(&program);
        migrate.arg("migrate").env("DATABASE_OWNER_URL", &owner).env("REKOMI_APP_PASSWORD", &password);
        run::quiet(&mut migrate).context("can't migrate the database")?;
        let port = http::free_port()?;
        let mut command = Command::new(&program);
        command.arg("edge-store").env("REKOMI_ENV", "test").env("REKOMI_LOG", "error").env("REKOMI_EDGE_KEYS", KEYS);
        command.env("DATABASE_URL", format!("postgres://rekomi_app:{password}@{host}"));
        command.env("REKOMI_EDGE_STORE_LISTEN", format!("127.0.0.1:{port}"));
        command.env("REKOMI_EDGE_DELIVERY_URL", NOWHERE).env_remove("DATABASE_OWNER_URL");
        let log = repo::at("target/bench/edge-store.log");
        let mut store = Process::start("the edge's store", command, &log, Signal::SIGTERM)?;
        notebook.note(&store, &program)?;
        store.wait_until(PATIENCE, interrupt, || http::status(port, "/healthz") == Some(200))?;
        let home = Self { store, database, node: node.program.clone(), port };
        home.script("fill")?;
        step.done("ready");
        Ok(home)
    }

    /// Takes all messages out of the queue.
    pub(crate) fn taken(&self) -> Result<Tally> {
        let printed = self.script("tally")?;
        Tally::read(printed.trim().as_bytes()).context("xtask/scripts/edge_store.cjs printed an invalid count")
    }

    fn script(&self, what: &str) -> Result<String> {
        let mut script = Command::new(&self.node);
        script.arg(repo::at("xtask/scripts/edge_store.cjs")).arg(self.database.cluster.url("rekomi")).arg(what);
        run::quiet(script.current_dir(repo::root()))
    }

    /// The CPU time of the store and of Postgres so far, beside that of workerd.
    pub(crate) fn shares(&self, workerd: Duration) -> Option<Shares> {
        let postmaster = self.database.cluster.process.id();
        let backends = processes().into_iter().filter(|(_, parent)| *parent == postmaster).map(|(id, _)| id);
        // One that ends in between takes its time with it; the store keeps its connections.
        let postgres = backends.chain([postmaster]).filter_map(cpu).sum();
        Some(Shares { workerd, store: cpu(self.store.id())?, postgres })
    }
}

/// The CPU time of all threads of a process so far.
pub(crate) fn cpu(id: u32) -> Option<Duration> {
    let mut nanos = 0;
    for thread in fs::read_dir(format!("/proc/{id}/task")).ok()?.flatten() {
        let text = fs::read_to_string(thread.path().join("schedstat")).ok()?;
        nanos += text.split(' ').next()?.parse::<u64>().ok()?;
    }
    Some(Duration::from_nanos(nanos))
}

/// Every process with its parent.
fn processes() -> Vec<(u32, u32)> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    entries.filter_map(|entry| with_parent(&entry.path())).collect()
}

fn with_parent(folder: &Path) -> Option<(u32, u32)> {
    let id = folder.file_name()?.to_str()?.parse().ok()?;
    let stat = fs::read_to_string(folder.join("stat")).ok()?;
    // "pid (name) state parent ...", and the name may contain anything.
    let parent = stat.rsplit_once(") ")?.1.split(' ').nth(1)?.parse().ok()?;
    Some((id, parent))
}
