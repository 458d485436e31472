//! `bench intake`, `bench booking` and `bench network`: runs the ledger's own benchmarks on a private Postgres that is as durable as in
//! production.

use crate::pg::private::{Database, Disk};
use crate::process::Interrupt;
use crate::{run, setup};
use anyhow::{Context, Result};

/// `name` is the benchmark's name in `ledger/benches`.
pub(crate) fn run(name: &str) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    let database = Database::start(&node, &interrupt, Disk::Flushed)?;
    let mut cargo = run::cargo();
    cargo.args(["bench", "--package", "ledger", "--bench", name]);
    cargo.env("REKOMI_TEST_PG", database.cluster.url("postgres"));
    run::loud(&mut cargo).context("the benchmark failed")
}
