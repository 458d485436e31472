//! `cargo xtask crm-docs`: writes the CRMs' pages in `docs/integrations/crm/` from the connectors' own descriptors.
//!
//! They are committed, so that they can be read next to the code; `--check`, a step of `cargo xtask test`, fails when
//! one is stale, missing, or left over from a removed vendor.

use crate::{programs, progress, repo, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;

const FOLDER: &str = "docs/integrations/crm";

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Change nothing; fail if a committed page is out of date
    #[arg(long)]
    check: bool,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    if options.check {
        return check();
    }
    let step = progress::step("CRM pages");
    let (requested, there) = (requested()?, there()?);
    for (name, text) in &requested {
        repo::write_atomically(&repo::at(FOLDER).join(name), text, 0o644)?;
    }
    for name in there.keys().filter(|name| !requested.contains_key(*name)) {
        fs::remove_file(repo::at(FOLDER).join(name)).with_context(|| format!("can't remove {FOLDER}/{name}"))?;
    }
    step.done(&format!("{} pages in {FOLDER}", requested.len()));
    Ok(())
}

pub(crate) fn check() -> Result<()> {
    let stale = differing(&requested()?, &there()?);
    if stale.is_empty() {
        return Ok(());
    }
    bail!("out of date in {FOLDER}: {}. Run `cargo xtask crm-docs` and commit the result", stale.join(", "))
}

/// Returns the names of pages that differ, or exist on one side only.
fn differing(requested: &BTreeMap<String, String>, there: &BTreeMap<String, String>) -> Vec<String> {
    let changed = requested.iter().filter(|(name, text)| there.get(*name) != Some(text)).map(|(name, _)| name);
    let left_over = there.keys().filter(|name| !requested.contains_key(*name));
    changed.chain(left_over).cloned().collect()
}

fn requested() -> Result<BTreeMap<String, String>> {
    let text = run::quiet(&mut Command::new(programs::pages()?))?;
    serde_json::from_str(&text).context("the connectors didn't print their pages")
}

fn there() -> Result<BTreeMap<String, String>> {
    let folder = repo::at(FOLDER);
    if !folder.exists() {
        return Ok(BTreeMap::new());
    }
    let mut pages = BTreeMap::new();
    for entry in fs::read_dir(&folder).with_context(|| format!("can't read {FOLDER}"))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        pages.insert(name, fs::read_to_string(&path).with_context(|| format!("can't read {}", path.display()))?);
    }
    Ok(pages)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_differs_is_named() {
        let pages = |all: &[(&str, &str)]| -> BTreeMap<String, String> {
            all.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect()
        };
        let expected = pages(&[("a.md", "new"), ("b.md", "same"), ("c.md", "missing")]);
        let there = pages(&[("a.md", "old"), ("b.md", "same"), ("z.md", "of a vendor that is gone")]);
        assert_eq!(differing(&expected, &there), ["a.md", "c.md", "z.md"]);
        assert!(differing(&expected, &expected).is_empty());
    }
}
