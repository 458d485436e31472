//! A Postgres cluster: created once, started on a local port, stopped when dropped.

use super::Postgres;
use crate::process::{Interrupt, Process};
use crate::{http, run};
use anyhow::{Context, Result, bail};
use nix::sys::signal::Signal;
use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::Duration;

#[derive(Debug)]
pub(crate) struct Spec<'a> {
    /// The cluster's folder.
    pub(crate) data: &'a Path,
    pub(crate) port: u16,
    pub(crate) password: &'a str,
    pub(crate) settings: &'a [&'a str],
    pub(crate) log: &'a Path,
}

#[derive(Debug)]
pub(crate) struct Cluster {
    pub(crate) process: Process,
    pub(crate) data: PathBuf,
    port: u16,
    password: String,
}

impl Cluster {
    /// Starts the cluster in that folder, and creates it first if it doesn't exist. Returns `true` if it was created.
    pub(crate) fn start(postgres: &Postgres, spec: &Spec, interrupt: &Interrupt) -> Result<(Self, bool)> {
        let data = spec.data.to_owned();
        let made = !data.join("PG_VERSION").is_file() || !data.join("rekomi").is_file();
        if made {
            initialise(postgres, &data, spec)?;
        }
        if !http::is_free(spec.port) {
            bail!("port {} is in use: choose another one with --pg-port", spec.port);
        }
        let mut process = launch(postgres, spec, &data, interrupt);
        // Backends of a killed server hold its shared memory a little longer.
        for _ in 0..5 {
            if process.is_ok() || !run::tail_of(spec.log, 5).contains("pre-existing shared memory") {
                break;
            }
            std::thread::sleep(Duration::from_secs(1));
            process = launch(postgres, spec, &data, interrupt);
        }
        let process = process?;
        Ok((Self { process, data, port: spec.port, password: spec.password.to_owned() }, made))
    }

    pub(crate) const fn port(&self) -> u16 {
        self.port
    }

    /// The superuser's URL.
    pub(crate) fn url(&self, database: &str) -> String {
        format!("postgres://postgres:{}@127.0.0.1:{}/{database}", self.password, self.port)
    }
}

fn launch(postgres: &Postgres, spec: &Spec, data: &Path, interrupt: &Interrupt) -> Result<Process> {
    let mut command = postgres.command("postgres");
    command.arg("-D").arg(data).args(["-p", &spec.port.to_string()]);
    for setting in
        ["listen_addresses=127.0.0.1", "unix_socket_directories=", "timezone=UTC"].iter().chain(spec.settings)
    {
        command.args(["-c", setting]);
    }
    let mut process = Process::start("Postgres", command, spec.log, Signal::SIGINT)?;
    let id = process.id().to_string();
    process.wait_until(Duration::from_secs(60), interrupt, || is_ready(data, &id))?;
    Ok(process)
}

/// Returns whether the server is ready. It writes its process id into the first line of its pid file, and its status
/// into the eighth.
fn is_ready(data: &Path, id: &str) -> bool {
    let text = fs::read_to_string(data.join("postmaster.pid")).unwrap_or_default();
    let line = |number: usize| text.lines().nth(number).map(str::trim);
    line(0) == Some(id) && line(7) == Some("ready")
}

fn initialise(postgres: &Postgres, data: &Path, spec: &Spec) -> Result<()> {
    if data.exists() {
        fs::remove_dir_all(data).with_context(|| format!("can't remove {}", data.display()))?;
    }
    fs::create_dir_all(data).with_context(|| format!("can't create {}", data.display()))?;
    postgres.give(data)?;
    let password_file = data.with_extension("password");
    crate::repo::write_atomically(&password_file, &format!("{}\n", spec.password), 0o600)?;
    postgres.give(&password_file)?;
    let mut initdb = postgres.command("initdb");
    initdb.arg("-D").arg(data).arg("--pwfile").arg(&password_file);
    initdb.args(["--username=postgres", "--auth=scram-sha-256", "--encoding=UTF8", "--no-sync"]);
    initdb.args(["--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8"]);
    // The superuser's password is hashed here, so some of the settings count already.
    for setting in spec.settings.iter().filter(|setting| !is_for_servers(setting)) {
        initdb.args(["-c", setting]);
    }
    let result = run::quiet(&mut initdb);
    let _ = fs::remove_file(&password_file);
    result?;
    single(postgres, data, "create database rekomi")?;
    fs::write(data.join("rekomi"), "complete\n")?;
    Ok(())
}

/// Whether a setting is of an extension, which only a running server loads.
fn is_for_servers(setting: &str) -> bool {
    setting.starts_with("shared_preload_libraries=") || setting.starts_with("citus.")
}

/// Runs one statement without a server; this needs neither a password nor a client program.
fn single(postgres: &Postgres, data: &Path, statement: &str) -> Result<()> {
    let mut command = postgres.command("postgres");
    command.args(["--single", "-j", "-D"]).arg(data).arg("postgres");
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut child = command.spawn().context("can't run postgres --single")?;
    if let Some(mut stdin) = child.stdin.take() {
        stdin.write_all(format!("{statement};\n\n").as_bytes())?;
    }
    let output = child.wait_with_output()?;
    let complaints = String::from_utf8_lossy(&output.stderr).into_owned();
    if !output.status.success() || complaints.contains("ERROR:") || complaints.contains("FATAL:") {
        bail!("Postgres refused `{statement}`:\n{}", run::tail(&complaints, 10));
    }
    Ok(())
}
