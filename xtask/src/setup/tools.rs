//! Compiles worker-build and wasm-bindgen into `target/tools`; they must match the versions in Cargo.lock exactly.
//!
//! They run for a second or two and take a minute to compile, so they are compiled without optimization. Those that pack a
//! release are here, too.

use super::node::Node;
use crate::{progress, repo, run};
use anyhow::{Context, Result};
use std::fs;
use std::path::PathBuf;
use std::process::Command;

pub(crate) fn ensure(node: &Node) -> Result<()> {
    let lock = fs::read_to_string(repo::at("Cargo.lock")).context("can't read Cargo.lock")?;
    for (tool, library) in [("worker-build", "worker"), ("wasm-bindgen-cli", "wasm-bindgen")] {
        let version = locked_version(&lock, library)
            .with_context(|| format!("Cargo.lock has no `{library}`. Is the checkout complete?"))?;
        install(tool, version)?;
    }
    let script = format!("#!/bin/sh\nexec '{}' '{}' \"$@\"\n", node.program.display(), node.wasm_opt().display());
    if fs::read_to_string(wasm_opt()).ok().as_deref() != Some(script.as_str()) {
        repo::write_atomically(&wasm_opt(), &script, 0o755)?;
    }
    Ok(())
}

/// Returns the path of a program in `target/tools/bin`.
pub(crate) fn program(name: &str) -> PathBuf {
    repo::at("target/tools/bin").join(name)
}

/// Tells worker-build where its helpers are, so that it doesn't download its own.
pub(crate) fn helpers(command: &mut Command, node: &Node) {
    command.env("WASM_BINDGEN_BIN", program("wasm-bindgen"));
    command.env("WASM_OPT_BIN", wasm_opt());
    command.env("ESBUILD_BIN", node.esbuild());
}

/// Returns the path of a wrapper: binaryen's wasm-opt is a JavaScript file, and the wrapper names the Node that runs
/// it.
fn wasm_opt() -> PathBuf {
    program("wasm-opt")
}

fn locked_version<'a>(lock: &'a str, package: &str) -> Option<&'a str> {
    let (_, rest) = lock.split_once(&format!("name = \"{package}\"\nversion = \""))?;
    rest.split('"').next()
}

/// Compiles a tool into `target/tools`, unless it's there already.
pub(crate) fn install(tool: &str, version: &str) -> Result<()> {
    install_optimized(tool, version, 0)
}

/// The same for a tool that compresses and hashes megabytes: with some optimization, it takes seconds instead of minutes.
pub(crate) fn install_optimized(tool: &str, version: &str, level: u8) -> Result<()> {
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

#[cfg(test)]
mod tests {
    use super::locked_version;

    #[test]
    fn finds_the_exact_package() {
        let lock = "[[package]]\nname = \"worker-build\"\nversion = \"9.9.9\"\n\n[[package]]\nname = \"worker\"\nversion = \"0.8.7\"\n";
        assert_eq!(locked_version(lock, "worker"), Some("0.8.7"));
        assert_eq!(locked_version(lock, "wasm-bindgen"), None);
    }
}
