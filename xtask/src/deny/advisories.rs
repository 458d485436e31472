//! Checks for known vulnerabilities in RustSec's database.
//!
//! The database is a git repository and isn't in any registry: it is fetched into `target/` where the network allows
//! it, or read from the folder that `REKOMI_ADVISORY_DB` names. A machine that has neither reports this instead of
//! passing.

use super::policy::Policy;
use crate::repo;
use anyhow::{Context, Result, bail};
use semver::{Version, VersionReq};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

const ADDRESS: &str = "https://github.com/RustSec/advisory-db";
const FOLDER: &str = "target/advisory-db";
const VARIABLE: &str = "REKOMI_ADVISORY_DB";
/// The maximum age of a fetched database before it is fetched again.
const FRESH: Duration = Duration::from_secs(24 * 3_600);
/// The time limit of the fetch, so that a machine without network fails soon.
const PATIENCE: Duration = Duration::from_secs(20);

/// The result of the check.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// No crate is vulnerable; the text says what was checked.
    Clean(String),
    /// Nothing was checked; the text says why.
    Skipped(String),
}

/// # Errors
/// One line per vulnerable crate; or an error where the database can't be read.
pub(crate) fn check() -> Result<Verdict> {
    let (folder, age) = match named()? {
        Some(folder) => (folder, format!("from {VARIABLE}")),
        None => match fetched() {
            Ok(found) => found,
            Err(why) => return Ok(Verdict::Skipped(format!("no advisory database ({why:#})"))),
        },
    };
    let ignored = Policy::read()?.ignored;
    let lock = fs::read_to_string(repo::at("Cargo.lock")).context("can't read Cargo.lock")?;
    let (mut broken, mut looked_at) = (Vec::new(), 0);
    for (name, version) in locked(&lock)? {
        for advisory in of(&folder, &name)? {
            looked_at += 1;
            if !advisory.concerns(&version) || ignored.contains(&advisory.id) {
                continue;
            }
            let message = format!("{name} {version}: {} {}", advisory.id, advisory.title);
            if advisory.is_notice {
                println!("  note: {message}");
            } else {
                broken.push(message);
            }
        }
    }
    if !broken.is_empty() {
        bail!("{} crates are vulnerable:\n  {}", broken.len(), broken.join("\n  "));
    }
    Ok(Verdict::Clean(format!("{looked_at} advisories checked, database {age}")))
}

/// The copy that the environment variable names.
fn named() -> Result<Option<PathBuf>> {
    let Some(folder) = std::env::var_os(VARIABLE).map(PathBuf::from) else { return Ok(None) };
    if !folder.join("crates").is_dir() {
        bail!("{VARIABLE} must be a folder with a copy of {ADDRESS}");
    }
    Ok(Some(folder))
}

/// Our own copy, and its age.
fn fetched() -> Result<(PathBuf, String)> {
    let folder = repo::at(FOLDER);
    let stamp = folder.join(".git/rekomi-fetched");
    let age = || fs::metadata(&stamp).ok()?.modified().ok()?.elapsed().ok();
    if age().is_none_or(|age| age > FRESH) {
        match fetch(&folder) {
            Ok(()) => fs::write(&stamp, "")?,
            Err(why) if age().is_some() => println!("  the advisory database couldn't be updated ({why:#})"),
            Err(why) => return Err(why),
        }
    }
    let hours = age().map_or(0, |age| age.as_secs() / 3_600);
    Ok((folder, format!("downloaded {hours} h ago")))
}

fn fetch(folder: &Path) -> Result<()> {
    if repo::which("git").is_none() {
        bail!("git isn't installed");
    }
    let fresh = folder.with_extension("new");
    let _ = fs::remove_dir_all(&fresh);
    let mut git = Command::new("git");
    git.args(["clone", "--quiet", "--depth", "1", ADDRESS]).arg(&fresh).env("GIT_TERMINAL_PROMPT", "0");
    in_time(&mut git)?;
    let _ = fs::remove_dir_all(folder);
    fs::rename(&fresh, folder).context("can't save the advisory database")
}

/// Runs a command silently, and ends it if it takes too long.
fn in_time(command: &mut Command) -> Result<()> {
    let mut child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let started = Instant::now();
    loop {
        match child.try_wait()? {
            Some(status) if status.success() => return Ok(()),
            Some(_) => bail!("can't download {ADDRESS}"),
            None if started.elapsed() > PATIENCE => {
                let _ = child.kill();
                let _ = child.wait();
                bail!("can't download {ADDRESS} within {} s", PATIENCE.as_secs());
            }
            None => thread::sleep(Duration::from_millis(50)),
        }
    }
}

