//! Draws the diagram of the ledger's crates in `docs/contributing/architecture.md` from `cargo metadata`.

use crate::{repo, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;

const PAGE: &str = "docs/contributing/architecture.md";
const BEGIN: &str = "<!-- floors: written by `cargo xtask docs` from cargo metadata -->\n";
const END: &str = "<!-- end of floors -->";

/// Each crate's description, and its direct dependencies.
type Crates = BTreeMap<String, (String, BTreeSet<String>)>;

pub(super) fn write() -> Result<()> {
    let page = fs::read_to_string(repo::at(PAGE)).with_context(|| format!("can't read {PAGE}"))?;
    let drawn = redrawn(&page)?;
    if drawn != page {
        repo::write_atomically(&repo::at(PAGE), &drawn, 0o644)?;
    }
    Ok(())
}

pub(super) fn check() -> Result<()> {
    let page = fs::read_to_string(repo::at(PAGE)).with_context(|| format!("can't read {PAGE}"))?;
    if redrawn(&page)? != page {
        bail!("the diagram of the floors in {PAGE} is out of date: run `cargo xtask docs` and commit the result");
    }
    Ok(())
}

fn redrawn(page: &str) -> Result<String> {
    let metadata = run::quiet(run::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    let picture = picture(&crates(&serde_json::from_str(&metadata).context("cargo metadata isn't valid JSON")?));
    let (before, rest) = page.split_once(BEGIN).with_context(|| format!("{PAGE} is missing the line {BEGIN}"))?;
    let (_, after) = rest.split_once(END).with_context(|| format!("{PAGE} is missing the line {END}"))?;
    Ok(format!("{before}{BEGIN}```mermaid\n{picture}```\n{END}{after}"))
}

/// Returns the ledger's crates: those in `ledger/`, and the ones shared with the edge.
fn crates(metadata: &Value) -> Crates {
    let root = metadata["workspace_root"].as_str().unwrap_or_default();
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_ledger = |package: &&Value| {
        let manifest = package["manifest_path"].as_str().and_then(|path| path.strip_prefix(root)).unwrap_or_default();
        manifest.starts_with("/ledger/") || manifest.starts_with("/shared/")
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let all: Vec<&Value> = packages.iter().filter(of_ledger).collect();
    let names: BTreeSet<String> = all.iter().map(|package| text(&package["name"])).collect();
    let mut crates = Crates::new();
    for package in all {
        let direct = package["dependencies"].as_array().into_iter().flatten().filter(|one| one["kind"].is_null());
        let uses = direct.map(|one| text(&one["name"])).filter(|name| names.contains(name)).collect();
        crates.insert(text(&package["name"]), (text(&package["description"]), uses));
    }
    crates
}

/// Draws a Mermaid diagram from the bottom to the top. An arrow is omitted if a longer path implies it.
fn picture(crates: &Crates) -> String {
    let mut text = "flowchart BT\n".to_owned();
    for (name, (description, _)) in crates {
        let words = description.split_once(". ").map_or(description.as_str(), |(first, _)| first);
        let _ = writeln!(text, "    {name}[\"<b>{name}</b><br/>{}\"]", words.trim_end_matches('.').replace('"', "'"));
    }
    for (name, (_, uses)) in crates {
        let implied: BTreeSet<String> = uses.iter().flat_map(|used| below(crates, used)).collect();
        for used in uses.difference(&implied) {
            let _ = writeln!(text, "    {used} --> {name}");
        }
    }
    text
}

/// Returns all direct and indirect dependencies of a crate, without the crate itself.
fn below(crates: &Crates, name: &str) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![name.to_owned()]);
    while let Some(one) = next.pop() {
        for used in crates.get(&one).into_iter().flat_map(|(_, uses)| uses) {
            if found.insert(used.clone()) {
                next.push(used.clone());
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_arrow_that_a_longer_way_says_is_left_out() {
        let uses = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
        let of = |name: &str, names: &[&str]| (name.to_owned(), (format!("{name}s. More."), uses(names)));
        let crates = Crates::from([of("rule", &[]), of("kit", &["rule"]), of("ui", &["kit", "rule"])]);
        let picture = picture(&crates);
        assert!(picture.contains("kit[\"<b>kit</b><br/>kits\"]"), "{picture}");
        assert!(picture.contains("rule --> kit\n") && picture.contains("kit --> ui\n"), "{picture}");
        assert!(!picture.contains("rule --> ui"), "{picture}");
    }
}
