//! `rekomi doctor`: checks an installation, and says for each problem what to do about it.
//!
//! Every check uses a part as the ledger does: it asks the database as the ledger's role, signs a request for the edge, sends
//! a probe through its queue, greets the email server, connects to CRMs, stores a file and deletes it. What is found is judged
//! by pure functions ([`judge`]). Nothing is changed, and no email is sent.

mod crm;
mod database;
mod edge;
pub(in crate::operations) mod finding;
mod judge;
mod machine;
mod places;
mod queue;

use std::process::ExitCode;

use clap::Args;
use kit::config::Config;

use self::finding::Finding;
use crate::clients::http_client;

#[derive(Debug, Args)]
pub struct Options {
    /// Print JSON instead of text.
    #[arg(long)]
    json: bool,
}

/// Runs all checks. Exits with 1 if one of them fails.
#[expect(clippy::print_stdout, reason = "a command's result")]
pub async fn run(options: &Options) -> ExitCode {
    let findings = Box::pin(all()).await;
    if options.json {
        println!("{:#}", finding::document(&findings));
    } else {
        print!("{}", finding::text(&findings));
    }
    if findings.iter().any(Finding::is_failed) { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}

async fn all() -> Vec<Finding> {
    let (certificates, http) = machine::certificates(http_client());
    let mut findings = Vec::new();
    match Config::from_env() {
        Ok(config) => {
            findings.push(Finding::passed("configuration", "every setting is valid"));
            findings.push(judge::keys(&keys("REKOMI_EDGE_KEYS"), &keys("REKOMI_LEDGER_KEYS")));
            let (database, edge, public, email, crm, files) = tokio::join!(
                database::check(&config),
                edge::check(&config, http.as_ref()),
                places::public_address(&config, http.as_ref()),
                places::email(&config, http.is_some()),
                Box::pin(crm::check(&config, http.is_some())),
                places::files(&config),
            );
            findings.extend(database);
            findings.extend(edge);
            findings.extend([public, email, crm, files]);
            findings.push(machine::disk(&config.files));
        }
        Err(error) => findings.push(judge::configuration(&format!("{error:#}"))),
    }
    findings.push(certificates);
    findings.push(machine::open_files());
    findings
}

/// The value of a setting that was found to be valid.
fn keys(name: &str) -> String {
    kit::config::variable::optional(name).unwrap_or_default()
}
