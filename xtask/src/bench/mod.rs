//! Benchmarks that print ratios, so that results are comparable across machines.

mod api;
mod edge;
mod ledger;
mod load;
mod many;
mod pages;
mod places;
mod report;
mod visitor;

use anyhow::Result;
use clap::{Args, Subcommand};

#[derive(Debug, Args)]
pub(crate) struct Options {
    #[command(subcommand)]
    what: What,
}

#[derive(Debug, Subcommand)]
enum What {
    /// The click redirect in bare workerd, compared with a worker that answers a fixed 302
    Edge(edge::Options),
    /// Clicks per second over HTTP into the ledger, compared with a plain UNNEST insert of the same rows
    Intake,
    /// Conversions booked per second in batches, compared with a plain insert of the same rows, with one transaction
    /// per conversion, and with a replay
    Booking,
    /// The API at a steady pace, reads and writes mixed: errors and latencies
    Api(api::Options),
    /// Each page of the dashboard, with a year of generated clicks and sales: its latency and size
    Dashboard(pages::Options),
    /// Ten thousand affiliates at once into a CRM with a rate limit: pace, another brand's delay, memory
    Crm,
    /// Ten thousand payouts in one run: each paid once, pace, memory
    Payouts,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    match &options.what {
        What::Edge(options) => edge::run(options),
        What::Intake => ledger::run("intake"),
        What::Api(options) => api::run(options),
        What::Dashboard(options) => pages::run(options),
        What::Crm => many::run("crm", "load::"),
        What::Payouts => many::run("fault", "payouts::many::"),
        What::Booking => ledger::run("booking"),
    }
}
