//! Remembers what every file contained when everything last passed, and compares.

use crate::repo;
use anyhow::{Context, Result};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

/// The files of the last run in which everything passed.
const GREEN: &str = "target/green.json";
/// Folders at any depth that hold nothing that is tested: output, downloads, and data of `cargo xtask dev`.
const SKIPPED: [&str; 7] = [".git", ".wrangler", "build", "data", "dist", "node_modules", "target"];

/// A digest of each file's content, by its path in the checkout.
pub(super) type Files = BTreeMap<String, String>;

/// Reads the digests of all files of the checkout.
pub(in crate::check) fn now() -> Result<Files> {
    let mut files = Files::new();
    collect(&repo::root(), "", &mut files)?;
    Ok(files)
}

/// Remembers these files as passing, unless one has changed since they were read: then it is unknown which of its versions
/// the tests saw.
pub(in crate::check) fn remember(files: &Files) -> Result<bool> {
    if now()? != *files {
        return Ok(false);
    }
    repo::write_atomically(&repo::at(GREEN), &serde_json::to_string(files)?, 0o644)?;
    Ok(true)
}

/// The files of the last run in which everything passed, if there is one.
pub(super) fn last_green() -> Option<Files> {
    let text = fs::read_to_string(repo::at(GREEN)).ok()?;
    let Value::Object(files) = serde_json::from_str(&text).ok()? else { return None };
    files.into_iter().map(|(path, digest)| Some((path, digest.as_str()?.to_owned()))).collect()
}

/// The files that were added, changed or removed.
pub(super) fn differing(before: &Files, after: &Files) -> Vec<String> {
    let mut paths: Vec<&String> = before.keys().chain(after.keys()).collect();
    paths.sort_unstable();
    paths.dedup();
    paths.into_iter().filter(|path| before.get(*path) != after.get(*path)).cloned().collect()
}

fn collect(folder: &Path, name: &str, into: &mut Files) -> Result<()> {
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let entry = entry?;
        let own = entry.file_name().to_string_lossy().into_owned();
        let path = if name.is_empty() { own.clone() } else { format!("{name}/{own}") };
        // `sqlx.toml` beside a crate is a link, so ask what it leads to.
        let Ok(about) = fs::metadata(entry.path()) else { continue };
        if about.is_dir() {
            if !SKIPPED.contains(&own.as_str()) {
                collect(&entry.path(), &path, into)?;
            }
        } else if about.is_file() && !own.ends_with(".log") {
            let digest = repo::digest(&[&path])?;
            into.insert(path, digest);
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn additions_changes_and_removals_differ() {
        let files = |all: &[(&str, &str)]| {
            all.iter().map(|(path, digest)| ((*path).to_owned(), (*digest).to_owned())).collect::<Files>()
        };
        let before = files(&[("a", "1"), ("b", "1"), ("c", "1")]);
        let after = files(&[("a", "1"), ("b", "2"), ("d", "1")]);
        assert_eq!(differing(&before, &after), ["b", "c", "d"]);
        assert!(differing(&before, &before).is_empty());
    }

    #[test]
    fn sources_are_read_and_output_is_not() {
        let files = now().unwrap();
        for path in ["Cargo.lock", "ledger/ui/sqlx.toml", "migrations/0001_roles.sql", ".ci/run"] {
            assert!(files.contains_key(path), "{path}");
        }
        assert!(!files.keys().any(|path| path.starts_with("target/") || path.starts_with(".git/")));
    }
}
