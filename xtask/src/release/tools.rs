//! Compiles the programs that pack a release into `target/tools`.

use crate::{progress, repo, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// Returns the path of a program in `target/tools/bin`.
pub(super) fn program(name: &str) -> PathBuf {
    repo::at("target/tools/bin").join(name)
}

/// Compiles a tool into `target/tools`, unless it's there already.
pub(super) fn install(tool: &str, version: &str) -> Result<()> {
    install_optimized(tool, version, 0)
}

/// The same for a tool that compresses and hashes megabytes: with some optimization, it takes seconds instead of minutes.
pub(super) fn install_optimized(tool: &str, version: &str, level: u8) -> Result<()> {
    let installed = fs::read_to_string(repo::at("target/tools/.crates.toml")).unwrap_or_default();
    if installed.contains(&format!("\"{tool} {version} (")) {
        progress::step(tool).done("found");
        return Ok(());
    }
    let step = progress::loud_step(&format!("{tool} {version} (takes about a minute to compile, only once)"));
    // A registry mirror may lack the versions in the tool's own lock file.
    run::loud(compile(tool, version, level).arg("--locked"))
        .or_else(|_| run::loud(&mut compile(tool, version, level)))
        .with_context(|| format!("can't install {tool} {version}. Are you online?"))?;
    step.done("installed");
    Ok(())
}

fn compile(tool: &str, version: &str, level: u8) -> Command {
    let mut cargo = run::cargo();
    cargo.args(["install", tool, "--version", &format!("={version}"), "--root"]).arg(repo::at("target/tools"));
    cargo.env("CARGO_TARGET_DIR", repo::at("target/tools/build"));
    for (setting, value) in [("LTO", "off"), ("CODEGEN_UNITS", "16"), ("DEBUG", "0")] {
        cargo.env(format!("CARGO_PROFILE_RELEASE_{setting}"), value);
    }
    cargo.env("CARGO_PROFILE_RELEASE_OPT_LEVEL", level.to_string());
    cargo
}
