//! Benchmarks that print ratios, so that results are comparable across machines.

mod api;
mod clicks;
mod cluster;
mod edge;
mod intake;
mod ledger;
mod load;
mod many;
mod pages;
mod peers;
mod places;
mod report;
mod self_hosted;
mod visitor;

use crate::run;
use anyhow::{Context, Result};
use clap::{Args, Subcommand};
use std::os::unix::process::CommandExt;

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// Click redirects in plain workerd, compared with a Worker that returns a fixed 302
    Edge(edge::Options),
    /// Clicks per second sent to the ledger over HTTP, compared with a plain UNNEST insert of the same rows
    Intake,
    /// Conversions booked per second in batches, compared with a plain insert of the same rows, one transaction per
    /// conversion, and a replay
    Booking,
    /// The API at a steady rate of mixed reads and writes: errors and response times
    Api(api::Options),
    /// Every dashboard page with a year of generated clicks and sales: response time and size
    Dashboard(pages::Options),
    /// Archive and restore millions of generated clicks: clicks per second, bytes per click, the dashboard's times
    Clicks(clicks::Options),
    /// Clicks and conversions that a cluster takes in per second, compared with one Postgres
    Cluster(cluster::Options),
    /// Sync 10,000 affiliates at once to a CRM with a rate limit: pace, delay for other brands, memory
    Crm,
    /// Matching 100,000 creators with 10,000 programs: both pages, and the jobs that check profiles and count records
    Network,
    /// Send 10,000 payouts in one run: each paid once, pace, memory
    Payouts,
}

impl What {
    /// Whether this process sends what is measured; the others are programs of their own.
    const fn measures_here(&self) -> bool {
        matches!(self, Self::Edge(_) | Self::Api(_) | Self::Dashboard(_) | Self::Clicks(_) | Self::Cluster(_))
    }
}

/// Becomes an optimized build of this program with the same command, whose own work then hardly counts. The usual build isn't
/// optimized, because everyone waits for it.
fn optimized() -> Result<()> {
    let mut again = run::cargo();
    again.args(["run", "--quiet", "--release", "--package", "xtask", "--"]).args(std::env::args_os().skip(1));
    Err(again.exec()).context("can't run cargo")
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.what.measures_here() && cfg!(debug_assertions) {
        return optimized();
    }
    match &options.what {
        What::Edge(options) => edge::run(options),
        What::Intake => ledger::run("intake"),
        What::Api(options) => api::run(options),
        What::Dashboard(options) => pages::run(options),
        What::Clicks(options) => clicks::run(options),
        What::Cluster(options) => cluster::run(options),
        What::Crm => many::run("crm", "load::"),
        What::Payouts => many::run("fault", "payouts::many::"),
        What::Booking => ledger::run("booking"),
        What::Network => ledger::run("network"),
    }
}
