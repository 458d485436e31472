//! `cargo xtask deny`: checks licenses, duplicates and sources of every crate by the rules of deny.toml, and known
//! vulnerabilities.
//!
//! deny.toml is cargo-deny's own file. No registry has a current build of cargo-deny, and compiling it takes minutes on
//! a fresh machine, so the rules used in deny.toml are checked here, with `cargo metadata`; where cargo-deny is
//! installed, it runs as well.

pub(crate) mod advisories;
pub(crate) mod graph;
mod policy;
mod spdx;

use crate::{notices, progress, repo, run};
use anyhow::{Result, bail};
use clap::Args;
use graph::{Graph, Package};
use policy::Policy;
use std::collections::{BTreeMap, BTreeSet};

pub(crate) use spdx::satisfied;

#[derive(Debug, Args)]
pub(crate) struct Options {}

pub(crate) fn run(_: &Options) -> Result<()> {
    let step = progress::loud_step("licenses, duplicates, sources, notices");
    check()?;
    step.done("fine");
    let step = progress::loud_step("advisories");
    match advisories::check()? {
        advisories::Verdict::Clean(message) => step.done(&message),
        advisories::Verdict::Skipped(why) => step.done(&format!("SKIPPED: {why}")),
    }
    Ok(())
}

/// The platforms whose crates are checked.
pub(crate) fn targets() -> Result<Vec<String>> {
    Ok(Policy::read()?.targets)
}

/// Checks everything but advisories, which need a database that a machine may not have.
///
/// # Errors
/// One line per crate that breaks a rule.
pub(crate) fn check() -> Result<()> {
    let policy = Policy::read()?;
    let graph = Graph::read(&policy.targets)?;
    let mut found = Vec::new();
    found.extend(licenses(&policy, &graph.packages));
    found.extend(bans(&policy, &graph.packages));
    found.extend(sources(&policy, &graph.packages));
    if !found.is_empty() {
        bail!("{} violations of deny.toml:\n  {}", found.len(), found.join("\n  "));
    }
    println!("  {} crates comply with deny.toml", graph.packages.len());
    notices::check(&graph)?;
    if repo::which("cargo-deny").is_some() {
        run::loud(run::cargo().args(["deny", "check", "licenses", "bans", "sources"]))?;
    }
    Ok(())
}

/// Finds packages whose license expression isn't satisfied by the allowed licenses.
fn licenses(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut broken = Vec::new();
    for package in packages {
        let Some(expression) = &package.license else {
            broken.push(format!("{package}: has no license"));
            continue;
        };
        let allowed = |license: &str| policy.allows(&package.name, license);
        match satisfied(expression, allowed) {
            Ok(true) => {}
            Ok(false) => broken.push(format!("{package}: the license {expression} isn't allowed")),
            Err(why) => broken.push(format!("{package}: can't read the license {expression}: {why}")),
        }
    }
    let idle = |name: &&String| !packages.iter().any(|package| package.name == **name);
    broken.extend(policy.excepted().filter(idle).map(|name| format!("licenses.exceptions: {name} isn't in use")));
    broken
}

/// Finds banned crates, and crates in two versions without a reason in deny.toml.
fn bans(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let mut broken: Vec<String> = Vec::new();
    let mut versions: BTreeMap<&str, BTreeSet<&semver::Version>> = BTreeMap::new();
    for package in packages {
        versions.entry(&package.name).or_default().insert(&package.version);
        if let Some(reason) = policy.banned.get(&package.name) {
            broken.push(format!("{package}: banned ({reason})"));
        }
    }
    for (name, found) in &versions {
        let counted: Vec<String> =
            found.iter().filter(|version| !policy.skips(name, version)).map(ToString::to_string).collect();
        if counted.len() > 1 {
            broken.push(format!("{name}: several versions: {}", counted.join(" and ")));
        }
    }
    for skip in &policy.skipped {
        let twice = versions.get(skip.name.as_str()).is_some_and(|found| found.len() > 1);
        let there = packages.iter().any(|package| package.name == skip.name && skip.version.matches(&package.version));
        if !(twice && there) {
            broken.push(format!("bans.skip: {}@{} is no longer a duplicate", skip.name, skip.version));
        }
    }
    broken
}

/// Finds packages from other sources than the allowed registries. Our own have no source.
fn sources(policy: &Policy, packages: &[Package]) -> Vec<String> {
    let foreign = |package: &&Package| {
        let Some(source) = &package.source else { return false };
        !policy.registries.iter().any(|allowed| source.strip_prefix("registry+") == Some(allowed))
    };
    let named = |package: &Package| {
        format!("{package}: the source {} isn't allowed", package.source.as_deref().unwrap_or_default())
    };
    packages.iter().filter(foreign).map(named).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const POLICY: &str = r#"
        [graph]
        targets = ["x86_64-unknown-linux-gnu"]
        [licenses]
        allow = ["Apache-2.0", "MIT"]
        exceptions = [{ crate = "roots", allow = ["CDLA-Permissive-2.0"] }]
        [bans]
        multiple-versions = "deny"
        deny = [{ crate = "openssl", reason = "rustls only" }]
        skip = [{ crate = "base64@^0.21", reason = "an old user" }]
        [sources]
        unknown-registry = "deny"
        unknown-git = "deny"
        allow-registry = ["https://github.com/rust-lang/crates.io-index"]
    "#;

    fn package(name: &str, version: &str, license: &str) -> Package {
        Package {
            name: name.to_owned(),
            version: version.parse().unwrap(),
            license: Some(license.to_owned()),
            source: Some("registry+https://github.com/rust-lang/crates.io-index".to_owned()),
            ..Package::default()
        }
    }

    fn good() -> Vec<Package> {
        vec![
            package("roots", "1.0.0", "CDLA-Permissive-2.0"),
            package("base64", "0.21.7", "MIT/Apache-2.0"),
            package("base64", "0.22.1", "MIT OR GPL-3.0"),
        ]
    }

    fn broken(packages: &[Package]) -> Vec<String> {
        let policy = Policy::parse(POLICY).unwrap();
        [licenses(&policy, packages), bans(&policy, packages), sources(&policy, packages)].concat()
    }

    #[test]
    fn what_follows_the_rules_passes() {
        assert_eq!(broken(&good()), Vec::<String>::new());
    }

    #[test]
    fn each_broken_rule_is_named() {
        let with = |extra: Package| broken(&[good(), vec![extra]].concat());
        assert_eq!(with(package("copyleft", "1.0.0", "GPL-3.0")).len(), 1);
        assert_eq!(with(package("other", "1.0.0", "CDLA-Permissive-2.0")).len(), 1, "an exception is for one crate");
        assert_eq!(with(Package { license: None, ..package("bare", "1.0.0", "MIT") }).len(), 1);
        assert_eq!(with(package("openssl", "0.10.1", "MIT")), ["openssl 0.10.1: banned (rustls only)"]);
        assert_eq!(with(package("base64", "0.23.0", "MIT")), ["base64: several versions: 0.22.1 and 0.23.0"]);
        let git = Package { source: Some("git+https://example.com/x".to_owned()), ..package("x", "1.0.0", "MIT") };
        assert_eq!(with(git), ["x 1.0.0: the source git+https://example.com/x isn't allowed"]);
    }

    #[test]
    fn an_exception_that_nothing_needs_is_named() {
        let one = [package("base64", "0.22.1", "MIT")];
        let message = broken(&one);
        assert_eq!(message.len(), 2, "{message:?}");
        assert!(message[0].contains("roots") && message[1].contains("base64@^0.21"), "{message:?}");
    }
}
