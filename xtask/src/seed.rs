//! `cargo xtask seed`: adds a year of generated clicks and sales to the demo's brand in the database of a running
//! `dev`, and what makes it look like a real brand: names, a program page, applications, payouts.

use crate::setup::node::Node;
use crate::{progress, repo, run, setup};
use anyhow::{Context, Result, bail};
use clap::Args;
use serde_json::Value;
use std::fs;
use std::path::Path;
use std::process::Command;

/// The sizes used to benchmark pages, which stay the same from issue to issue.
pub(crate) const LARGE: Size = Size { clicks: 10_000_000, conversions: 1_000_000 };
pub(crate) const MEDIUM: Size = Size { clicks: 1_000_000, conversions: 100_000 };
const MAX: u32 = 100_000_000;

#[derive(Debug, Clone, Copy)]
pub(crate) struct Size {
    pub(crate) clicks: u32,
    pub(crate) conversions: u32,
}

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Generate 10 million clicks and 1 million conversions instead of a tenth of that
    #[arg(long)]
    large: bool,
    /// Number of clicks
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX)))]
    clicks: Option<u32>,
    /// Number of conversions
    #[arg(long, value_parser = clap::value_parser!(u32).range(1..=i64::from(MAX)))]
    conversions: Option<u32>,
}

impl Options {
    fn size(&self) -> Size {
        let usual = if self.large { LARGE } else { MEDIUM };
        Size { clicks: self.clicks.unwrap_or(usual.clicks), conversions: self.conversions.unwrap_or(usual.conversions) }
    }
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let node = setup::node::ensure()?;
    let file = repo::at("target/dev/state.json");
    let Ok(text) = fs::read_to_string(&file) else {
        bail!("`cargo xtask dev` isn't running: start it, then run this in another terminal");
    };
    let state: Value = serde_json::from_str(&text).context("target/dev/state.json isn't valid JSON")?;
    let reported = |pointer: &str| {
        state
            .pointer(pointer)
            .and_then(Value::as_str)
            .with_context(|| format!("target/dev/state.json has no {pointer}"))
    };
    fill(&node, reported("/databaseOwnerUrl")?, reported("/organization/id")?, options.size())?;
    if !options.large {
        dress(&node, &file)?;
    }
    println!("\nOpen {}/dashboard", reported("/ledger")?);
    Ok(())
}

/// Fills an organization that has a program and a link host.
pub(crate) fn fill(node: &Node, owner_url: &str, organization: &str, size: Size) -> Result<()> {
    let step = progress::loud_step("generated data");
    let mut script = Command::new(&node.program);
    script
        .arg(repo::at("xtask/scripts/seed.cjs"))
        .args([owner_url, organization, &size.clicks.to_string(), &size.conversions.to_string()])
        .current_dir(repo::root());
    run::loud(&mut script).context("can't generate the data")?;
    step.done(&format!("{} clicks, {} conversions", size.clicks, size.conversions));
    Ok(())
}

/// Adds names, a program page, applications and payouts to the data from [`fill`], through the API and the pages of a
/// running ledger.
pub(crate) fn dress(node: &Node, state: &Path) -> Result<()> {
    let step = progress::loud_step("demo brand");
    let mut script = Command::new(&node.program);
    script.arg(repo::at("xtask/scripts/brand.mjs")).arg(state).current_dir(repo::root());
    run::loud(&mut script).context("can't set up the demo brand")?;
    step.done("set up");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::{LARGE, MEDIUM, Options};

    #[test]
    fn a_size_is_scaled_by_its_parts() {
        let requested = |large, clicks| Options { large, clicks, conversions: None }.size();
        assert_eq!(
            (requested(true, None).clicks, requested(true, None).conversions),
            (LARGE.clicks, LARGE.conversions)
        );
        assert_eq!((requested(false, Some(5)).clicks, requested(false, None).conversions), (5, MEDIUM.conversions));
    }
}
