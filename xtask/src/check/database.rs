//! The private Postgres of a test run: made anew, on a port that nobody else uses, with fsync on as in production.

use crate::pg::{self, Cluster, Postgres, Spec};
use crate::process::{Interrupt, Notebook};
use crate::setup::node::Node;
use crate::{http, progress, repo, secret};
use anyhow::Result;
use std::fs;

#[derive(Debug)]
pub(crate) struct Database {
    // Dropped in this order: first the server ends, then the note of it.
    pub(crate) cluster: Cluster,
    pub(crate) postgres: Postgres,
    _notebook: Notebook,
}

impl Database {
    pub(crate) fn start(node: &Node, interrupt: &Interrupt) -> Result<Self> {
        let step = progress::step("Postgres for tests");
        let notebook = Notebook::open(&repo::at("target/test/processes"), "test")?;
        let postgres = pg::ensure(node)?;
        let _ = fs::remove_dir_all(postgres.data("test"));
        let password = secret::random()?;
        let log = repo::at("target/test/postgres.log");
        let settings = ["max_connections=400", "shared_buffers=256MB", "max_prepared_transactions=0"];
        let spec = Spec { name: "test", port: http::free_port()?, password: &password, settings: &settings, log: &log };
        let (cluster, _) = Cluster::start(&postgres, &spec, interrupt)?;
        notebook.note(&cluster.process, &cluster.data)?;
        step.done("ready");
        Ok(Self { cluster, postgres, _notebook: notebook })
    }
}
