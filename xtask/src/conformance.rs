//! `cargo xtask conformance`: Schemathesis makes thousands of valid and invalid requests from the API's own description
//! and checks every answer against it.
//!
//! The tool is written in Python and is installed in its own environment under `target/`, at the versions in
//! `tests/conformance/requirements.txt`. The checks that don't apply to the ledger are listed with their reasons in
//! `tests/conformance/schemathesis.toml`.

use crate::instance::{Instance, Plan};
use crate::process::Interrupt;
use crate::{programs, progress, repo, run, setup};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

const REQUIREMENTS: &str = "tests/conformance/requirements.txt";
const CONFIG: &str = "tests/conformance/schemathesis.toml";
const OLDEST_PYTHON: &str = "import sys; sys.exit(sys.version_info < (3, 10))";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Number of requests of each kind per operation
    #[arg(long, default_value_t = 50, value_parser = clap::value_parser!(u32).range(1..))]
    examples: u32,
    /// Random seed: the same seed generates the same requests
    #[arg(long, default_value_t = 20_261_120)]
    seed: u64,
    /// Extra arguments for Schemathesis, e.g. `-- --include-operation-id createLink`
    #[arg(last = true)]
    more: Vec<String>,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    let schemathesis = ensure()?;
    programs::build(&["rekomi"])?;
    // The rate limit is off, because all requests come from one caller.
    let settings = [("REKOMI_RATE_LIMIT_PER_MINUTE", "0"), ("REKOMI_LOG", "warn")];
    let instance =
        Instance::start(&Plan { profile: "debug", sales: 200, settings: &settings, citus: None }, &node, &interrupt)?;
    let mut tool = Command::new(schemathesis);
    tool.arg("--config-file").arg(repo::at(CONFIG)).arg("run").arg(format!("{}/api/v1/openapi.json", instance.base()));
    tool.args(["--max-examples", &options.examples.to_string(), "--seed", &options.seed.to_string()]);
    // The edge's operations have servers of their own.
    tool.args(["--exclude-tag", "Edge"]);
    tool.args(["--continue-on-failure", "--workers", "2"]).args(&options.more);
    tool.env("REKOMI_API_KEY", instance.reported("/apiKey")?).env("PYTHONUTF8", "1");
    tool.env("REKOMI_AFFILIATE", instance.reported("/affiliate/id")?)
        .env("REKOMI_PROGRAM", instance.reported("/program/id")?);
    let folder = repo::at("target/conformance");
    tool.current_dir(&folder);
    let message = run::loud(&mut tool);
    let failed = run::tail_of(&instance.ledger.log, 3);
    message.with_context(|| format!("the API doesn't match its description (the ledger's last lines: {failed})"))
}

/// Installs the tool in its environment, again where the list of versions has changed.
fn ensure() -> Result<PathBuf> {
    let step = progress::step("Schemathesis");
    let home = repo::at("target/conformance/python");
    let program = home.join("bin/schemathesis");
    let (requested, note) = (repo::digest(&[REQUIREMENTS])?, home.join("rekomi-requirements"));
    if program.is_file() && fs::read_to_string(&note).is_ok_and(|there| there == requested) {
        step.done("there");
        return Ok(program);
    }
    let python = python()?;
    run::quiet(Command::new(python).args(["-m", "venv", "--clear"]).arg(&home))
        .context("Python can't create a virtual environment (on Debian: `apt install python3-venv`)")?;
    let mut pip = Command::new(home.join("bin/python"));
    pip.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps", "--requirement"]);
    run::quiet(pip.arg(repo::at(REQUIREMENTS))).context("pip couldn't install the pinned tools. Are you online?")?;
    repo::write_atomically(&note, &requested, 0o644)?;
    step.done("installed");
    Ok(program)
}

fn python() -> Result<PathBuf> {
    for name in ["python3", "python3.14", "python3.13", "python3.12", "python3.11", "python3.10"] {
        let Some(python) = repo::which(name) else { continue };
        if run::quiet(Command::new(&python).args(["-c", OLDEST_PYTHON])).is_ok() {
            return Ok(python);
        }
    }
    bail!("Python 3.10 or newer isn't installed: install it (https://www.python.org), then try again")
}
