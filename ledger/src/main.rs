//! The ledger's command line: serve, migrate, demo, and an operator's commands.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use identity::organization::plan_command;
use kit::{
    api::document::Document,
    config::{Config, Environment},
    migrate, telemetry,
};
use ledger::{
    click_archive, demo, edge_store,
    operations::{backup, dead_letters, doctor, health_command, init, push_edge_config, scale},
    router, sealed, serve, verify,
};
use shared::id::OrganizationId;

/// musl's own allocator makes threads wait for each other.
#[cfg(target_env = "musl")]
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Rekomi's ledger. It's configured with environment variables; see `docs/self-hosting/configuration.md`.
#[derive(Debug, Parser)]
#[command(name = "rekomi", version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Write a complete configuration with new keys, and print the DNS records to set and the next commands.
    Init(init::Options),
    /// Check an installation: database, keys, edge, email, files, clocks. For each problem, print what to do.
    Doctor(doctor::Options),
    /// Work with backups: check that one can be restored.
    #[command(subcommand)]
    Backup(backup::Action),
    /// Grow past one Postgres: check what is missing or wrong, or distribute the tables over a cluster.
    #[command(subcommand)]
    Scale(scale::Action),
    /// Check that the ledger on this machine is ready, for orchestrators. Exits with 0 if it is.
    Health,
    /// Serve the API, the dashboard and event intake until stopped.
    Serve,
    /// Serve the key-value stores and the queue of an edge that runs without Cloudflare, until stopped.
    EdgeStore,
    /// Update the database to this build's schema. Requires `DATABASE_OWNER_URL` and `REKOMI_APP_PASSWORD`.
    Migrate,
    /// Load the demo organization (dev and test only) and print its details as JSON.
    Demo {
        /// Also create this many sales over the last year.
        #[arg(long, default_value_t = 0)]
        sales: u32,
    },
    /// Print the API's OpenAPI description. Works without configuration.
    Openapi,
    /// List events that the edge couldn't deliver, or put them back in its queue.
    DeadLetters {
        /// Put them back in the queue.
        #[arg(long)]
        replay: bool,
    },
    /// Send all links and keys to the edge again, for example to a new one. The running ledger sends them.
    PushEdgeConfig,
    /// Re-encrypt every secret with the current keys, so that old ones can be removed. Safe while others are running.
    RotateKeys {
        /// Only count how many values are encrypted with each key.
        #[arg(long)]
        check: bool,
    },
    /// Move old clicks to the file storage, and bring them back.
    #[command(subcommand)]
    Clicks(click_archive::command::Action),
    /// Check that balances, commissions, totals and events all agree. Changes nothing.
    Audit {
        /// Check only this organization (`org_…`).
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Delete all rows of an organization that its owner deleted, including the books. Requires `DATABASE_OWNER_URL`.
    PurgeOrganization {
        /// The organization's ID (`org_…`).
        organization: OrganizationId,
        /// Delete it even if its owner could still undo the deletion.
        #[arg(long)]
        before_grace: bool,
    },
    /// Set an organization's plan, if you sell plans (`REKOMI_PLAN_GATES=on`).
    SetPlan {
        /// The organization's ID (`org_…`).
        organization: OrganizationId,
        /// Starter, Growth, Pro or Enterprise.
        #[arg(long)]
        tier: String,
        /// Active, PastDue or Cancelled.
        #[arg(long, default_value = "Active")]
        status: String,
    },
    /// Recalculate everything from events, decisions and plans, and compare. Changes nothing.
    Replay {
        /// Compare without changing anything. Always required.
        #[arg(long, required = true)]
        verify: bool,
        /// Check only this organization (`org_…`).
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Init(options) => return reported(init::run(&options)),
        Command::Doctor(options) => return Box::pin(doctor::run(&options)).await,
        Command::Backup(action) => return Box::pin(backup::run(&action)).await,
        Command::Scale(action) => return Box::pin(scale::run(&action)).await,
        Command::Health => return reported(health_command::run().await),
        Command::Serve => run(serve::run).await,
        Command::EdgeStore => edge_store::run().await,
        Command::Migrate => migrate::run().await,
        Command::Demo { sales } => run(|config| demo::run(config, sales)).await,
        Command::Openapi => print_description(),
        Command::DeadLetters { replay } => run(|config| dead_letters::run(config, replay)).await,
        Command::PushEdgeConfig => run(push_edge_config::run).await,
        Command::RotateKeys { check } => run(|config| sealed::command::run(config, check)).await,
        Command::Clicks(action) => Box::pin(run(|config| click_archive::command::run(config, action))).await,
        Command::Audit { organization } => run(|config| verify::command::audit(config, organization)).await,
        Command::PurgeOrganization { organization, before_grace } => {
            click_archive::purge::run(organization, before_grace).await
        }
        Command::SetPlan { organization, tier, status } => {
            run(|config| plan_command::run(config, organization, tier, status)).await
        }
        Command::Replay { organization, .. } => run(|config| verify::command::verify(config, organization)).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(event = "command.failed", "{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// For commands whose errors are for a person, not for a log.
fn reported(outcome: anyhow::Result<()>) -> ExitCode {
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the same text as `/api/v1/openapi.json`.
fn print_description() -> anyhow::Result<()> {
    let document = Document::new(router::operations().get_openapi());
    println!("{}", serde_json::to_string_pretty(&document.with_edge())?);
    Ok(())
}

async fn run<F>(command: impl FnOnce(Config) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    // Without this, the message that names the invalid setting would be lost.
    let config = Config::from_env().inspect_err(|_| telemetry::init(Environment::Production))?;
    telemetry::init(config.environment);
    command(config).await
}
