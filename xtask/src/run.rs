//! Runs other programs to their end: silently, with the last lines kept for the error, or with their own output.

use anyhow::{Context, Result, bail};
use std::ffi::OsStr;
use std::path::Path;
use std::process::{Command, Stdio};

/// Runs a command silently; the error contains the last lines.
pub(crate) fn quiet(command: &mut Command) -> Result<String> {
    let what = describe(command);
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("can't run {what}"))?;
    let out = String::from_utf8_lossy(&output.stdout).into_owned();
    if !output.status.success() {
        let all = format!("{out}\n{}", String::from_utf8_lossy(&output.stderr));
        bail!("{what} failed ({}):\n{}", output.status, tail(&all, 20));
    }
    Ok(out)
}

/// Runs a command with its output on the terminal, unless another thread shows its progress there.
pub(crate) fn loud(command: &mut Command) -> Result<()> {
    if crate::progress::is_beside() {
        return quiet(command).map(drop);
    }
    let what = describe(command);
    let status = command.stdin(Stdio::null()).status().with_context(|| format!("can't run {what}"))?;
    if !status.success() {
        bail!("{what} failed ({status}); its output is above");
    }
    Ok(())
}

/// Returns a cargo command without the variables that the outer cargo set for the package `xtask`: build scripts watch
/// these names, and would run again whenever cargo is started manually in between.
///
/// Beside another thread's build, which people wait for, it has a lower priority: it takes what that one leaves idle, such as
/// the other core while crates wait for each other.
pub(crate) fn cargo() -> Command {
    if !crate::progress::is_beside() {
        return cargo_tool("cargo");
    }
    let mut command = cargo_tool("nice");
    command.arg("cargo");
    command
}

/// Returns a command for a program that runs cargo or reads its files, in the same environment as [`cargo`].
pub(crate) fn cargo_tool(program: impl AsRef<OsStr>) -> Command {
    let mut command = Command::new(program);
    for (name, _) in std::env::vars_os() {
        let name = name.to_string_lossy().into_owned();
        if name.starts_with("CARGO_PKG_") || name.starts_with("CARGO_MANIFEST_") || name == "LD_LIBRARY_PATH" {
            command.env_remove(name);
        }
    }
    command.current_dir(crate::repo::root());
    command
}

/// Returns cargo with `xtask/rustc.sh`, which lints while it compiles, for the packages of this repository. Every build
/// without optimization goes through it, so that the tests, `cargo xtask dev` and the lints share what they build.
pub(crate) fn builder() -> Command {
    let mut command = cargo();
    command.env("RUSTC_WORKSPACE_WRAPPER", crate::repo::at("xtask/rustc.sh"));
    command
}

/// Returns the last non-empty lines of a text.
pub(crate) fn tail(text: &str, lines: usize) -> String {
    let all: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    all.iter().skip(all.len().saturating_sub(lines)).map(|line| format!("    {line}")).collect::<Vec<_>>().join("\n")
}

/// Returns the last lines of a log file.
pub(crate) fn tail_of(log: &Path, lines: usize) -> String {
    std::fs::read(log).map_or_else(|_| String::new(), |bytes| tail(&String::from_utf8_lossy(&bytes), lines))
}

fn describe(command: &Command) -> String {
    let program = Path::new(command.get_program());
    let mut words = vec![program.file_name().unwrap_or(program.as_os_str()).to_string_lossy().into_owned()];
    words.extend(command.get_args().take(4).map(|arg| arg.to_string_lossy().into_owned()));
    format!("`{}`", words.join(" "))
}
