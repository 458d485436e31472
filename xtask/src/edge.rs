//! Builds the Worker, but only when its sources have changed; wrangler, `dev`, `test` and `bench` all use this.
//!
//! It does what worker-build does for a Worker in Rust, which would be a program of 200 more crates to compile, two TLS
//! libraries and OpenSSL's headers among them: cargo makes the wasm, wasm-bindgen the JavaScript around it, esbuild one
//! module of that, and wasm-opt a smaller wasm. `edge/entry.mjs` has what worker-build's own entry would do.

use crate::setup::{self, Kit, wasm};
use crate::{loader, progress, repo, run};
use anyhow::{Context, Result};
use clap::Args;
use std::fs;
use std::path::Path;
use std::process::Command;
use wasm_bindgen_cli_support::Bindgen;

/// The profile in the root Cargo.toml.
const PROFILE: &str = "wasm";
const SOURCES: [&str; 5] = ["edge", "shared", "xtask/src/edge.rs", "Cargo.toml", "Cargo.lock"];

/// The wasm features that rustc uses, without newer ones that workerd might not support.
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
    compile(kit)?;
    let work = repo::at("target/edge");
    bind(&work)?;
    let _ = fs::remove_dir_all(&output);
    fs::create_dir_all(&output)?;
    optimize(kit, &work, &output)?;
    // The last file: without it, the next run builds again, whatever failed before.
    bundle(kit, &work, &output)?;
    repo::write_atomically(&stamp(), &requested, 0o644)?;
    step.done(&format!("built for {}", wasm::TARGET));
    Ok(())
}

fn compile(kit: &Kit) -> Result<()> {
    let mut cargo = run::cargo();
    kit.wasm.apply(&mut cargo);
    cargo.args(["build", "--lib", "--package", "edge", "--profile", PROFILE, "--target", wasm::TARGET]);
    // As worker-build: the `worker` crate's macros then use js-sys for promises.
    cargo.env("WASM_BINDGEN_USE_JS_SYS", "1");
    run::loud(&mut cargo).context("the edge doesn't build")
}

/// Writes the JavaScript that wasm needs, with a function that starts wasm anew, and a handler that notices traps.
fn bind(work: &Path) -> Result<()> {
    let compiled = repo::built(&format!("{}/{PROFILE}/edge.wasm", wasm::TARGET));
    let _ = fs::remove_dir_all(work);
    let mut bindgen = Bindgen::new();
    bindgen.input_path(compiled).out_name("index").typescript(false);
    bindgen.module(true)?.reset_state_function(true).force_enable_abort_handler(true);
    bindgen.generate(work).context("wasm-bindgen can't make the edge's JavaScript")?;
    // workerd takes wasm by an ordinary `import`; wasm-bindgen writes `import source`, which is still a proposal.
    let index = work.join("index.js");
    let script = fs::read_to_string(&index).context("wasm-bindgen wrote no index.js")?;
    fs::write(&index, script.replace("import source ", "import ")).context("can't write the edge's JavaScript")
}

fn bundle(kit: &Kit, work: &Path, output: &Path) -> Result<()> {
    let mut esbuild = Command::new(kit.node.esbuild());
    esbuild.args(["index.js", "--bundle", "--minify", "--format=esm", "--external:./index_bg.wasm"]);
    esbuild.arg("--log-level=warning").arg(format!("--outfile={}", output.join("index.js").display()));
    run::quiet(esbuild.current_dir(work)).map(drop)
}

/// Makes wasm smaller. The names of functions, an eighth of what each isolate would load, are written to a separate file,
/// by the numbers in stack traces. The first kilobyte of memory is unused (rustc puts the end of the stack there), which
/// means that adding an offset to an address never wraps: this saves a hundredth, gzipped. So does the order by name, in
/// which functions that look alike follow one another.
fn optimize(kit: &Kit, work: &Path, output: &Path) -> Result<()> {
    let mut wasm_opt = Command::new(&kit.node.program);
    wasm_opt.arg(kit.node.wasm_opt()).args(FEATURES.map(|feature| format!("--enable-{feature}")));
    wasm_opt.args(["--low-memory-unused", "-O3", "--reorder-functions-by-name"]);
    wasm_opt.arg(format!("--symbolmap={}", repo::at("target/edge-symbols.txt").display()));
    wasm_opt.args(["--strip-debug", "--strip-producers"]).arg(work.join("index_bg.wasm"));
    run::quiet(wasm_opt.arg("-o").arg(output.join("index_bg.wasm"))).map(drop)
}

fn stamp() -> std::path::PathBuf {
    repo::at("target/edge.stamp")
}
