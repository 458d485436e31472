//! The programs that commands start, built so that they share every library with the tests.
//!
//! Cargo builds a library once for each set of features, and the tests' own dependencies ask for more features than the
//! programs: asked for the ledger alone after the tests, cargo would build all that lies under it a second time. It takes
//! the tests' dependencies into account as soon as something is asked for that may use them, which an example is.

use crate::{repo, run};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The one example of the workspace: small, and needed anyway.
const EXAMPLE: [&str; 3] = ["--workspace", "--example", "pages"];

pub(crate) fn build(names: &[&str]) -> Result<()> {
    let mut cargo = run::cargo();
    cargo.arg("build").args(EXAMPLE);
    for name in names {
        cargo.args(["--bin", name]);
    }
    run::loud(&mut cargo).with_context(|| format!("{} doesn't build", names.join(" and ")))
}

/// The program that prints the CRMs' pages.
pub(crate) fn pages() -> Result<PathBuf> {
    run::quiet(run::cargo().arg("build").args(EXAMPLE)).context("the connectors' pages don't build")?;
    Ok(repo::built("debug/examples/pages"))
}
