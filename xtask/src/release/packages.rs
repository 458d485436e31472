//! The packages for Debian and Ubuntu (deb), and for Fedora, RHEL and openSUSE (rpm). `ledger/Cargo.toml` says what is in
//! them: the same files. Neither starts anything, because there is no configuration yet.

use super::{Commit, Target, VERSION, oci, rpm_header, tools};
use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

const CARGO_DEB: &str = "3.8.0";
const CARGO_GENERATE_RPM: &str = "0.21.1";
/// How much both tools are optimized.
const LEVEL: u8 = 1;
/// Where the program is installed.
const PROGRAM: &str = "/usr/bin/rekomi";
/// As in `package.metadata.generate-rpm`: grows when a version is packaged again.
const RELEASE: &str = "1";

pub(super) fn deb(folder: &Path, target: &Target, commit: &Commit) -> Result<String> {
    tools::install_optimized("cargo-deb", CARGO_DEB, LEVEL)?;
    let name = format!("rekomi_{VERSION}_{}.deb", target.architecture);
    let step = progress::step(&name);
    let mut cargo = run::cargo_tool(tools::program("cargo-deb"));
    cargo.args(["deb", "--package", "ledger", "--no-build", "--no-strip", "--target", &target.triple]);
    cargo.arg("--output").arg(folder.join(&name)).env("SOURCE_DATE_EPOCH", commit.seconds.to_string());
    run::quiet(&mut cargo).context("can't make the Debian package")?;
    step.done("written");
    Ok(name)
}

pub(super) fn rpm(folder: &Path, target: &Target, commit: &Commit, ledger: &[u8]) -> Result<String> {
    tools::install_optimized("cargo-generate-rpm", CARGO_GENERATE_RPM, LEVEL)?;
    // A hyphen separates the version from the release; a tilde comes before the release that a preview is of.
    let version = VERSION.replace('-', "~");
    let name = format!("rekomi-{version}-{RELEASE}.{}.rpm", target.machine);
    let step = progress::step(&name);
    let path = folder.join(&name);
    let mut cargo = run::cargo_tool(tools::program("cargo-generate-rpm"));
    cargo.args(["generate-rpm", "--package", "ledger", "--target", &target.triple, "--arch", target.machine]);
    cargo.arg("--set-metadata").arg(format!("version = \"{version}\"")).arg("--output").arg(&path);
    cargo.env("SOURCE_DATE_EPOCH", commit.seconds.to_string());
    run::quiet(&mut cargo).context("can't make the RPM package")?;
    let written = fs::read(&path).with_context(|| format!("can't read {}", path.display()))?;
    check(&rpm_header::read(&written)?, &version, target.machine, ledger).with_context(|| name.clone())?;
    step.done(&format!("{:.1} MB", written.len() as f64 / 1e6));
    Ok(name)
}

/// Checks what the package says of itself: it installs the files of [`rpm_files`] for root, the program is the one that we
/// built, and nothing runs.
fn check(package: &rpm_header::Package, version: &str, machine: &str, ledger: &[u8]) -> Result<()> {
    let named = [&package.name, &package.version, &package.release, &package.machine].map(String::as_str);
    if named != ["rekomi", version, RELEASE, machine] {
        bail!("the package calls itself {}", named.join(" "));
    }
    let found: BTreeMap<String, u32> =
        package.files.iter().map(|file| (file.path.clone(), file.mode & 0o7777)).collect();
    let expected = rpm_files()?;
    if found != expected {
        bail!("the package has the files {found:?}, not {expected:?}");
    }
    if let Some(file) = package.files.iter().find(|file| file.user != "root" || file.group != "root") {
        bail!("{} belongs to {}:{}", file.path, file.user, file.group);
    }
    let program = package.files.iter().find(|file| file.path == PROGRAM).context("the package has no program")?;
    if program.sha256 != oci::sha256(ledger) {
        bail!("{PROGRAM} isn't the program that was built");
    }
    if package.has_scripts {
        bail!("the package runs scripts");
    }
    // Entries in parentheses are features of rpm itself.
    let requires: Vec<&String> = package.requires.iter().filter(|name| !name.contains('(')).collect();
    if requires != ["ca-certificates"] {
        bail!("the package requires {requires:?}");
    }
    Ok(())
}

/// The path and mode of each file in the RPM package.
fn rpm_files() -> Result<BTreeMap<String, u32>> {
    let mut files = BTreeMap::new();
    for asset in &assets("generate-rpm")? {
        let [source, target, mode] = ["source", "dest", "mode"].map(|field| asset[field].as_str());
        add(&mut files, &repo::root(), source, target, mode)?;
    }
    Ok(files)
}

fn assets(kind: &str) -> Result<Vec<Value>> {
    let manifest = fs::read_to_string(repo::at("ledger/Cargo.toml")).context("can't read ledger/Cargo.toml")?;
    let manifest: Value = basic_toml::from_str(&manifest).context("can't parse ledger/Cargo.toml")?;
    let assets = manifest["package"]["metadata"][kind]["assets"].as_array();
    assets.cloned().with_context(|| format!("ledger/Cargo.toml has no package.metadata.{kind}.assets"))
}

