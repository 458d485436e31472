//! Builds, runs and tests this repository: `cargo xtask <command>`.
//!
//! A newcomer has only Rust and Node, so every command first fetches what it needs (`setup`), and every failure is one
//! line that says what to do.
#![forbid(unsafe_code)]

mod bench;
mod check;
mod client;
mod conformance;
mod crm_docs;
mod deny;
mod dev;
mod docs;
mod edge;
mod http;
mod instance;
mod notices;
mod pg;
mod prepare;
mod process;
mod programs;
mod progress;
mod repo;
mod run;
mod screens;
mod secret;
mod seed;
mod setup;

use clap::{Parser, Subcommand};
use std::process::ExitCode;

#[derive(Debug, Parser)]
#[command(name = "cargo xtask", about = "Build, run and prove Rekomi. Each command sets itself up.")]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Start everything with demo data (edge, ledger, Postgres) and run until Ctrl-C
    Dev(dev::Options),
    /// Run everything that CI runs: format, lints for both targets, query metadata, builds, tests
    Test(check::Options),
    /// Run benchmarks and print ratios
    Bench(bench::Options),
    /// Write the typed TypeScript client from the ledger's OpenAPI description
    Client(client::Options),
    /// Write the CRMs' pages in docs/integrations/crm/ from the connectors
    CrmDocs(crm_docs::Options),
    /// Build the book of docs/ into target/docs-book, and update its diagram of the crates
    Docs(docs::Options),
    /// Check licenses, duplicates and sources of all crates by deny.toml, and known vulnerabilities
    Deny(deny::Options),
    /// Write THIRD_PARTY_NOTICES.md from the crates that we ship
    Notices(notices::Options),
    /// Check the running API against its own description, with Schemathesis
    Conformance(conformance::Options),
    /// Fetch the tools that the other commands need: wasm target, npm packages, worker-build, wasm-bindgen
    Setup,
    /// Build the Worker into edge/build (nothing happens when it is up to date)
    BuildEdge(edge::Options),
    /// Fill the demo's brand with a year of generated clicks and sales, while `dev` runs
    Seed(seed::Options),
    /// Take the screenshots of docs/screens
    Screens,
    /// Regenerate .sqlx/, the query metadata that lets the ledger build without a database
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
