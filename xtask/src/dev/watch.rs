//! `cargo xtask dev --watch`: rebuilds the ledger when its sources change, and restarts it if the build succeeds.
//! Postgres, the edge and the data stay.

use super::settings::Settings;
use super::{Options, parts};
use crate::process::{Interrupt, Notebook, Process};
use crate::{progress, repo};
use anyhow::{Context, Result};
use std::collections::hash_map::DefaultHasher;
use std::fs;
use std::hash::{Hash, Hasher};
use std::path::Path;
use std::time::{Duration, Instant};

/// The sources of the ledger.
const SOURCES: [&str; 6] = ["ledger", "shared", "migrations", ".sqlx", "Cargo.toml", "Cargo.lock"];
/// The ledger reads these files from disk, so they need no build.
const NOT_BUILT: &str = "ledger/assets";
const LOOK_EVERY: Duration = Duration::from_millis(400);

/// Detects changed files by their modification times; reading those of some two thousand files takes milliseconds.
#[derive(Debug)]
pub(super) struct Watch {
    built: u64,
    last: u64,
    next: Instant,
}

impl Watch {
    /// Starts with the current files as the built ones; taken before the build, so that no change gets lost.
    pub(super) fn begin() -> Result<Self> {
        let now = print(&repo::root())?;
        Ok(Self { built: now, last: now, next: Instant::now() + LOOK_EVERY })
    }

    /// Returns whether a build is due. It waits until the files stop changing, as editors and git write several.
    pub(super) fn is_due(&mut self) -> Result<bool> {
        if Instant::now() < self.next {
            return Ok(false);
        }
        self.next = Instant::now() + LOOK_EVERY;
        let (now, before) = (print(&repo::root())?, self.last);
        self.last = now;
        let is_due = now != self.built && now == before;
        if is_due {
            self.built = now;
        }
        Ok(is_due)
    }
}

/// Builds the ledger and replaces the running one. If the build fails, the old one keeps running.
pub(super) fn renew(
    ledger: &mut Option<Process>,
    options: &Options,
    settings: &Settings,
    notebook: &Notebook,
    interrupt: &Interrupt,
) -> Result<()> {
    println!("\nFiles changed");
    let started = Instant::now();
    if let Err(error) = super::build_programs(options) {
        interrupt.check()?;
        let rest = if ledger.is_some() { "the previous ledger is still running" } else { "the ledger isn't running" };
        println!("  {error:#}: {rest}");
        return Ok(());
    }
    interrupt.check()?;
    drop(ledger.take());
    match parts::migrate(settings).and_then(|()| parts::ledger(settings, notebook, interrupt)) {
        Ok(process) => {
            *ledger = Some(process);
            println!("  applied after {}", progress::seconds(started.elapsed()));
        }
        Err(error) => {
            interrupt.check()?;
            println!("  {error:#}\n  The ledger isn't running until the next change.");
        }
    }
    Ok(())
}

/// Returns a hash of all names, lengths and modification times.
fn print(root: &Path) -> Result<u64> {
    let mut files = Vec::new();
    for source in SOURCES {
        collect(&root.join(source), &root.join(NOT_BUILT), &mut files)?;
    }
    files.sort();
    let mut hasher = DefaultHasher::new();
    files.hash(&mut hasher);
    Ok(hasher.finish())
}

fn collect(path: &Path, except: &Path, into: &mut Vec<(String, u64, Option<std::time::SystemTime>)>) -> Result<()> {
    // A file deleted between two checks is a change like any other.
    let Ok(about) = fs::metadata(path) else { return Ok(()) };
    if about.is_file() {
        into.push((path.display().to_string(), about.len(), about.modified().ok()));
    } else if path != except {
        for entry in fs::read_dir(path).with_context(|| format!("can't read {}", path.display()))? {
            let entry = entry?;
            // Editors keep unsaved changes in hidden files. (`.sqlx`, which is in `SOURCES`, isn't affected by this
            // check.)
            if !entry.file_name().to_string_lossy().starts_with('.') {
                collect(&entry.path(), except, into)?;
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::print;
    use std::fs;

    #[test]
    fn a_source_that_changes_is_noticed_and_a_style_sheet_is_not() {
        let root = std::env::temp_dir().join(format!("rekomi-watch-{}", std::process::id()));
        for folder in ["ledger/src", "ledger/assets/css", "shared", "migrations", ".sqlx"] {
            fs::create_dir_all(root.join(folder)).unwrap();
        }
        let begin = print(&root).unwrap();
        fs::write(root.join("ledger/assets/css/base.css"), "a{}").unwrap();
        fs::write(root.join("ledger/src/.page.rs.swp"), "x").unwrap();
        assert_eq!(print(&root).unwrap(), begin, "the ledger reads sheets from the disk");
        fs::write(root.join("ledger/src/page.rs"), "fn a() {}").unwrap();
        let made = print(&root).unwrap();
        fs::write(root.join("ledger/src/page.rs"), "fn abc() {}").unwrap();
        let changed = print(&root).unwrap();
        fs::remove_file(root.join("ledger/src/page.rs")).unwrap();
        assert!(begin != made && made != changed && print(&root).unwrap() == begin);
        fs::write(root.join(".sqlx/query-1.json"), "{}").unwrap();
        assert_ne!(print(&root).unwrap(), begin);
        fs::remove_dir_all(&root).unwrap();
    }
}