/// Adds what one entry installs: a file, the files of a folder (`folder/*`, `folder/*.md`), or everything below one
/// (`folder/**/*`).
fn add(
    files: &mut BTreeMap<String, u32>,
    base: &Path,
    source: Option<&str>,
    target: Option<&str>,
    mode: Option<&str>,
) -> Result<()> {
    let (Some(source), Some(target), Some(mode)) = (source, target, mode) else {
        bail!("an entry of the package's assets isn't complete");
    };
    let mode = u32::from_str_radix(mode, 8).with_context(|| format!("the mode of {source}"))?;
    let names = match source.split_once("/*") {
        Some((folder, "*/*")) => names_below(&base.join(folder))?,
        Some((folder, ending)) => names(&base.join(folder), ending)?,
        None => vec![source.rsplit('/').next().unwrap_or(source).to_owned()],
    };
    let target = format!("/{}", target.trim_start_matches('/'));
    for name in names {
        let path = if target.ends_with('/') { format!("{target}{name}") } else { target.clone() };
        if files.insert(path.clone(), mode).is_some() {
            bail!("{path} is in the package twice");
        }
    }
    Ok(())
}

fn names(folder: &Path, ending: &str) -> Result<Vec<String>> {
    let entries = fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))?;
    let names = entries.map(|entry| Ok(entry?.file_name().to_string_lossy().into_owned()));
    names.filter(|name: &Result<String>| name.as_ref().map_or(true, |name| name.ends_with(ending))).collect()
}

/// The paths of all files below a folder. The book is built before the packages are made, and needn't be there in a test.
fn names_below(folder: &Path) -> Result<Vec<String>> {
    if !folder.exists() {
        return Ok(Vec::new());
    }
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).with_context(|| format!("can't read {}", folder.display()))? {
        let path = entry?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            names.extend(names_below(&path)?.into_iter().map(|below| format!("{name}/{below}")));
        } else {
            names.push(name);
        }
    }
    Ok(names)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The license has a place of its own in each format.
    const LICENSE: &str = "/usr/share/licenses/rekomi/LICENSE";

    #[test]
    fn both_packages_install_the_same_files() {
        let mut deb = BTreeMap::new();
        for asset in &assets("deb").unwrap() {
            let [source, target, mode] = [0_usize, 1, 2].map(|at| asset[at].as_str());
            add(&mut deb, &repo::at("ledger"), source, target, mode).unwrap();
        }
        let mut rpm = rpm_files().unwrap();
        assert_eq!(rpm.remove(LICENSE), Some(0o644), "the other one is the Debian package's license-file");
        assert_eq!(deb, rpm);
        assert_eq!(rpm[PROGRAM], 0o755);
        for unit in ["rekomi-ledger.service", "rekomi-ledger.socket", "rekomi-migrate.service"] {
            assert_eq!(rpm[&format!("/usr/lib/systemd/system/{unit}")], 0o644);
        }
        assert!(rpm.contains_key("/usr/share/doc/rekomi/examples/prometheus-rules.yaml"), "{rpm:?}");
    }

    #[test]
    fn everything_below_a_folder_is_installed() {
        let mut files = BTreeMap::new();
        let crms = Some("docs/integrations/**/*");
        add(&mut files, &repo::root(), crms, Some("/usr/share/rekomi/docs/"), Some("644")).unwrap();
        assert!(files.contains_key("/usr/share/rekomi/docs/script.md"), "{files:?}");
        assert!(files.contains_key("/usr/share/rekomi/docs/crm/vero.md"), "{files:?}");
        for (kind, source) in [("deb", "../target/docs-book/**/*"), ("generate-rpm", "target/docs-book/**/*")] {
            let is_book = |asset: &Value| asset["source"].as_str().or(asset[0].as_str()) == Some(source);
            assert!(assets(kind).unwrap().iter().any(is_book), "{kind} has the book");
        }
    }

    #[test]
    fn every_file_exists() {
        for (kind, base) in [("deb", repo::at("ledger")), ("generate-rpm", repo::root())] {
            for asset in assets(kind).unwrap() {
                let source = asset["source"].as_str().or(asset[0].as_str()).unwrap();
                let file = base.join(source.split("/*").next().unwrap());
                assert!(source.contains("target/") || file.exists(), "{source}");
            }
        }
    }

    #[test]
    fn a_package_with_another_content_is_refused() {
        let digest = oci::sha256(b"program");
        let files = rpm_files().unwrap();
        let listed = |change: fn(&str, u32) -> u32| {
            let of = |path: &str| if path == PROGRAM { digest.clone() } else { String::new() };
            let all: Vec<(String, u16, String)> = files
                .iter()
                .map(|(path, mode)| (path.clone(), u16::try_from(0o100_000 | change(path, *mode)).unwrap(), of(path)))
                .collect();
            let all: Vec<(&str, u16, &str)> =
                all.iter().map(|(path, mode, digest)| (path.as_str(), *mode, digest.as_str())).collect();
            rpm_header::read(&rpm_header::tests::package(&all)).unwrap()
        };
        let whole = listed(|_, mode| mode);
        check(&whole, "1.2.3", "x86_64", b"program").unwrap();
        let others = [("1.2.4", "x86_64", "program"), ("1.2.3", "aarch64", "program"), ("1.2.3", "x86_64", "other")];
        for (version, machine, program) in others {
            assert!(check(&whole, version, machine, program.as_bytes()).is_err(), "{version} {machine} {program}");
        }
        let writable = listed(|path, mode| if path == PROGRAM { 0o777 } else { mode });
        assert!(check(&writable, "1.2.3", "x86_64", b"program").unwrap_err().to_string().contains("has the files"));
        let mut package = listed(|_, mode| mode);
        package.has_scripts = true;
        assert!(check(&package, "1.2.3", "x86_64", b"program").is_err());
        package.has_scripts = false;
        package.files[0].user = "rekomi".to_owned();
        assert!(check(&package, "1.2.3", "x86_64", b"program").is_err());
    }
}
