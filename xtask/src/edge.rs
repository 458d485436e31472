//! Builds the Worker with worker-build, but only when its sources have changed; wrangler, `dev`, `test` and `bench` all
//! use this.

use crate::setup::{self, Kit, tools, wasm};
use crate::{loader, progress, repo, run};
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::process::Command;

/// The profile in the root Cargo.toml; worker-build passes it on to cargo.
const PROFILE: &str = "wasm";
const SOURCES: [&str; 4] = ["edge", "shared", "Cargo.toml", "Cargo.lock"];

/// The wasm features that worker-build allows, without newer ones that workerd might not support.
const FEATURES: [&str; 7] = [
    "mutable-globals",
    "sign-ext",
    "nontrapping-float-to-int",
    "bulk-memory",
    "multivalue",
    "reference-types",
    "exception-handling",
];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Build even if nothing changed
    #[arg(long)]
    force: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let kit = setup::all()?;
    if options.force {
        let _ = fs::remove_file(stamp());
    }
    build(&kit)
}

pub(crate) fn build(kit: &Kit) -> Result<()> {
    loader::write(&kit.node)?;
    let requested = repo::digest(&SOURCES)?;
    let output = repo::at("edge/build");
    if output.join("index.js").is_file() && fs::read_to_string(stamp()).is_ok_and(|built| built == requested) {
        progress::step("edge").done("up to date");
        return Ok(());
    }
    let step = progress::loud_step("edge (wasm)");
    let mut worker_build = Command::new(tools::program("worker-build"));
    worker_build.args(["--profile", PROFILE]).current_dir(repo::at("edge"));
    kit.wasm.apply(&mut worker_build);
    tools::helpers(&mut worker_build, &kit.node);
    run::loud(&mut worker_build).context("the edge doesn't build")?;
    finish()?;
    repo::write_atomically(&stamp(), &requested, 0o644)?;
    step.done(&format!("built for {}", wasm::TARGET));
    Ok(())
}

/// Optimizes the wasm further. worker-build keeps the names of all functions, an eighth of what each isolate loads;
/// they are written to a separate file, by the numbers in stack traces. worker-build also can't know that the first
/// kilobyte of memory is unused (rustc puts the end of the stack there), which means that adding an offset to an
/// address never wraps; this saves another hundredth, gzipped. So does the order by name, in which functions that look alike
/// follow one another.
fn finish() -> Result<()> {
    let wasm = repo::at("edge/build/index_bg.wasm");
    let mut wasm_opt = Command::new(tools::program("wasm-opt"));
    wasm_opt.args(FEATURES.map(|feature| format!("--enable-{feature}")));
    wasm_opt.args(["--low-memory-unused", "-O3", "--reorder-functions-by-name"]);
    wasm_opt.arg(format!("--symbolmap={}", repo::at("target/edge-symbols.txt").display()));
    wasm_opt.args(["--strip-debug", "--strip-producers"]).arg(&wasm).arg("-o").arg(&wasm);
    run::quiet(&mut wasm_opt).map(drop)
}

fn stamp() -> std::path::PathBuf {
    repo::at("target/edge.stamp")
}
