//! Reads every crate that a build may use from `cargo metadata`, for the platforms we ship for.

use crate::run;
use anyhow::{Context, Result};
use semver::Version;
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::path::PathBuf;

/// A crate.
#[derive(Debug, Clone)]
pub(crate) struct Package {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) version: Version,
    pub(crate) license: Option<String>,
    /// Its source; `None` for our own crates.
    pub(crate) source: Option<String>,
    pub(crate) folder: PathBuf,
    pub(crate) repository: Option<String>,
    pub(crate) authors: Vec<String>,
    /// A procedural macro: it runs during a build and isn't part of a program.
    pub(crate) is_macro: bool,
}

/// All crates and their dependencies.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Sorted by name and version.
    pub(crate) packages: Vec<Package>,
    /// By id: the crates that are linked into it.
    linked: BTreeMap<String, Vec<String>>,
}

impl Graph {
    pub(crate) fn read(targets: &[String]) -> Result<Self> {
        let mut cargo = run::cargo();
        cargo.args(["metadata", "--format-version", "1", "--locked"]);
        for target in targets {
            cargo.args(["--filter-platform", target]);
        }
        let metadata: Value = serde_json::from_str(&run::quiet(&mut cargo)?)?;
        Self::of(&metadata)
    }

    fn of(metadata: &Value) -> Result<Self> {
        let packages = metadata["packages"].as_array().context("cargo metadata lists no packages")?;
        let nodes = metadata["resolve"]["nodes"].as_array().context("cargo metadata lists no dependencies")?;
        let linked: BTreeMap<String, Vec<String>> =
            nodes.iter().filter_map(|node| Some((node["id"].as_str()?.to_owned(), linked(node)))).collect();
        let mut packages = packages.iter().map(package).collect::<Result<Vec<_>>>()?;
        packages.retain(|package| linked.contains_key(&package.id));
        packages.sort_by(|a, b| (&a.name, &a.version).cmp(&(&b.name, &b.version)));
        Ok(Self { packages, linked })
    }

    /// Returns third-party crates that are linked into these programs of ours.
    pub(crate) fn shipped(&self, programs: &[&str]) -> Vec<&Package> {
        let own = |package: &&Package| package.source.is_none() && programs.contains(&package.name.as_str());
        let mut open: Vec<&str> = self.packages.iter().filter(own).map(|package| package.id.as_str()).collect();
        let macros: BTreeSet<&str> =
            self.packages.iter().filter(|package| package.is_macro).map(|package| package.id.as_str()).collect();
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        while let Some(id) = open.pop() {
            if !macros.contains(id) && seen.insert(id) {
                open.extend(self.linked.get(id).into_iter().flatten().map(String::as_str));
            }
        }
        self.packages.iter().filter(|package| package.source.is_some() && seen.contains(package.id.as_str())).collect()
    }
}

/// Returns a package's normal dependencies, without those of its tests or its build script.
fn linked(node: &Value) -> Vec<String> {
    let plain = |dependency: &&Value| {
        dependency["dep_kinds"].as_array().into_iter().flatten().any(|kind| kind["kind"].is_null())
    };
    let dependencies = node["deps"].as_array().into_iter().flatten();
    dependencies.filter(plain).filter_map(|dependency| dependency["pkg"].as_str().map(str::to_owned)).collect()
}

fn package(value: &Value) -> Result<Package> {
    let text = |name: &str| value[name].as_str().map(str::to_owned);
    let need = |name: &'static str| text(name).with_context(|| format!("cargo metadata: a package has no {name}"));
    let is_macro = |target: &Value| {
        target["kind"].as_array().into_iter().flatten().any(|kind| kind.as_str() == Some("proc-macro"))
    };
    let manifest = PathBuf::from(need("manifest_path")?);
    Ok(Package {
        id: need("id")?,
        name: need("name")?,
        version: need("version")?.parse()?,
        license: text("license"),
        source: text("source"),
        folder: manifest.parent().map(PathBuf::from).unwrap_or_default(),
        repository: text("repository"),
        authors: value["authors"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Some(one.as_str()?.to_owned()))
            .collect(),
        is_macro: value["targets"].as_array().into_iter().flatten().any(is_macro),
    })
}

impl Default for Package {
    fn default() -> Self {
        Self {
            id: String::new(),
            name: String::new(),
            version: Version::new(0, 0, 0),
            license: None,
            source: None,
            folder: PathBuf::new(),
            repository: None,
            authors: Vec::new(),
            is_macro: false,
        }
    }
}

impl fmt::Display for Package {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn named(name: &str, source: Option<&str>, kind: &str) -> Value {
        json!({"id": name, "name": name, "version": "1.0.0", "license": "MIT", "source": source,
               "manifest_path": format!("/x/{name}/Cargo.toml"), "authors": [], "targets": [{"kind": [kind]}]})
    }

    fn uses(id: &str, deps: &[(&str, Value)]) -> Value {
        let deps: Vec<Value> =
            deps.iter().map(|(pkg, kind)| json!({"pkg": pkg, "dep_kinds": [{"kind": kind}]})).collect();
        json!({"id": id, "deps": deps})
    }

    #[test]
    fn what_only_builds_and_tests_use_is_not_shipped() {
        let theirs = Some("registry+x");
        let metadata = json!({
            "packages": [named("ledger", None, "bin"), named("library", theirs, "lib"), named("deeper", theirs, "lib"),
                         named("derive", theirs, "proc-macro"), named("syntax", theirs, "lib"),
                         named("tester", theirs, "lib"), named("builder", theirs, "lib")],
            "resolve": {"nodes": [
                uses("ledger", &[("library", json!(null)), ("derive", json!(null)), ("tester", json!("dev")),
                                 ("builder", json!("build"))]),
                uses("library", &[("deeper", json!(null))]), uses("derive", &[("syntax", json!(null))]),
                uses("deeper", &[]), uses("syntax", &[]), uses("tester", &[]), uses("builder", &[])]},
        });
        let graph = Graph::of(&metadata).unwrap();
        let names: Vec<&str> = graph.shipped(&["ledger"]).iter().map(|package| package.name.as_str()).collect();
        assert_eq!(names, ["deeper", "library"]);
        assert_eq!(graph.packages.len(), 7);
    }
}
