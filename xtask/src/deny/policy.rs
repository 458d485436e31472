//! Reads the part of deny.toml that we use. An unknown key is an error: a rule that nothing checks is worse than none.

use crate::repo;
use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde_json::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

const FILE: &str = "deny.toml";

/// Every known key, with its only valid value where it has one.
const KNOWN: [(&str, &str, Option<&str>); 13] = [
    ("graph", "targets", None),
    ("advisories", "ignore", None),
    ("advisories", "unmaintained", Some("workspace")),
    ("advisories", "yanked", Some("warn")),
    ("licenses", "allow", None),
    ("licenses", "exceptions", None),
    ("bans", "multiple-versions", Some("deny")),
    ("bans", "wildcards", Some("allow")),
    ("bans", "deny", None),
    ("bans", "skip", None),
    ("sources", "unknown-registry", Some("deny")),
    ("sources", "unknown-git", Some("deny")),
    ("sources", "allow-registry", None),
];

/// The rules of deny.toml.
#[derive(Debug)]
pub(super) struct Policy {
    /// The platforms whose crates are checked.
    pub(super) targets: Vec<String>,
    allowed: BTreeSet<String>,
    /// Additional licenses allowed for single crates, by crate.
    exceptions: BTreeMap<String, BTreeSet<String>>,
    /// Crates that may not be used, with the reason.
    pub(super) banned: BTreeMap<String, String>,
    pub(super) skipped: Vec<Skip>,
    pub(super) registries: Vec<String>,
    /// Advisories that don't affect us.
    pub(super) ignored: BTreeSet<String>,
}

/// A version that may be used in addition to another one.
#[derive(Debug)]
pub(super) struct Skip {
    pub(super) name: String,
    pub(super) version: VersionReq,
}

impl Policy {
    pub(super) fn read() -> Result<Self> {
        let text = fs::read_to_string(repo::at(FILE)).with_context(|| format!("can't read {FILE}"))?;
        Self::parse(&text).with_context(|| format!("{FILE} isn't understood"))
    }

    pub(super) fn parse(text: &str) -> Result<Self> {
        let file: Value = basic_toml::from_str(text)?;
        refuse_unknown(&file)?;
        let mut exceptions = BTreeMap::new();
        for one in list(&file["licenses"]["exceptions"]) {
            exceptions.insert(text_of(&one["crate"])?, texts(&one["allow"])?.into_iter().collect());
        }
        let mut banned = BTreeMap::new();
        for one in list(&file["bans"]["deny"]) {
            banned.insert(text_of(&one["crate"])?, text_of(&one["reason"])?);
        }
        let mut skipped = Vec::new();
        for one in list(&file["bans"]["skip"]) {
            let (crate_, _reason) = (text_of(&one["crate"])?, text_of(&one["reason"])?);
            let (name, version) = crate_.split_once('@').with_context(|| format!("{crate_} has no version"))?;
            skipped.push(Skip { name: name.to_owned(), version: version.parse()? });
        }
        let mut ignored = BTreeSet::new();
        for one in list(&file["advisories"]["ignore"]) {
            let _reason = text_of(&one["reason"])?;
            ignored.insert(text_of(&one["id"])?);
        }
        Ok(Self {
            targets: texts(&file["graph"]["targets"])?,
            allowed: texts(&file["licenses"]["allow"])?.into_iter().collect(),
            exceptions,
            banned,
            skipped,
            registries: texts(&file["sources"]["allow-registry"])?,
            ignored,
        })
    }

    pub(super) fn allows(&self, name: &str, license: &str) -> bool {
        self.allowed.contains(license) || self.exceptions.get(name).is_some_and(|more| more.contains(license))
    }

    /// The crates with additional licenses.
    pub(super) fn excepted(&self) -> impl Iterator<Item = &String> {
        self.exceptions.keys()
    }

    pub(super) fn skips(&self, name: &str, version: &Version) -> bool {
        self.skipped.iter().any(|skip| skip.name == name && skip.version.matches(version))
    }
}

fn refuse_unknown(file: &Value) -> Result<()> {
    for (section, keys) in file.as_object().into_iter().flatten() {
        for (key, value) in keys.as_object().into_iter().flatten() {
            let known = KNOWN.iter().find(|(in_section, name, _)| in_section == section && name == key);
            let Some((_, _, only)) = known else { bail!("[{section}] {key}: `cargo xtask deny` doesn't support this") };
            if only.is_some_and(|only| value != only) {
                bail!("[{section}] {key}: only {:?} is supported", only.unwrap_or_default());
            }
        }
    }
    Ok(())
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().into_iter().flatten()
}

fn texts(value: &Value) -> Result<Vec<String>> {
    list(value).map(text_of).collect()
}

fn text_of(value: &Value) -> Result<String> {
    value.as_str().map(str::to_owned).with_context(|| format!("{value} must be a string, next to a reason"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_rule_that_nothing_checks_is_refused() {
        for text in ["[licenses]\nconfidence-threshold = 0.9", "[bans]\nmultiple-versions = \"warn\"", "[other]\na = 1"]
        {
            assert!(Policy::parse(text).is_err(), "{text}");
        }
        assert!(Policy::parse("[bans]\nskip = [{ crate = \"a@^1\" }]").is_err(), "an exception has a reason");
    }

    #[test]
    fn the_committed_file_is_understood() {
        let policy = Policy::read().unwrap();
        assert!(policy.allows("any", "Apache-2.0") && !policy.allows("any", "GPL-3.0-only"));
    }
}
