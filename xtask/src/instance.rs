//! A private ledger for one run: a migrated private Postgres with demo data, and a ledger that serves it.

use crate::pg::private::{Citus, Database, Disk};
use crate::process::{Interrupt, Process};
use crate::setup::node::Node;
use crate::{http, progress, repo, run, secret};
use anyhow::{Context, Result};
use nix::sys::signal::Signal;
use serde_json::Value;
use std::process::Command;
use std::time::Duration;

const PATIENCE: Duration = Duration::from_secs(60);
/// An address where nothing listens: gateways and the edge are unreachable, and nothing leaves this machine.
const NOWHERE: &str = "http://127.0.0.1:1";

/// Settings of a ledger that is benchmarked: its background load is as in production.
const MEASURED: [(&str, &str); 3] =
    [("REKOMI_RATE_LIMIT_PER_MINUTE", "0"), ("REKOMI_LOG", "warn"), ("REKOMI_MAINTENANCE", "steady")];

#[derive(Debug)]
pub(crate) struct Instance {
    // Dropped in this order: the ledger before its database.
    pub(crate) ledger: Process,
    database: Database,
    environment: Environment,
    pub(crate) port: u16,
    /// What `rekomi demo` printed.
    pub(crate) demo: Value,
}

/// The options of an instance.
#[derive(Debug)]
pub(crate) struct Plan<'a> {
    /// `debug` or `release`; the ledger is already built.
    pub(crate) profile: &'a str,
    /// The number of generated sales in the last year.
    pub(crate) sales: u32,
    pub(crate) settings: &'a [(&'a str, &'a str)],
    /// In place of one Postgres.
    pub(crate) citus: Option<Citus<'a>>,
}

impl Plan<'_> {
    /// A release build, to be benchmarked.
    pub(crate) const fn measured(sales: u32) -> Self {
        Plan { profile: "release", sales, settings: &MEASURED, citus: None }
    }
}

impl Instance {
    pub(crate) fn start(plan: &Plan<'_>, node: &Node, interrupt: &Interrupt) -> Result<Self> {
        let database = match plan.citus {
            Some(citus) => Database::start_citus(node, interrupt, Disk::Flushed, citus)?,
            None => Database::start(node, interrupt, Disk::Flushed)?,
        };
        let environment = Environment::of(&database, plan)?;
        if plan.citus.is_some() {
            environment.join(node, &database)?;
        }
        let step = progress::step("demo data");
        run::quiet(&mut environment.ledger(&["migrate"])).context("can't migrate the database")?;
        if plan.citus.is_some() {
            run::quiet(&mut environment.ledger(&["scale", "distribute"])).context("can't distribute the tables")?;
        }
        let printed = run::quiet(&mut environment.ledger(&["demo", "--sales", &plan.sales.to_string()]))?;
        let demo = serde_json::from_str(&printed).context("`rekomi demo` didn't print JSON")?;
        step.done("loaded");
        let step = progress::step("ledger");
        let log = repo::at("target/test/ledger.log");
        let mut ledger = Process::start("the ledger", environment.ledger(&["serve"]), &log, Signal::SIGTERM)?;
        let port = environment.port;
        ledger.wait_until(PATIENCE, interrupt, || http::status(port, "/readyz") == Some(200))?;
        step.done("ready");
        Ok(Self { ledger, database, environment, port, demo })
    }

    /// A command of the ledger, with the settings of the one that serves.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        self.environment.ledger(arguments)
    }

    pub(crate) fn base(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    /// The database's URL for the owner of its tables.
    pub(crate) fn owner_url(&self) -> String {
        self.database.cluster.url("rekomi")
    }

    /// The value of one of the ledger's settings.
    pub(crate) fn setting(&self, name: &str) -> Result<&str> {
        let found = self.environment.variables.iter().find(|(variable, _)| variable == name);
        found.map(|(_, value)| value.as_str()).with_context(|| format!("the ledger runs without {name}"))
    }

    /// Returns a text from the demo's output, by JSON pointer.
    pub(crate) fn reported(&self, pointer: &str) -> Result<&str> {
        self.demo.pointer(pointer).and_then(Value::as_str).with_context(|| format!("the demo has no {pointer}"))
    }
}

#[derive(Debug)]
struct Environment {
    program: std::path::PathBuf,
    port: u16,
    variables: Vec<(String, String)>,
    owner: Vec<(String, String)>,
}

impl Environment {
    fn of(database: &Database, plan: &Plan<'_>) -> Result<Self> {
        let port = http::free_port()?;
        let owner_url = database.cluster.url("rekomi");
        let password = secret::random()?;
        let (_, host) = owner_url.split_once('@').context("the URL has no user")?;
        let base = format!("http://127.0.0.1:{port}");
        let keys = || Ok::<_, anyhow::Error>(format!("1:{}", secret::random()?));
        let pair = |name: &str, value: String| (name.to_owned(), value);
        let mut variables = vec![
            pair("REKOMI_ENV", "test".to_owned()),
            pair("DATABASE_URL", format!("postgres://rekomi_app:{password}@{host}")),
            pair("REKOMI_LISTEN", format!("127.0.0.1:{port}")),
            pair("REKOMI_PUBLIC_URL", base),
            pair("REKOMI_EDGE_URL", NOWHERE.to_owned()),
            pair("REKOMI_EDGE_KEYS", keys()?),
            pair("REKOMI_LEDGER_KEYS", keys()?),
            pair("REKOMI_FILES", repo::at("target/stand/files").display().to_string()),
            pair("NO_COLOR", "1".to_owned()),
        ];
        for gateway in ["STRIPE", "PADDLE", "BRAINTREE"] {
            variables.push(pair(&format!("REKOMI_{gateway}_API_BASE"), NOWHERE.to_owned()));
        }
        variables.extend(plan.settings.iter().map(|(name, value)| pair(name, (*value).to_owned())));
        let owner = vec![pair("DATABASE_OWNER_URL", owner_url), pair("REKOMI_APP_PASSWORD", password)];
        let program = repo::built(&format!("{}/rekomi", plan.profile));
        Ok(Self { program, port, variables, owner })
    }

    /// Makes the servers one cluster.
    fn join(&self, node: &Node, database: &Database) -> Result<()> {
        let step = progress::step("cluster");
        let password = self.owner.iter().find(|(name, _)| name == "REKOMI_APP_PASSWORD").map(|(_, password)| password);
        let mut script = Command::new(&node.program);
        script.arg(repo::at("xtask/scripts/cluster.cjs")).args(password).arg(database.cluster.url("rekomi"));
        script.args(database.workers.iter().map(|worker| worker.url("rekomi"))).current_dir(repo::root());
        run::quiet(&mut script).context("the servers don't become a cluster")?;
        step.done(&format!("{} workers", database.workers.len()));
        Ok(())
    }

    /// Only `serve` runs without the owner's URL.
    fn ledger(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&self.program);
        command.args(arguments).current_dir(repo::root()).envs(self.variables.iter().cloned());
        if arguments == ["serve"] {
            command.env_remove("DATABASE_OWNER_URL");
        } else {
            command.envs(self.owner.iter().cloned());
        }
        command
    }
}
