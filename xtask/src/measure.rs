//! `cargo xtask measure`: measures in a browser how soon the main pages are shown and how much they load, from a private
//! ledger with the seeded brand. `bench dashboard` measures only the ledger's part of it, with far more data.

use crate::brand::Visit;
use anyhow::Result;
use clap::Args;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Measure a debug build of the ledger instead of a release build
    #[arg(long)]
    debug: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let profile = if options.debug { "debug" } else { "release" };
    Visit { name: "measurements", script: "measure.mjs", output: "target/test/measure.md", profile }.run()
}
