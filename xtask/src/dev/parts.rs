//! Starts one part after another, each when the previous one answers.

use super::settings::Settings;
use crate::pg::{Cluster, Postgres, Spec};
use crate::process::{Interrupt, Notebook, Process};
use crate::setup::node::Node;
use crate::{http, progress, repo, run};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use serde_json::{Value, json};
use std::fs;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);

pub(crate) fn database(
    postgres: &Postgres,
    port: u16,
    settings: &mut Settings,
    notebook: &Notebook,
    interrupt: &Interrupt,
) -> Result<Cluster> {
    let step = progress::step("Postgres");
    let password = settings.superuser_password()?;
    let log = repo::at("target/dev/logs/postgres.log");
    let data = postgres.data("dev");
    let spec = Spec { data: &data, port, password: &password, settings: &[], log: &log };
    let (cluster, made) = Cluster::start(postgres, &spec, interrupt)?;
    notebook.note(&cluster.process, &cluster.data)?;
    step.done(if made { "created and ready" } else { "ready" });
    Ok(cluster)
}

/// Starts the fake servers of CRMs and gateways, and tells the ledger where they are.
pub(crate) fn fakes(settings: &mut Settings, notebook: &Notebook, interrupt: &Interrupt) -> Result<Process> {
    let step = progress::step("fakes");
    let (log, described) = (repo::at("target/dev/logs/fakes.log"), repo::at("target/dev/fakes.json"));
    let _ = fs::remove_file(&described);
    let program = repo::built("debug/fakes");
    let mut command = Command::new(&program);
    command.arg(&described).current_dir(repo::root());
    let mut process = Process::start("the fakes", command, &log, Signal::SIGTERM)?;
    notebook.note(&process, &program)?;
    process.wait_until(PATIENCE, interrupt, || described.exists())?;
    let text = fs::read_to_string(&described).context("the fakes didn't report their addresses")?;
    let mut all: Value = serde_json::from_str(&text).context("target/dev/fakes.json isn't valid JSON")?;
    (settings.crms, settings.stripe) = (all["crms"].take(), all["stripe"].take());
    settings.gateways = all["gateways"].take();
    let count = settings.crms.as_object().map_or(0, serde_json::Map::len);
    step.done(&format!("{count} CRMs, Stripe, Shopify, Dodo Payments and Creem are ready"));
    Ok(process)
}

pub(crate) fn migrate(settings: &Settings) -> Result<()> {
    let step = progress::step("migrations");
    run::quiet(&mut settings.ledger("migrate")).context("can't migrate the database")?;
    step.done("applied");
    Ok(())
}

pub(crate) fn ledger(settings: &Settings, notebook: &Notebook, interrupt: &Interrupt) -> Result<Process> {
    let step = progress::step("ledger");
    let log = repo::at("target/dev/logs/ledger.log");
    let mut process = Process::start("the ledger", settings.ledger("serve"), &log, Signal::SIGTERM)?;
    notebook.note(&process, &repo::built("debug/rekomi"))?;
    process.wait_until(PATIENCE, interrupt, || http::status(settings.ledger_port, "/readyz") == Some(200))?;
    step.done("ready");
    Ok(process)
}

pub(crate) fn edge(node: &Node, settings: &Settings, notebook: &Notebook, interrupt: &Interrupt) -> Result<Process> {
    let step = progress::step("edge");
    let (config, secrets) = settings.write_wrangler_files()?;
    let mut wrangler = Command::new(&node.program);
    wrangler.arg(node.wrangler()).arg("dev").arg("--config").arg(config).arg("--env-file").arg(secrets);
    wrangler.args(["--ip", "127.0.0.1", "--port", &settings.edge_port.to_string(), "--inspector-port", "0"]);
    wrangler.arg("--persist-to").arg(repo::at("target/dev/wrangler")).arg("--show-interactive-dev-session=false");
    wrangler.current_dir(repo::root());
    quiet_wrangler(&mut wrangler);
    wrangler.env("NODE_COMPILE_CACHE", node.compile_cache());
    let log = repo::at("target/dev/logs/edge.log");
    let mut process = Process::start("the edge", wrangler, &log, Signal::SIGTERM)?;
    notebook.note(&process, &repo::at("node_modules"))?;
    process.wait_until(PATIENCE, interrupt, || http::status(settings.edge_port, "/healthz") == Some(200))?;
    step.done("ready");
    Ok(process)
}

/// Keeps a local wrangler from making outgoing requests: no metrics, no check for updates, no lookup of this machine's
/// location.
fn quiet_wrangler(wrangler: &mut Command) {
    wrangler.env("WRANGLER_SEND_METRICS", "false").env("WRANGLER_HIDE_BANNER", "true").env("NO_COLOR", "1");
    wrangler.env("CLOUDFLARE_CF_FETCH_ENABLED", "false").env("CI", "true");
    wrangler.env("WRANGLER_LOG_PATH", repo::at("target/dev/logs/wrangler"));
    wrangler.env("WRANGLER_REGISTRY_PATH", repo::at("target/dev/registry"));
}

/// Loads the demo data, and writes the file that scripts need to use it.
pub(crate) fn demo(settings: &Settings) -> Result<Value> {
    let step = progress::step("demo data");
    let printed = run::quiet(&mut settings.ledger("demo")).context("can't load the demo data")?;
    let mut state: Value = serde_json::from_str(&printed).context("`rekomi demo` didn't print JSON")?;
    let (owner, app) = settings.database_urls();
    state["edge"] = json!(settings.edge_url());
    state["ledger"] = json!(settings.ledger_url());
    state["databaseUrl"] = json!(app);
    state["databaseOwnerUrl"] = json!(owner);
    if !settings.crms.is_null() {
        state["crms"] = settings.crms.clone();
        state["stripeStandIn"] = settings.stripe.clone();
        state["gatewayStandIns"] = settings.gateways.clone();
    }
    repo::write_atomically(&repo::at("target/dev/state.json"), &serde_json::to_string_pretty(&state)?, 0o600)?;
    step.done("loaded");
    Ok(state)
}
