//! The ledger's command line: serve, migrate, demo, and an operator's commands.
#![forbid(unsafe_code)]

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use identity::organization;
use kit::{
    api::document::Document,
    config::{Config, Environment},
    migrate, telemetry,
};
use ledger::{demo, operations::dead_letters, router, sealed, serve, verify};
use shared::id::OrganizationId;

/// Rekomi's ledger. Configuration is read from the environment; `docs/self-hosting/configuration.md` has the table.
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
    Demo {
        /// Also this many sales of the last year.
        #[arg(long, default_value_t = 0)]
        sales: u32,
    },
    /// Print the API's OpenAPI description; needs no configuration.
    Openapi,
    /// List what the edge could not deliver in days, or put it back into its queue.
    DeadLetters {
        #[arg(long)]
        replay: bool,
    },
    /// Seal every secret with the current keys, so that older ones can be dropped; safe while others serve.
    RotateKeys {
        /// Only count what is sealed with which key.
        #[arg(long)]
        check: bool,
    },
    /// Compare everything that is stored with everything else: balances, commissions, figures, events. Changes nothing.
    Audit {
        /// One organization only (`org_…`).
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
    /// Delete every row of an organization that its owner deleted, the book included; needs `DATABASE_OWNER_URL`.
    PurgeOrganization {
        /// `org_…`.
        organization: OrganizationId,
        /// Also while its owner could still take the deletion back.
        #[arg(long)]
        before_grace: bool,
    },
    /// Set what plan an organization has, where plans are sold (`REKOMI_PLAN_GATES=on`).
    SetPlan {
        /// `org_…`.
        organization: OrganizationId,
        /// Starter, Growth, Pro or Enterprise.
        #[arg(long)]
        tier: String,
        /// Active, PastDue or Cancelled.
        #[arg(long, default_value = "Active")]
        status: String,
    },
    /// Work everything out again from events, decisions and plans, and compare. Changes nothing.
    Replay {
        /// Compare only; there is no other way.
        #[arg(long, required = true)]
        verify: bool,
        /// One organization only (`org_…`).
        #[arg(long)]
        organization: Option<OrganizationId>,
    },
}

#[tokio::main]
async fn main() -> ExitCode {
    let outcome = match Arguments::parse().command {
        Command::Serve => run(serve::run).await,
        Command::Migrate => migrate::run().await,
        Command::Demo { sales } => run(|config| demo::run(config, sales)).await,
        Command::Openapi => print_description(),
        Command::DeadLetters { replay } => run(|config| dead_letters::run(config, replay)).await,
        Command::RotateKeys { check } => run(|config| sealed::command::run(config, check)).await,
        Command::Audit { organization } => run(|config| verify::command::audit(config, organization)).await,
        Command::PurgeOrganization { organization, before_grace } => {
            organization::purge::run(organization, before_grace).await
        }
        Command::SetPlan { organization, tier, status } => {
            run(|config| organization::plan_command::run(config, organization, tier, status)).await
        }
        Command::Replay { organization, .. } => run(|config| verify::command::verify(config, organization)).await,
    };
    match outcome {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

/// Prints the same text as `/api/v1/openapi.json`.
fn print_description() -> anyhow::Result<()> {
    let document = Document::new(router::operations().get_openapi());
    println!("{}", serde_json::to_string_pretty(&document.value)?);
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
