//! Measurements that print ratios, so that they mean the same on any machine.

use anyhow::{Result, bail};
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The click redirect in bare workerd, in turn with a worker that answers a fixed 302
    Edge,
    /// Clicks per second over HTTP into the ledger, in turn with a plain UNNEST insert of the same rows
    Intake,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match options.what {
        What::Edge => bail!("`bench edge` isn't written yet"),
        What::Intake => bail!("`bench intake` isn't written yet"),
    }
}
