//! Deploys the edge in an order that can be repeated after any failure: look, create what is missing, deploy, set the
//! secret. A dry run only looks, and prints what it would do.

use super::settings::{self, Values};
use super::wrangler::Wrangler;
use crate::{edge, progress, repo, setup};
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};

const SECRET: &str = "REKOMI_EDGE_KEYS";
const CONFIG: &str = "rekomi-config";
const DEAD: &str = "rekomi-dead";
/// As in wrangler.toml.
const QUEUES: [&str; 2] = ["rekomi-events", "rekomi-events-dead"];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// The ledger's address, such as https://rekomi.brand.com
    #[arg(long)]
    ledger: String,
    /// A host of links, such as go.brand.com; can be given several times
    #[arg(long, required = true)]
    links: Vec<String>,
    /// The file with REKOMI_EDGE_KEYS that `rekomi init` wrote; otherwise, that variable of the environment is used
    #[arg(long)]
    env_file: Option<PathBuf>,
    /// Only print what would be done
    #[arg(long)]
    dry_run: bool,
}

/// What the account has. `None` and `false` are created.
#[derive(Debug)]
struct Account {
    config: Option<String>,
    dead: Option<String>,
    queues: [bool; 2],
}

/// What is to be deployed, all of it checked.
#[derive(Debug)]
struct Deployment {
    ledger: String,
    links: Vec<String>,
    keys: String,
    /// Where the settings for wrangler are written.
    settings: PathBuf,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let keys = match &options.env_file {
        Some(path) => {
            let text = fs::read_to_string(path).with_context(|| format!("can't read {}", path.display()))?;
            settings::keys(&text).with_context(|| path.display().to_string())?
        }
        None => {
            settings::checked(&std::env::var(SECRET).with_context(|| format!("give --env-file, or set {SECRET}"))?)?
        }
    };
    let deployment = Deployment {
        ledger: settings::ledger_url(&options.ledger)?,
        links: options.links.iter().map(|host| settings::host(host)).collect::<Result<_>>()?,
        keys,
        settings: repo::at("target/deploy/wrangler.toml"),
    };
    let node = if options.dry_run {
        setup::node::ensure()?
    } else {
        let kit = setup::all()?;
        edge::build(&kit)?;
        kit.node
    };
    let wrangler = Wrangler::new([node.program.clone(), node.wrangler()]);
    let account = look(&wrangler)?;
    print!("{}", plan(&deployment, &account));
    if options.dry_run {
        println!("This was a dry run: nothing was changed.");
        return Ok(());
    }
    apply(&wrangler, &deployment, account)
}

fn look(wrangler: &Wrangler) -> Result<Account> {
    wrangler.check_signed_in()?;
    let [events, dead_events] = QUEUES;
    Ok(Account {
        config: wrangler.namespace(CONFIG)?,
        dead: wrangler.namespace(DEAD)?,
        queues: [wrangler.has_queue(events)?, wrangler.has_queue(dead_events)?],
    })
}

/// One line for each step.
fn plan(deployment: &Deployment, account: &Account) -> String {
    let state = |exists: bool| if exists { "exists" } else { "create" };
    let mut plan = String::from("Plan:\n");
    for (title, id) in [(CONFIG, &account.config), (DEAD, &account.dead)] {
        plan += &format!("  {}  KV namespace {title}\n", state(id.is_some()));
    }
    for (name, exists) in QUEUES.iter().zip(account.queues) {
        plan += &format!("  {}  queue {name}\n", state(exists));
    }
    let links = deployment.links.join(", ");
    plan += &format!("  deploy  Worker rekomi-edge for {links}, with the ledger at {}\n", deployment.ledger);
    plan + &format!("  set     secret {SECRET}, {} of them\n", deployment.keys.split(',').count())
}

fn apply(wrangler: &Wrangler, deployment: &Deployment, account: Account) -> Result<()> {
    let namespace = |title: &str, known: Option<String>| known.map_or_else(|| wrangler.create_namespace(title), Ok);
    let step = progress::step("KV namespaces");
    let (config, dead) = (namespace(CONFIG, account.config)?, namespace(DEAD, account.dead)?);
    step.done("ready");
    let step = progress::step("queues");
    for (name, exists) in QUEUES.iter().zip(account.queues) {
        if !exists {
            wrangler.create_queue(name)?;
        }
    }
    step.done("ready");
    let step = progress::step("Worker");
    write_settings(deployment, &config, &dead, &repo::root())?;
    wrangler.deploy(&deployment.settings)?;
    step.done("deployed");
    let step = progress::step(SECRET);
    wrangler.put_secret(&deployment.settings, SECRET, &deployment.keys)?;
    step.done("set");
    println!("Next: run `rekomi doctor` where the ledger runs; it checks the edge and its keys.");
    Ok(())
}

fn write_settings(deployment: &Deployment, config: &str, dead: &str, root: &Path) -> Result<()> {
    let original = fs::read_to_string(root.join("wrangler.toml")).context("can't read wrangler.toml")?;
    let values = Values { ledger: &deployment.ledger, links: &deployment.links, config, dead };
    repo::write_atomically(&deployment.settings, &settings::filled(&original, &values, root)?, 0o644)
}

#[cfg(test)]
#[path = "edge_tests.rs"]
mod tests;
