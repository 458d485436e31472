//! The ledger's command line: serve, migrate, demo.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use ledger::{config::Config, demo, migrate, operations::dead_letters, serve, telemetry};

/// Rekomi's ledger. Configuration is read from the environment; `README.md` has the table.
#[derive(Debug, Parser)]
#[command(version)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve API, dashboard and intake until told to stop.
    Serve,
    /// Bring the database to this build's schema; needs `DATABASE_OWNER_URL` and `REKOMI_APP_PASSWORD`.
    Migrate,
    /// Load the demo organization (dev and test only) and print what a script needs as JSON.
    Demo,
    /// List what the edge could not deliver in days, or put it back into its queue.
    DeadLetters {
        #[arg(long)]
        replay: bool,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve => run(serve::run).await,
        Command::Migrate => migrate::run().await,
        Command::Demo => run(demo::run).await,
        Command::DeadLetters { replay } => run(|config| dead_letters::run(config, replay)).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run<F>(command: impl FnOnce(Config) -> F) -> anyhow::Result<()>
where
    F: Future<Output = anyhow::Result<()>>,
{
    let config = Config::from_env()?;
    telemetry::init(config.environment);
    command(config).await
}
