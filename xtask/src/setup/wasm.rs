//! Provides the wasm32 standard library: from rustup, or from Debian's packages where rustup can't download.
//!
//! Debian ships a newer compiler (rustc-web) together with the library's sources (rust-web-src); the library is built
//! from those once, in about a minute, and linked with the rust-lld that every rustup toolchain contains.

use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

pub(crate) const TARGET: &str = "wasm32-unknown-unknown";
const DEBIAN_RUSTC: &str = "/usr/bin/rustc";
const NO_WAY: &str = "rustup can't add wasm32-unknown-unknown here: run `rustup target add wasm32-unknown-unknown` with network access, then try again";

/// The environment variables for cargo builds for wasm; empty with rustup.
#[derive(Debug, Default)]
pub(crate) struct Env(Vec<(&'static str, String)>);

impl Env {
    pub(crate) fn apply(&self, command: &mut Command) {
        for (name, value) in &self.0 {
            command.env(name, value);
        }
        if !self.0.is_empty() {
            command.env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO");
        }
    }
}

pub(crate) fn ensure() -> Result<Env> {
    let step = progress::step("wasm target");
    if has_target(Path::new("rustc")) {
        step.done("found");
        return Ok(Env::default());
    }
    if add_with_rustup() {
        step.done("added by rustup");
        return Ok(Env::default());
    }
    if !has_target(Path::new(DEBIAN_RUSTC)) {
        install_from_debian()?;
    }
    let linker = linker().context("linking wasm requires rust-lld or wasm-ld: install Debian's package `lld`")?;
    step.done("from Debian's packages");
    let path = std::env::var("PATH").unwrap_or_default();
    Ok(Env(vec![
        ("RUSTC", DEBIAN_RUSTC.to_owned()),
        ("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER", linker.display().to_string()),
        ("PATH", format!("/usr/bin:{path}")),
    ]))
}

/// Installs clippy for wasm. Lints need the compiler's own clippy, which rustup includes and Debian has as a separate
/// package.
pub(crate) fn ensure_clippy(env: &Env) -> Result<()> {
    if env.0.is_empty() || Path::new("/usr/bin/clippy-driver").exists() {
        return Ok(());
    }
    apt_install(&["rust-web-clippy"])
}

fn has_target(rustc: &Path) -> bool {
    let Some(dir) = library_dir(rustc) else { return false };
    let Ok(entries) = fs::read_dir(dir) else { return false };
    entries.flatten().any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn library_dir(rustc: &Path) -> Option<PathBuf> {
    let mut command = Command::new(rustc);
    if rustc.is_absolute() {
        command.env_remove("RUSTUP_TOOLCHAIN");
    }
    let output = command.args(["--target", TARGET, "--print", "target-libdir"]).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| PathBuf::from(String::from_utf8_lossy(&output.stdout).trim()))
}

fn add_with_rustup() -> bool {
    let mut rustup = Command::new("rustup");
    run::quiet(rustup.args(["target", "add", TARGET])).is_ok() && has_target(Path::new("rustc"))
}

fn apt_install(packages: &[&str]) -> Result<()> {
    if repo::which("apt-get").is_none() || !nix::unistd::geteuid().is_root() {
        bail!(NO_WAY);
    }
    run::quiet(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut apt = Command::new("apt-get");
    apt.env("DEBIAN_FRONTEND", "noninteractive")
        .args(["install", "-y", "-qq", "--no-install-recommends"])
        .args(packages);
    run::quiet(&mut apt).context(NO_WAY).map(drop)
}

fn install_from_debian() -> Result<()> {
    apt_install(&["rustc-web", "cargo-web", "rust-web-src"])?;
    let work = repo::at("target/tools/wasm-std");
    fs::create_dir_all(&work)?;
    let manifest = "[package]\nname = \"empty\"\nversion = \"0.0.0\"\nedition = \"2021\"\n[lib]\npath = \"lib.rs\"\n[profile.release]\npanic = \"abort\"\n[workspace]\n";
    fs::write(work.join("Cargo.toml"), manifest)?;
    fs::write(work.join("lib.rs"), "")?;
    let mut cargo = Command::new("/usr/bin/cargo");
    cargo.current_dir(&work).env_remove("RUSTUP_TOOLCHAIN").env_remove("CARGO_TARGET_DIR");
    cargo.env("PATH", "/usr/bin:/bin").env("RUSTC", DEBIAN_RUSTC).env("RUSTC_BOOTSTRAP", "1");
    cargo.args(["build", "--release", "--target", TARGET, "-Z", "build-std=std,panic_abort,proc_macro"]);
    run::quiet(&mut cargo)?;
    let library = library_dir(Path::new(DEBIAN_RUSTC)).context(NO_WAY)?;
    fs::create_dir_all(&library)?;
    for entry in fs::read_dir(work.join(format!("target/{TARGET}/release/deps")))?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libempty-") {
            fs::copy(entry.path(), library.join(name))?;
        }
    }
    if has_target(Path::new(DEBIAN_RUSTC)) { Ok(()) } else { bail!(NO_WAY) }
}

fn linker() -> Option<PathBuf> {
    let sysroot = run::quiet(Command::new("rustup").args(["run", "stable", "rustc", "--print", "sysroot"]))
        .or_else(|_| run::quiet(Command::new("rustc").args(["--print", "sysroot"])));
    let from_rustup = sysroot.ok().and_then(|dir| {
        let hosts = fs::read_dir(Path::new(dir.trim()).join("lib/rustlib")).ok()?;
        hosts.flatten().map(|host| host.path().join("bin/rust-lld")).find(|path| path.is_file())
    });
    let versioned = || {
        let programs = fs::read_dir("/usr/bin").ok()?;
        programs.flatten().map(|entry| entry.path()).find(|path| path.to_string_lossy().contains("/wasm-ld"))
    };
    from_rustup.or_else(versioned)
}
