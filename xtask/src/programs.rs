//! Builds the programs that commands start, so that they share every library with the tests.
//!
//! Cargo builds a library once per set of features, and the tests' dependencies need more features than the programs.
//! If only the ledger were built after the tests, cargo would build all its dependencies a second time. Cargo takes the
//! tests' dependencies into account if a requested target may use them, such as an example.

use crate::{repo, run};
use anyhow::{Context, Result};
use std::path::PathBuf;

/// The only example in the workspace: small, and needed anyway.
const EXAMPLE: [&str; 3] = ["--workspace", "--example", "pages"];

pub(crate) fn build(names: &[&str]) -> Result<()> {
    let mut cargo = run::builder();
    cargo.arg("build").args(EXAMPLE);
    for name in names {
        cargo.args(["--bin", name]);
    }
    run::loud(&mut cargo).with_context(|| format!("{} doesn't build", names.join(" and ")))
}

/// Builds the program that prints the CRMs' pages and returns its path.
pub(crate) fn pages() -> Result<PathBuf> {
    run::quiet(run::builder().arg("build").args(EXAMPLE)).context("the connectors' pages don't build")?;
    Ok(repo::built("debug/examples/pages"))
}
