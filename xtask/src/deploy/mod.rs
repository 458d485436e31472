//! `cargo xtask deploy`: puts the edge into a Cloudflare account.

mod edge;
mod settings;
mod wrangler;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Create the edge's KV namespaces and queues, deploy it, and set its secret. Safe to repeat: what exists stays
    Edge(edge::Options),
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        What::Edge(options) => edge::run(options),
    }
}
