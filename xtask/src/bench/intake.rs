//! Sends events to a ledger as the edge does, for the benchmarks of clicks and clusters.

use crate::instance::Instance;
use crate::setup::node::Node;
use crate::{progress, repo, run};
use anyhow::{Context, Result};
use serde_json::Value;
use std::process::Command;

/// What to send, and how many.
#[derive(Debug, Clone, Copy)]
pub(super) enum Sent {
    Clicks(u32),
    Conversions(u32),
}

/// Sends events of an organization, 1,000 at a time; returns how many the ledger took in per second.
pub(super) fn send(node: &Node, instance: &Instance, organization: &str, what: Sent) -> Result<f64> {
    let (name, count) = match what {
        Sent::Clicks(count) => ("clicks", count),
        Sent::Conversions(count) => ("conversions", count),
    };
    let step = progress::step(&format!("{name} of the edge"));
    let mut script = Command::new(&node.program);
    script.arg(repo::at("xtask/scripts/intake.cjs")).args([&instance.base(), &instance.owner_url(), organization]);
    script.args([name, &count.to_string()]).env("REKOMI_EDGE_KEYS", instance.setting("REKOMI_EDGE_KEYS")?);
    let printed: Value =
        serde_json::from_str(&run::quiet(script.current_dir(repo::root()))?).context("the rate isn't valid JSON")?;
    let per_second = printed["perSecond"].as_f64().context("there is no perSecond")?;
    step.done(&format!("{per_second:.0} a second"));
    Ok(per_second)
}
