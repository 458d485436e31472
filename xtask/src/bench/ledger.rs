//! `bench intake` and `bench booking`: a Postgres of its own, durable as in production, for the ledger's own measurements.

use crate::pg::private::{Database, Disk};
use crate::process::Interrupt;
use crate::{run, setup};
use anyhow::{Context, Result};

/// `name` is the measurement's in `ledger/benches`.
pub(crate) fn run(name: &str) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    let database = Database::start(&node, &interrupt, Disk::Flushed)?;
    let mut cargo = run::cargo();
    cargo.args(["bench", "--package", "ledger", "--bench", name]);
    cargo.env("REKOMI_TEST_PG", database.cluster.url("postgres"));
    run::loud(&mut cargo).context("the measurement went wrong")
}
