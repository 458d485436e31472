//! `cargo xtask release`: builds the files of a release, so that no one who installs it needs Rust.
//!
//! The ledger is one static program. Everything is built without a container daemon. The archives depend only on the commit
//! and the compiler, and the image also on this machine's CA certificates; the packages are as reproducible as their tools.

mod auditable;
mod edge_bundle;
mod elf;
mod oci;
mod packages;
mod rpm_header;
mod sbom;
mod tar;
mod tools;

use crate::deny::{graph::Graph, targets};
use crate::setup;
use crate::{docs, edge, progress, repo, run};
use anyhow::{Context, Result, bail};
use clap::Args;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tar::Entry;

pub(crate) use edge_bundle::without_build;

const VERSION: &str = env!("CARGO_PKG_VERSION");
const CARGO_AUDITABLE: &str = "0.7.7";
/// Where the archive and the image have the documentation, beside the program: the ledger looks for it there (`kit`'s
/// `config/docs.rs`).
const BOOK: &str = "docs/book";
/// Where systems keep their CA certificates; the first that exists goes into the image.
const CERTIFICATES: [&str; 3] =
    ["/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem"];

#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Where to write the files
    #[arg(long, default_value = "target/release-artifacts")]
    folder: PathBuf,
    /// Leave out the Debian and RPM packages, whose tools take minutes to compile once
    #[arg(long)]
    without_packages: bool,
}

/// The machine that the ledger is built for.
#[derive(Debug)]
struct Target {
    triple: String,
    /// As in the files' names.
    machine: &'static str,
    /// As containers and Debian call it.
    architecture: &'static str,
}

/// The commit that is built.
#[derive(Debug)]
struct Commit {
    revision: String,
    seconds: u64,
    /// RFC 3339.
    created: String,
}

pub(crate) fn run(options: &Options) -> Result<()> {
    let (target, commit) = (Target::of_this_machine()?, Commit::read()?);
    let kit = setup::all()?;
    edge::build(&kit)?;
    docs::build()?;
    let ledger = build(&target, &commit)?;
    let folder = repo::root().join(&options.folder);
    fs::create_dir_all(&folder).with_context(|| format!("can't create {}", folder.display()))?;
    let mut names = vec![
        archive(&folder, &target, &commit, &ledger)?,
        image(&folder, &target, &commit, &ledger)?,
        edge_archive(&folder, &commit)?,
        materials(&folder, &commit)?,
    ];
    if !options.without_packages {
        names.push(packages::deb(&folder, &target, &commit)?);
        names.push(packages::rpm(&folder, &target, &commit, &ledger)?);
    }
    names.sort();
    let sum =
        |name: &String| -> Result<String> { Ok(format!("{}  {name}\n", oci::sha256(&fs::read(folder.join(name))?))) };
    let sums: String = names.iter().map(sum).collect::<Result<_>>()?;
    repo::write_atomically(&folder.join("SHA256SUMS"), &sums, 0o644)?;
    println!("\nRelease {VERSION} of {} in {}:", commit.revision, folder.display());
    names.iter().for_each(|name| println!("  {name}"));
    Ok(())
}

impl Target {
    /// musl where its standard library is installed, else glibc linked statically: both need nothing of the system.
    fn of_this_machine() -> Result<Self> {
        let (machine, architecture) = match (std::env::consts::OS, std::env::consts::ARCH) {
            ("linux", "x86_64") => ("x86_64", "amd64"),
            ("linux", "aarch64") => ("aarch64", "arm64"),
            (os, machine) => bail!("releases are built on Linux on x86-64 or arm64, not on {os} on {machine}"),
        };
        let sysroot = run::quiet(Command::new("rustc").args(["--print", "sysroot"]))?;
        let musl = format!("{machine}-unknown-linux-musl");
        let has_musl = Path::new(sysroot.trim()).join("lib/rustlib").join(&musl).join("lib").is_dir()
            && repo::which("musl-gcc").is_some();
        let triple = if has_musl { musl } else { format!("{machine}-unknown-linux-gnu") };
        if !has_musl {
            println!(
                "  The target {machine}-unknown-linux-musl or musl-gcc isn't installed, so the ledger is linked with glibc,"
            );
            println!("  which looks names up with the plugins that /etc/nsswitch.conf names where it runs.");
        }
        Ok(Self { triple, machine, architecture })
    }
}

impl Commit {
    fn read() -> Result<Self> {
        let git = |arguments: &[&str]| {
            let mut git = Command::new("git");
            git.args(arguments).env("TZ", "UTC").current_dir(repo::root());
            run::quiet(&mut git).map(|text| text.trim().to_owned())
        };
        let log = |format: &str| git(&["log", "-1", "--date=format-local:%Y-%m-%dT%H:%M:%SZ", format]);
        let seconds = log("--format=%ct")?.parse().context("git's time of the commit")?;
        let mut revision = log("--format=%H")?;
        if !git(&["status", "--porcelain", "--untracked-files=no"])?.is_empty() {
            println!("  Files differ from the commit, so this release is one for trying out.");
            revision.push_str("-dirty");
        }
        Ok(Self { revision, seconds, created: log("--format=%cd")? })
    }
}

