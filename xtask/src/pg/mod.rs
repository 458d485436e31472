//! Runs a real Postgres without an installation: the programs come from npm, and a cluster is a folder.
//!
//! Postgres refuses to run as root, so root switches to `nobody`; where that user can't read the checkout (it may be
//! under /root), programs and clusters are in a separate folder under /var/tmp.

mod cluster;
pub(crate) mod installed;
pub(crate) mod private;

pub(crate) use cluster::{Cluster, Spec};

use crate::setup::node::{self, Node};
use crate::{repo, run};
use anyhow::{Context, Result, bail};
use nix::unistd::{Gid, Uid, User, geteuid};
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The programs, their user and their folder.
#[derive(Debug, Clone)]
pub(crate) struct Postgres {
    package: PathBuf,
    /// The programs' folder, where they aren't those of the package.
    installed: Option<PathBuf>,
    user: Option<(Uid, Gid)>,
    home: PathBuf,
}

pub(crate) fn ensure(node: &Node) -> Result<Postgres> {
    let here = Postgres { package: node.postgres(), installed: None, user: unprivileged(), home: repo::at("target") };
    fs::create_dir_all(&here.home)?;
    if here.works() {
        return Ok(here);
    }
    if here.user.is_none() {
        bail!(
            "the Postgres from npm doesn't run on this machine ({}): set DATABASE_URL to your own",
            here.package.display()
        );
    }
    let base = if Path::new("/var/tmp").is_dir() { PathBuf::from("/var/tmp") } else { std::env::temp_dir() };
    let home = base.join(format!("rekomi-{}", repo::fingerprint()));
    let there = Postgres { package: home.join("postgres"), home, ..here.clone() };
    claim(&there.home)?;
    there.adopt(&here.package)?;
    if !there.works() {
        bail!("Postgres can't run as an unprivileged user here: run this as a non-root user, or set DATABASE_URL");
    }
    Ok(there)
}

/// The Postgres in a folder, which has Citus.
pub(crate) fn with_citus(node: &Node, folder: &Path) -> Result<Postgres> {
    let programs = fs::canonicalize(folder.join("bin"))
        .with_context(|| format!("{} isn't the folder of a Postgres: it has no bin/", folder.display()))?;
    let postgres = Postgres { installed: Some(programs), ..ensure(node)? };
    if !postgres.works() {
        bail!("the Postgres in {} doesn't run here: everyone must be able to read its folder", folder.display());
    }
    Ok(postgres)
}

impl Postgres {
    /// The folder of the cluster with that name.
    pub(crate) fn data(&self, name: &str) -> PathBuf {
        self.folder(name).join("pg")
    }

    pub(crate) fn folder(&self, name: &str) -> PathBuf {
        self.home.join(name)
    }

    /// The folder of the programs, for a test that starts its own Postgres.
    pub(crate) fn programs(&self) -> PathBuf {
        self.installed.clone().unwrap_or_else(|| self.package.join("native/bin"))
    }

    /// The user id that Postgres runs as, if it isn't ours.
    pub(crate) fn user_id(&self) -> Option<u32> {
        self.user.map(|(uid, _)| uid.as_raw())
    }

    fn command(&self, program: &str) -> Command {
        let mut command = Command::new(self.programs().join(program));
        if let Some((uid, gid)) = self.user {
            command.uid(uid.as_raw()).gid(gid.as_raw());
        }
        // Postgres must not start in a folder that its user can't read.
        command.current_dir(&self.home);
        for name in ["PGDATA", "PGPORT", "PGHOST", "PGUSER", "PGOPTIONS"] {
            command.env_remove(name);
        }
        command.env("HOME", &self.home).env("LC_ALL", "C").env("TZ", "UTC");
        command
    }

    fn works(&self) -> bool {
        run::quiet(self.command("postgres").arg("--version")).is_ok()
    }

    fn give(&self, path: &Path) -> Result<()> {
        let Some((uid, gid)) = self.user else { return Ok(()) };
        std::os::unix::fs::chown(path, Some(uid.as_raw()), Some(gid.as_raw()))
            .with_context(|| format!("can't give {} to an unprivileged user", path.display()))
    }

    /// Copies the programs to our own folder, unless the same version is already there.
    fn adopt(&self, package: &Path) -> Result<()> {
        let version =
            fs::read_to_string(package.join("package.json")).context("the Postgres npm package is incomplete")?;
        if fs::read_to_string(self.package.join("package.json")).is_ok_and(|copied| copied == version) {
            return Ok(());
        }
        copy(package, &self.package)?;
        node::link_libraries(&self.package)
    }
}

fn unprivileged() -> Option<(Uid, Gid)> {
    if !geteuid().is_root() {
        return None;
    }
    let nobody = User::from_name("nobody").ok().flatten();
    Some(nobody.map_or((Uid::from_raw(65534), Gid::from_raw(65534)), |user| (user.uid, user.gid)))
}

/// Creates our folder in a shared one; fails if another user created it before.
fn claim(home: &Path) -> Result<()> {
    if fs::create_dir(home).is_err() {
        let meta = home.symlink_metadata().with_context(|| format!("can't create {}", home.display()))?;
        if !meta.is_dir() || meta.uid() != geteuid().as_raw() {
            bail!("{} belongs to another user: delete it, then try again", home.display());
        }
    }
    fs::set_permissions(home, fs::Permissions::from_mode(0o755))
        .with_context(|| format!("can't open {}", home.display()))
}

/// Copies files and folders, readable for everyone; symbolic links are skipped (`link_libraries` creates them).
fn copy(from: &Path, to: &Path) -> Result<()> {
    let meta = from.symlink_metadata()?;
    if meta.is_dir() {
        fs::create_dir_all(to).with_context(|| format!("can't create {}", to.display()))?;
        fs::set_permissions(to, fs::Permissions::from_mode(0o755))?;
        let mut entries: Vec<_> = fs::read_dir(from)?.collect::<Result<_, _>>()?;
        // package.json marks the copy as complete, so it is copied last.
        entries.sort_by_key(|entry| entry.file_name() == "package.json");
        for entry in entries {
            copy(&entry.path(), &to.join(entry.file_name()))?;
        }
    } else if meta.is_file() {
        fs::copy(from, to).with_context(|| format!("can't copy to {}", to.display()))?;
        let mode = if meta.permissions().mode() & 0o100 == 0 { 0o644 } else { 0o755 };
        fs::set_permissions(to, fs::Permissions::from_mode(mode))?;
    }
    Ok(())
}
