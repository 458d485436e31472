//! A Postgres that is installed on this machine, for the tests that dump: the one from npm has no client programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest version that the ledger runs on.
const OLDEST: u32 = 15;
const PROGRAMS: [&str; 4] = ["postgres", "initdb", "pg_dump", "pg_restore"];

/// The folder with the programs of the newest one.
pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let folders = versions.map(|entry| entry.path().join("bin")).chain(std::env::split_paths(&path));
    let whole = folders.filter(|folder| PROGRAMS.iter().all(|name| folder.join(name).is_file()));
    let known = whole.filter_map(|folder| Some((version(&folder)?, folder)));
    known.filter(|(version, _)| *version >= OLDEST).max().map(|(_, folder)| folder)
}

fn version(folder: &Path) -> Option<u32> {
    let output = Command::new(folder.join("postgres")).arg("--version").output().ok()?;
    major(&String::from_utf8_lossy(&output.stdout))
}

/// The first number of the version in `postgres (PostgreSQL) 18.1 (Debian 18.1-1)`.
fn major(printed: &str) -> Option<u32> {
    let (_, version) = printed.split_once("(PostgreSQL) ")?;
    version.split(|sign: char| !sign.is_ascii_digit()).next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::major;

    #[test]
    fn the_major_version_is_read() {
        assert_eq!(major("postgres (PostgreSQL) 18.1 (Debian 18.1-1.pgdg12+2)\n"), Some(18));
        assert_eq!(major("postgres (PostgreSQL) 19beta1\n"), Some(19));
        assert_eq!(major("bash 5.2"), None);
    }
}