/// Builds the ledger with the list of its crates in it, and checks that it's static, has the list, and runs.
fn build(target: &Target, commit: &Commit) -> Result<Vec<u8>> {
    tools::install("cargo-auditable", CARGO_AUDITABLE)?;
    let step = progress::loud_step(&format!("ledger for {} (takes minutes)", target.triple));
    let mut flags = vec!["-C".to_owned(), "target-feature=+crt-static".to_owned()];
    flags.push(format!("--remap-path-prefix={}=rekomi", repo::root().display()));
    let cargo_home = std::env::var_os("CARGO_HOME").map(PathBuf::from);
    if let Some(cargo_home) = cargo_home.or_else(|| Some(std::env::home_dir()?.join(".cargo"))) {
        flags.push(format!("--remap-path-prefix={}=cargo", cargo_home.display()));
    }
    let mut cargo = run::cargo_tool(tools::program("cargo-auditable"));
    cargo.args(["auditable", "build", "--release", "--locked", "--package", "ledger", "--bin", "rekomi"]);
    cargo.args(["--target", &target.triple]);
    // Separated so that a path may have spaces; RUSTFLAGS doesn't count then.
    cargo.env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}")).env("SQLX_OFFLINE", "true");
    cargo.env("SOURCE_DATE_EPOCH", commit.seconds.to_string());
    run::loud(&mut cargo).context("the ledger doesn't build")?;
    let program = repo::built(&format!("{}/release/rekomi", target.triple));
    let ledger = fs::read(&program).with_context(|| format!("can't read {}", program.display()))?;
    if elf::interpreter(&ledger)?.is_some() {
        bail!("{} needs a dynamic linker, so it doesn't run everywhere", program.display());
    }
    let crates = auditable::crates(&ledger, "ledger", VERSION)?;
    let printed = run::quiet(Command::new(&program).arg("--version"))?;
    if !printed.contains(VERSION) {
        bail!("{} is another version: {}", program.display(), printed.trim());
    }
    step.done(&format!("static, {} MB, lists {crates} crates", ledger.len() / 1_000_000));
    Ok(ledger)
}

fn archive(folder: &Path, target: &Target, commit: &Commit, ledger: &[u8]) -> Result<String> {
    let top = format!("rekomi-{VERSION}");
    let mut entries = vec![Entry::file(format!("{top}/rekomi"), 0o755, ledger)];
    for name in ["LICENSE", "THIRD_PARTY_NOTICES.md", "CHANGELOG.md"] {
        entries.push(Entry::file(format!("{top}/{name}"), 0o644, fs::read(repo::at(name))?));
    }
    files_below(&repo::at("docs/self-hosting/deploy"), &format!("{top}/deploy"), &mut entries)?;
    files_below(&docs::folder(), &format!("{top}/{BOOK}"), &mut entries)?;
    for page in fs::read_dir(repo::at("docs/self-hosting")).context("can't read docs/self-hosting")? {
        let page = page?.path();
        if page.extension().is_some_and(|ending| ending == "md") {
            let name = page.file_name().unwrap_or_default().to_string_lossy();
            entries.push(Entry::file(format!("{top}/docs/self-hosting/{name}"), 0o644, fs::read(&page)?));
        }
    }
    write(
        folder,
        &format!("{top}-{}-linux.tar.gz", target.machine),
        &tar::gzip(&tar::archive(&entries, commit.seconds)?)?,
    )
}

fn image(folder: &Path, target: &Target, commit: &Commit, ledger: &[u8]) -> Result<String> {
    let certificates = CERTIFICATES.iter().find_map(|path| fs::read(path).ok());
    let certificates = certificates.context("this machine has no CA certificates: install ca-certificates")?;
    let image = oci::Image {
        version: VERSION,
        revision: &commit.revision,
        architecture: target.architecture,
        created: &commit.created,
        modified: commit.seconds,
    };
    let mut book = Vec::new();
    files_below(&docs::folder(), BOOK, &mut book)?;
    let layout = oci::layout(&oci::root(ledger.to_vec(), certificates, book), &image)?;
    write(folder, &format!("rekomi-{VERSION}-image.tar"), &layout)
}

fn edge_archive(folder: &Path, commit: &Commit) -> Result<String> {
    let entries = edge_bundle::entries(VERSION)?;
    write(folder, &format!("rekomi-{VERSION}-edge.tar.gz"), &tar::gzip(&tar::archive(&entries, commit.seconds)?)?)
}

fn materials(folder: &Path, commit: &Commit) -> Result<String> {
    let document = sbom::document(&Graph::read(&targets()?)?, VERSION, &commit.created)?;
    write(folder, &format!("rekomi-{VERSION}.cdx.json"), &serde_json::to_vec_pretty(&document)?)
}

/// Adds all files of a folder, below another one in the archive.
fn files_below(from: &Path, to: &str, entries: &mut Vec<Entry>) -> Result<()> {
    for found in fs::read_dir(from).with_context(|| format!("can't read {}", from.display()))? {
        let path = found?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let inside = format!("{to}/{name}");
        if path.is_dir() {
            files_below(&path, &inside, entries)?;
        } else if !name.starts_with('.') {
            entries.push(Entry::file(inside, 0o644, fs::read(&path)?));
        }
    }
    Ok(())
}

fn write(folder: &Path, name: &str, content: &[u8]) -> Result<String> {
    let step = progress::step(name);
    let path = folder.join(name);
    fs::write(&path, content).with_context(|| format!("can't write {}", path.display()))?;
    step.done(&format!("{:.1} MB", content.len() as f64 / 1e6));
    Ok(name.to_owned())
}
