//! `bench cluster`: a release build takes clicks and conversions as the edge sends them, with one Postgres and with clusters of
//! one and two workers. Prints both per second, and as a ratio to one Postgres.
//!
//! All servers share the machine's cores, so this shows what the way through a coordinator costs, and nothing of what more
//! machines gain.

use super::intake::{self, Sent};
use crate::instance::{Instance, Plan};
use crate::pg::private::Citus;
use crate::process::Interrupt;
use crate::{run, setup};
use anyhow::{Context, Result};
use clap::Args;
use std::path::PathBuf;

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// A Postgres installation that has Citus
    #[arg(long, value_name = "FOLDER")]
    citus: PathBuf,
    /// Clicks to send to each
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(10_000..=1_000_000))]
    clicks: u32,
    /// Conversions to send to each
    #[arg(long, default_value_t = 5_000, value_parser = clap::value_parser!(u32).range(2_000..=100_000))]
    conversions: u32,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    run::loud(run::cargo().args(["build", "--release", "--package", "ledger"])).context("the ledger doesn't build")?;
    let folder = options.citus.as_path();
    let kinds = [None, Some(Citus { folder, workers: 1 }), Some(Citus { folder, workers: 2 })];
    let mut rates = Vec::new();
    for citus in kinds {
        let instance = Instance::start(&Plan { citus, ..Plan::measured(20) }, &node, &interrupt)?;
        let organization = instance.reported("/organization/id")?;
        let clicks = intake::send(&node, &instance, organization, Sent::Clicks(options.clicks))?;
        let conversions = intake::send(&node, &instance, organization, Sent::Conversions(options.conversions))?;
        rates.push((clicks, conversions));
        interrupt.check()?;
    }
    println!("\n{:<28} {:>14} {:>18} {:>18}", "", "one Postgres", "1 worker", "2 workers");
    line("clicks a second", &rates, |rate| rate.0);
    line("conversions a second", &rates, |rate| rate.1);
    println!("All servers share this machine's cores.");
    Ok(())
}

fn line(name: &str, rates: &[(f64, f64)], of: impl Fn(&(f64, f64)) -> f64) {
    let alone = rates.first().map_or(1.0, &of);
    print!("{name:<28} {alone:>14.0}");
    for rate in rates.iter().skip(1).map(of) {
        print!(" {:>18}", format!("{rate:.0} ({:.2})", rate / alone.max(1.0)));
    }
    println!();
}
