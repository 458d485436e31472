//! Restores a dump into a new cluster, as `docs/self-hosting/backup.md` says for a real one.

use std::{
    fs::{self, File},
    io::Read,
    path::Path,
};

use anyhow::{Context, bail};

use super::{
    cluster::{Cluster, SUPERUSER},
    programs::finish,
};

/// The name of the restored database.
pub(super) const DATABASE: &str = "rekomi";
/// The role that serves.
pub(super) const APP: &str = "rekomi_app";
const READER: &str = "rekomi_reader";
/// The role that owns the database, with the rights that `rekomi init` gives it: row-level security binds it.
const OWNER: &str = "rekomi_owner";
/// The file with the contents of a dump in directory format, and the first one in tar format.
const CONTENTS: &str = "toc.dat";

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Format {
    /// For `pg_restore`: custom, directory or tar format.
    Archive,
    /// Plain SQL.
    Plain,
}

/// Creates a cluster with the roles that the dump gives rights to, starts it, and restores the dump. Who owned the
/// tables doesn't matter: here it's the owner of the database. Plain SQL names the owners, and only a superuser can give
/// them their tables.
pub(super) async fn restore(cluster: &mut Cluster, dump: &Path, roles: &[String]) -> anyhow::Result<()> {
    let dump = dump.canonicalize().with_context(|| format!("can't open {}", dump.display()))?;
    let format = format(&dump)?;
    cluster.initialize().await?;
    let mut statements = vec![
        format!("create role {OWNER} login createrole"),
        format!("create database {DATABASE} owner {OWNER}"),
        // Migrations of an older backup change the roles, which only the one that created them may.
        format!("set role {OWNER}"),
    ];
    let others = roles.iter().map(String::as_str).filter(|role| *role != OWNER);
    for role in [APP, READER].into_iter().chain(others) {
        statements.push(new_role(role)?);
    }
    cluster.execute(&statements).await?;
    cluster.start().await?;
    let command = match format {
        Format::Plain => {
            let mut psql = cluster.client("psql", SUPERUSER, DATABASE)?;
            // A plain dump can have commands of psql, which must not run as root.
            cluster.as_server(&mut psql);
            psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--output=/dev/null"]);
            psql.stdin(File::open(&dump).with_context(|| format!("can't open {}", dump.display()))?);
            psql
        }
        Format::Archive => {
            // With `--jobs`, row-level security may be on before the foreign keys are checked, which then refuses the
            // owner.
            let mut restore = cluster.client("pg_restore", OWNER, DATABASE)?;
            restore.args(["--no-owner", "--exit-on-error"]).arg(format!("--dbname={DATABASE}")).arg(&dump);
            restore
        }
    };
    finish(command).await.map(drop)
}

fn new_role(name: &str) -> anyhow::Result<String> {
    if name.is_empty() || !name.chars().all(|character| character.is_alphanumeric() || "_-".contains(character)) {
        bail!("{name:?} can't be the name of a role");
    }
    Ok(format!("create role \"{name}\" login nosuperuser nocreatedb nocreaterole noreplication nobypassrls"))
}

fn format(dump: &Path) -> anyhow::Result<Format> {
    if dump.is_dir() {
        if fs::exists(dump.join(CONTENTS)).unwrap_or(false) {
            return Ok(Format::Archive);
        }
        bail!("{} has no {CONTENTS}, so it isn't a dump; a folder of data is given with --data", dump.display());
    }
    let mut head = Vec::new();
    let file = File::open(dump).with_context(|| format!("can't open {}", dump.display()))?;
    file.take(16).read_to_end(&mut head).with_context(|| format!("can't read {}", dump.display()))?;
    format_of(&head).with_context(|| dump.display().to_string())
}

/// The format of a file that begins like this.
fn format_of(head: &[u8]) -> anyhow::Result<Format> {
    const COMPRESSED: [&[u8]; 4] = [b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"\xfd7zXZ", b"BZh"];
    if head.is_empty() {
        bail!("the file is empty");
    }
    if COMPRESSED.iter().any(|magic| head.starts_with(magic)) {
        bail!("the file is compressed: unpack it first, or dump in custom format, which is compressed, too");
    }
    let is_archive = head.starts_with(b"PGDMP") || head.starts_with(CONTENTS.as_bytes());
    Ok(if is_archive { Format::Archive } else { Format::Plain })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_known_by_its_beginning() {
        for (head, format) in [
            (b"PGDMP\x01\x10".as_slice(), Format::Archive),
            (b"toc.dat\0\0".as_slice(), Format::Archive),
            (b"--\n-- PostgreSQL".as_slice(), Format::Plain),
        ] {
            assert_eq!(format_of(head).unwrap(), format, "{head:?}");
        }
        for (head, reason) in [(b"".as_slice(), "empty"), (b"\x1f\x8b\x08".as_slice(), "unpack it")] {
            assert!(format!("{:#}", format_of(head).unwrap_err()).contains(reason), "{head:?}");
        }
    }

    #[test]
    fn names_of_roles_cant_be_statements() {
        assert!(new_role("team_reports").unwrap().starts_with("create role \"team_reports\" login"));
        for name in ["", "a\"; drop", "a b"] {
            assert!(new_role(name).is_err(), "{name:?}");
        }
    }
}
