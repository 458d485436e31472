//! Starts a private ledger with the seeded brand, and runs a script that opens its pages in a browser.

use crate::instance::{Instance, Plan};
use crate::process::Interrupt;
use crate::seed::{self, Size};
use crate::setup;
use crate::{programs, progress, repo, run};
use anyhow::{Context, Result};
use serde_json::json;
use std::process::Command;

/// Enough for full lists, but few enough for a small brand's figures.
const SIZE: Size = Size { clicks: 48_000, conversions: 4_200 };
/// Links look as in production.
const SETTINGS: [(&str, &str); 4] = [
    ("REKOMI_EDGE_URL", "https://edge.fernlight.test"),
    ("REKOMI_RATE_LIMIT_PER_MINUTE", "0"),
    ("REKOMI_PAYOUT_PACE_FACTOR", "100"),
    ("REKOMI_LOG", "warn"),
];

/// A script of `tests/pages` that visits the brand. Its arguments are the file with the brand's state, the output and
/// the ledger's profile.
#[derive(Debug)]
pub(crate) struct Visit<'a> {
    /// What the script makes, e.g. `screenshots`.
    pub(crate) name: &'a str,
    pub(crate) script: &'a str,
    /// The file or folder that the script writes.
    pub(crate) output: &'a str,
    /// `debug` or `release`.
    pub(crate) profile: &'a str,
}

impl Visit<'_> {
    pub(crate) fn run(&self) -> Result<()> {
        let interrupt = Interrupt::listen()?;
        let node = setup::node::ensure()?;
        let browser = setup::browser::ensure().with_context(|| format!("{} require a browser", self.name))?;
        build(self.profile)?;
        let plan = Plan { profile: self.profile, sales: 0, settings: &SETTINGS, citus: None };
        let instance = Instance::start(&plan, &node, &interrupt)?;
        let mut state = instance.demo.clone();
        state["ledger"] = json!(instance.base());
        state["databaseOwnerUrl"] = json!(instance.owner_url());
        let file = repo::at(&format!("target/test/{}.json", self.name));
        repo::write_atomically(&file, &serde_json::to_string(&state)?, 0o600)?;
        seed::fill(&node, &instance.owner_url(), instance.reported("/organization/id")?, SIZE)?;
        seed::dress(&node, &file)?;
        interrupt.check()?;
        let step = progress::loud_step(self.name);
        let mut script = Command::new(&node.program);
        script.arg(repo::at("tests/pages").join(self.script)).arg(&file).arg(repo::at(self.output)).arg(self.profile);
        run::loud(script.current_dir(repo::root()).env("REKOMI_TEST_CHROMIUM", browser))
            .with_context(|| format!("can't take the {}", self.name))?;
        step.done("taken");
        Ok(())
    }
}

fn build(profile: &str) -> Result<()> {
    if profile != "release" {
        return programs::build(&["rekomi"]);
    }
    run::loud(run::cargo().args(["build", "--release", "--package", "ledger"])).context("the ledger doesn't build")
}
