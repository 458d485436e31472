//! Minifies the script for brands' pages. The result is committed, because the edge's tests compile it in without Node;
//! `cargo xtask build-edge` writes it, and `cargo xtask test` fails when it is stale.

use crate::setup::node::Node;
use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::process::Command;

const SOURCE: &str = "edge/src/script/loader.js";
const MINIFIED: &str = "edge/src/script/loader.min.js";
/// The oldest syntax that it may use: that of every browser with `fetch`.
const TARGET: &str = "--target=es2015";

/// Writes the minified script if it is stale.
pub(crate) fn write(node: &Node) -> Result<()> {
    let requested = minified(node)?;
    if fs::read_to_string(repo::at(MINIFIED)).is_ok_and(|committed| committed == requested) {
        return Ok(());
    }
    let step = progress::step("script for pages");
    repo::write_atomically(&repo::at(MINIFIED), &requested, 0o644)?;
    step.done(MINIFIED);
    Ok(())
}

pub(crate) fn check(node: &Node) -> Result<()> {
    let committed = fs::read_to_string(repo::at(MINIFIED)).with_context(|| format!("can't read {MINIFIED}"))?;
    if committed != minified(node)? {
        bail!("{MINIFIED} is out of date: run `cargo xtask build-edge` and commit the result");
    }
    Ok(())
}

fn minified(node: &Node) -> Result<String> {
    run::quiet(Command::new(node.esbuild()).args(["--minify", TARGET]).arg(repo::at(SOURCE)))
}
