//! The programs of Postgres: where they are, and how they're run.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use anyhow::{Context, bail};

/// The folders in which packages install versions beside each other, and how the names of the versions begin.
const INSTALLED: [(&str, &str); 3] = [("/usr/lib/postgresql", ""), ("/usr", "pgsql-"), ("/usr/local", "pgsql-")];
/// How much of what a failed program printed is shown.
const LINES_MAX: usize = 6;

#[derive(Debug, Clone)]
pub(super) struct Programs {
    folder: PathBuf,
    /// Such as `18.1`.
    version: String,
}

impl Programs {
    /// Finds the programs: in the given folder, in PATH, or else the newest that are installed. `major` is the only
    /// version that will do.
    pub(super) fn find(given: Option<&Path>, major: Option<u32>) -> anyhow::Result<Self> {
        let folders = match given {
            Some(folder) => vec![folder.to_owned()],
            None => in_path().into_iter().chain(installed()).collect(),
        };
        let mut others = Vec::new();
        for folder in folders {
            let Some(folder) = with_server(&folder) else { continue };
            let programs = Self::at(folder)?;
            if major.is_none_or(|major| major == programs.major()) {
                return Ok(programs);
            }
            others.push(programs.version);
        }
        match (given, major) {
            (_, Some(major)) if !others.is_empty() => {
                bail!("the folder of data is of Postgres {major}, but only {} is here", others.join(", "))
            }
            (Some(folder), _) => bail!("{} has no program postgres", folder.display()),
            (None, _) => bail!("there is no Postgres in PATH or /usr/lib/postgresql"),
        }
    }

    fn at(folder: PathBuf) -> anyhow::Result<Self> {
        let output = Command::new(folder.join("postgres")).arg("--version").output();
        let output = output.with_context(|| format!("can't run {}", folder.join("postgres").display()))?;
        let version = version(&String::from_utf8_lossy(&output.stdout)).map(str::to_owned);
        let version = version.with_context(|| format!("{} has another program postgres", folder.display()))?;
        Ok(Self { folder, version })
    }

    pub(super) fn major(&self) -> u32 {
        major(&self.version)
    }

    /// A program that inherits none of our settings, secrets and connections.
    ///
    /// # Errors
    /// If it isn't installed.
    pub(super) fn command(&self, program: &str) -> anyhow::Result<Command> {
        let path = self.folder.join(program);
        if !path.is_file() {
            bail!("{} has no program {program}", self.folder.display());
        }
        let mut command = Command::new(path);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_private(&name.to_string_lossy())) {
            command.env_remove(name);
        }
        command.env("LC_ALL", "C").env("TZ", "UTC").stdin(Stdio::null());
        Ok(command)
    }
}

impl fmt::Display for Programs {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "version {} from {}", self.version, self.folder.display())
    }
}

/// Runs a program to its end, and returns what it printed as errors and warnings. The program is killed when this is
/// dropped.
pub(super) async fn finish(command: Command) -> anyhow::Result<String> {
    let path = PathBuf::from(command.get_program());
    let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
    let mut command = tokio::process::Command::from(command);
    let output = command.kill_on_drop(true).output().await.with_context(|| format!("can't run {name}"))?;
    let printed = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() {
        bail!("{name} failed: {}", first_lines(&printed));
    }
    Ok(printed)
}

/// The first lines, which name the cause.
pub(super) fn first_lines(text: &str) -> String {
    text.lines().map(str::trim).filter(|line| !line.is_empty()).take(LINES_MAX).collect::<Vec<_>>().join("; ")
}

/// What names our database or secrets, or would change how a program of Postgres connects. `pgbackrest` may fetch WAL
/// while a folder of data recovers, so its own variables stay.
fn is_private(name: &str) -> bool {
    let is_of_postgres = name.starts_with("PG") && !name.starts_with("PGBACKREST");
    is_of_postgres || name.starts_with("REKOMI_") || name.starts_with("DATABASE_")
}

/// The folder itself, links followed, if it has the server. Beside a link there may be none of the other programs.
fn with_server(folder: &Path) -> Option<PathBuf> {
    let server = folder.join("postgres").canonicalize().ok().filter(|path| path.is_file())?;
    server.parent().map(Path::to_owned)
}

fn in_path() -> Vec<PathBuf> {
    std::env::var_os("PATH").map(|path| std::env::split_paths(&path).collect()).unwrap_or_default()
}

/// The folders of the installed versions, the newest first.
fn installed() -> Vec<PathBuf> {
    let mut found: Vec<(u32, PathBuf)> = Vec::new();
    for (parent, prefix) in INSTALLED {
        for entry in fs::read_dir(parent).into_iter().flatten().flatten() {
            let name = entry.file_name().to_string_lossy().into_owned();
            let version = name.strip_prefix(prefix).map_or(0, major);
            if version > 0 {
                found.push((version, entry.path().join("bin")));
            }
        }
    }
    found.sort_by_key(|(version, _)| std::cmp::Reverse(*version));
    found.into_iter().map(|(_, folder)| folder).collect()
}

/// The version in `postgres (PostgreSQL) 18.1 (Debian 18.1-1.pgdg12+2)`.
fn version(printed: &str) -> Option<&str> {
    let (_, rest) = printed.split_once("(PostgreSQL) ")?;
    rest.split_whitespace().next()
}

/// The first number; 0 if there is none.
pub(super) fn major(version: &str) -> u32 {
    let end = version.find(|character: char| !character.is_ascii_digit()).unwrap_or(version.len());
    version[..end].parse().unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_postgres_prints_them() {
        assert_eq!(version("postgres (PostgreSQL) 18.1 (Debian 18.1-1.pgdg12+2)\n"), Some("18.1"));
        assert_eq!(version("postgres (PostgreSQL) 19beta1\n"), Some("19beta1"));
        assert_eq!(version("bash 5.2"), None);
        assert_eq!(["18.1", "19beta1", "9", "bin"].map(major), [18, 19, 9, 0]);
    }

    #[test]
    fn programs_get_none_of_our_secrets() {
        for name in ["REKOMI_LEDGER_KEYS", "DATABASE_OWNER_URL", "PGHOST", "PGPASSWORD"] {
            assert!(is_private(name), "{name}");
        }
        for name in ["PATH", "LD_LIBRARY_PATH", "PGBACKREST_STANZA"] {
            assert!(!is_private(name), "{name}");
        }
    }
}
