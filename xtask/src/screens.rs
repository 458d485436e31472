//! `cargo xtask screens`: takes the screenshots of `docs/screens/` from a private ledger with the seeded brand.

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

pub(crate) fn run() -> Result<()> {
    let interrupt = Interrupt::listen()?;
    let node = setup::node::ensure()?;
    let browser = setup::browser::ensure().context("taking screenshots requires a browser")?;
    programs::build(&["ledger"])?;
    let instance = Instance::start(&Plan { profile: "debug", sales: 0, settings: &SETTINGS }, &node, &interrupt)?;
    let mut state = instance.demo.clone();
    state["ledger"] = json!(instance.base());
    state["databaseOwnerUrl"] = json!(instance.owner_url());
    let file = repo::at("target/test/screens.json");
    repo::write_atomically(&file, &serde_json::to_string(&state)?, 0o600)?;
    seed::fill(&node, &instance.owner_url(), instance.reported("/organization/id")?, SIZE)?;
    seed::dress(&node, &file)?;
    interrupt.check()?;
    let step = progress::loud_step("screenshots");
    let mut script = Command::new(&node.program);
    script.arg(repo::at("tests/pages/screens.mjs")).arg(&file).arg(repo::at("docs/screens")).current_dir(repo::root());
    run::loud(script.env("REKOMI_TEST_CHROMIUM", browser)).context("can't take the screenshots")?;
    step.done("taken");
    Ok(())
}
