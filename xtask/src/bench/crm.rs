//! `bench crm`: ten thousand affiliates into a CRM that takes ten calls a second, both made faster by the same factor. The
//! measurement is a test of the suite `crm` that takes too long for every day; it fails where calls come too fast, another
//! brand waits, or memory grows.

use crate::{check, run};
use anyhow::{Context, Result};

const MEASUREMENT: [&str; 7] = ["--package", "rekomi-tests", "--test", "crm", "--", "--ignored", "--nocapture"];

pub(crate) fn run() -> Result<()> {
    run::loud(run::cargo().args(["build", "--package", "ledger"])).context("the ledger doesn't build")?;
    check::run(&check::Options::tests(&MEASUREMENT))
}