/// Returns the crates from registries, with their versions.
fn locked(lock: &str) -> Result<Vec<(String, Version)>> {
    let lock: Value = basic_toml::from_str(lock).context("can't parse Cargo.lock")?;
    let packages = lock["package"].as_array().into_iter().flatten().filter(|package| package["source"].is_string());
    let read = |package: &Value| {
        let text = |name: &str| package[name].as_str().unwrap_or_default().to_owned();
        Ok((text("name"), text("version").parse()?))
    };
    packages.map(read).collect()
}

/// One entry of the database.
#[derive(Debug)]
struct Advisory {
    id: String,
    title: String,
    /// It is a notice about the crate, such as that it is unmaintained, and not a vulnerability.
    is_notice: bool,
    is_withdrawn: bool,
    /// Versions that it doesn't affect.
    safe: Vec<VersionReq>,
}

impl Advisory {
    fn concerns(&self, version: &Version) -> bool {
        !self.is_withdrawn && !self.safe.iter().any(|safe| safe.matches(version))
    }

    /// Parses a file: TOML between fences, then the title as a heading.
    fn parse(text: &str) -> Result<Self> {
        let (_, rest) = text.split_once("```toml").context("it contains no TOML")?;
        let (head, body) = rest.split_once("```").context("its TOML isn't closed")?;
        let head: Value = basic_toml::from_str(head)?;
        let versions = |name: &str| -> Result<Vec<VersionReq>> {
            let list = head["versions"][name].as_array().into_iter().flatten();
            list.map(|one| Ok(one.as_str().unwrap_or_default().parse()?)).collect()
        };
        let kind = head["advisory"]["informational"].as_str();
        Ok(Self {
            id: head["advisory"]["id"].as_str().context("it has no ID")?.to_owned(),
            title: body.lines().find_map(|line| line.strip_prefix("# ")).unwrap_or_default().to_owned(),
            is_notice: matches!(kind, Some("unmaintained" | "notice")),
            is_withdrawn: head["advisory"]["withdrawn"].is_string(),
            safe: [versions("patched")?, versions("unaffected")?].concat(),
        })
    }
}

fn of(database: &Path, name: &str) -> Result<Vec<Advisory>> {
    let Ok(entries) = fs::read_dir(database.join("crates").join(name)) else { return Ok(Vec::new()) };
    let files = entries.flatten().map(|entry| entry.path());
    files
        .filter(|file| file.extension().is_some_and(|ending| ending == "md"))
        .map(|file| {
            let text = fs::read_to_string(&file)?;
            Advisory::parse(&text).with_context(|| format!("can't read {}", file.display()))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "```toml\n[advisory]\nid = \"RUSTSEC-2026-0001\"\npackage = \"x\"\n\n[versions]\npatched = [\">= 1.2.3\", \"^0.9.5\"]\nunaffected = [\"< 0.9\"]\n```\n\n# It breaks\n\nWords.\n";

    #[test]
    fn versions_before_the_mended_ones_are_vulnerable() {
        let advisory = Advisory::parse(TEXT).unwrap();
        assert_eq!((advisory.id.as_str(), advisory.title.as_str()), ("RUSTSEC-2026-0001", "It breaks"));
        let concerns = |version: &str| advisory.concerns(&version.parse().unwrap());
        assert!(concerns("0.9.4") && concerns("1.0.0") && concerns("1.2.2"));
        assert!(!concerns("0.8.9") && !concerns("0.9.5") && !concerns("1.2.3"));
        assert!(!advisory.is_notice);
    }

    #[test]
    fn what_was_withdrawn_or_is_a_notice_is_no_vulnerability() {
        let with =
            |line: &str| Advisory::parse(&TEXT.replacen("\n\n[versions]", &format!("\n{line}\n\n[versions]"), 1));
        assert!(!with("withdrawn = \"2026-01-02\"").unwrap().concerns(&Version::new(1, 0, 0)));
        assert!(with("informational = \"unmaintained\"").unwrap().is_notice);
        assert!(!with("informational = \"unsound\"").unwrap().is_notice);
        assert!(Advisory::parse("# Nothing").is_err());
    }

    #[test]
    fn our_own_crates_are_not_looked_up() {
        let lock = "version = 4\n[[package]]\nname = \"own\"\nversion = \"0.1.0\"\n\n[[package]]\nname = \"theirs\"\nversion = \"1.0.0\"\nsource = \"registry+https://x\"\n";
        assert_eq!(locked(lock).unwrap(), [("theirs".to_owned(), Version::new(1, 0, 0))]);
    }
}
