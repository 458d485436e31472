//! Builds, runs and tests this repository: `cargo xtask <command>`.
//!
//! A newcomer has only Rust and Node, so every command first fetches what it needs (`setup`), and every failure is one
//! line that says what to do.
#![forbid(unsafe_code)]

mod bench;
mod brand;
mod check;
mod client;
mod conformance;
mod crm_docs;
mod deny;
mod deploy;
mod dev;
mod docs;
mod edge;
mod http;
mod instance;
mod loader;
mod measure;
mod notices;
mod pg;
mod prepare;
mod process;
mod programs;
mod progress;
mod release;
mod repo;
mod run;
mod screens;
mod secret;
mod seed;
mod setup;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Build, run and test Rekomi. Every command installs what it needs.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run everything with demo data (edge, ledger, Postgres) until Ctrl-C
    Dev(dev::Options),
    /// Run everything CI runs: formatting, lints for both targets, query metadata, builds, tests
    Test(check::Options),
    /// Run benchmarks and print ratios
    Bench(bench::Options),
    /// Generate the typed TypeScript client from the ledger's OpenAPI description
    Client(client::Options),
    /// Generate the CRM pages in docs/integrations/crm/ from the connectors
    CrmDocs(crm_docs::Options),
    /// Build the docs as a book in target/docs-book, and update their diagram of the crates
    Docs(docs::Options),
    /// Check all crates for licenses, duplicates and sources (deny.toml) and known vulnerabilities
    Deny(deny::Options),
    /// Generate THIRD_PARTY_NOTICES.md from the crates we ship
    Notices(notices::Options),
    /// Test the running API against its own description with Schemathesis
    Conformance(conformance::Options),
    /// Download the tools the other commands need: wasm target, npm packages
    Setup,
    /// Build the Worker into edge/build (does nothing if it's up to date)
    BuildEdge(edge::Options),
    /// Add a year of generated clicks and sales to the demo brand while `dev` is running
    Seed(seed::Options),
    /// Take the screenshots in docs/screens
    Screens,
    /// Measure the main pages in a browser: LCP, CLS, elements, bytes, requests
    Measure(measure::Options),
    /// Build the files of a release: archive, container image, Debian and RPM packages, edge, list of crates, checksums
    Release(release::Options),
    /// Create what the edge needs in your Cloudflare account, and deploy it
    Deploy(deploy::Options),
    /// Regenerate .sqlx/, the query metadata for building the ledger without a database
    Prepare(prepare::Options),
}

fn main() -> ExitCode {
    let result = match Cli::parse().command {
        Command::Dev(options) => dev::run(&options),
        Command::Test(options) => check::run(&options),
        Command::Bench(options) => bench::run(&options),
        Command::Client(options) => client::run(&options),
        Command::CrmDocs(options) => crm_docs::run(&options),
        Command::Docs(options) => docs::run(&options),
        Command::Deny(options) => deny::run(&options),
        Command::Notices(options) => notices::run(&options),
        Command::Conformance(options) => conformance::run(&options),
        Command::Setup => setup::all().map(drop),
        Command::BuildEdge(options) => edge::run(&options),
        Command::Seed(options) => seed::run(&options),
        Command::Screens => screens::run(),
        Command::Measure(options) => measure::run(&options),
        Command::Release(options) => release::run(&options),
        Command::Deploy(options) => deploy::run(&options),
        Command::Prepare(options) => prepare::run(&options),
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) if error.is::<progress::AlreadyReported>() => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}
