//! The peers of `bench edge --peer`: other Workers, such as the edge of an earlier commit, that run in the same workerd
//! and take turns with ours.
//!
//! A peer is an entry module and what it imports. It gets the bindings that ours has, but another queue, so that the check
//! for lost events counts ours alone.

use super::edge::SETTLE;
use super::load;
use super::report::Side;
use crate::{http, repo};
use anyhow::{Context, Result, bail};
use std::fmt::Write;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

/// What runs without peers. With them, its lists are continued in another file.
const FIXED: &str = "edge/bench/workerd.capnp";
const WITH_PEERS: &str = "target/bench/peers.capnp";
const SHAPE: &str = "edge/bench/workerd.capnp doesn't have the shape that xtask/src/bench/peers.rs expects";
/// What a folder's entry module may be called; the first that exists is used.
const ENTRIES: [&str; 6] = ["entry.mjs", "index.js", "index.mjs", "worker.js", "worker.mjs", "_worker.js"];
const ES_MODULE: &str = "esModule";
/// As wide as the table's first column.
const NAME_LEN_MAX: usize = 28;
const MODULES_MAX: usize = 200;

/// A peer as the command line names it.
#[derive(Debug, Clone)]
pub(crate) struct Named {
    name: String,
    path: PathBuf,
}

impl Named {
    pub(crate) fn parse(text: &str) -> Result<Self, String> {
        let (name, path) = text.split_once('=').ok_or("write it as NAME=PATH")?;
        if name.is_empty() || path.is_empty() {
            return Err("neither the name nor the path can be empty".to_owned());
        }
        if name.chars().count() > NAME_LEN_MAX {
            return Err(format!("the name can have at most {NAME_LEN_MAX} characters"));
        }
        Ok(Self { name: name.to_owned(), path: PathBuf::from(path) })
    }
}

#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) side: Side,
    /// The entry module first.
    modules: Vec<PathBuf>,
}

/// The peers of a run.
#[derive(Debug)]
pub(crate) struct Peers {
    pub(crate) list: Vec<Peer>,
    /// The port of their queue.
    queue: u16,
}

impl Peers {
    /// Finds the peers' modules.
    pub(crate) fn find(named: &[Named]) -> Result<Self> {
        let mut list: Vec<Peer> = Vec::new();
        for Named { name, path } in named {
            if list.iter().any(|peer| peer.name == *name) {
                bail!("there are two peers named {name}");
            }
            let modules = entry(path).and_then(modules).with_context(|| format!("the peer {name}"))?;
            let side = Side { cpu: Some(Duration::ZERO), ..Side::default() };
            list.push(Peer { name: name.clone(), side, modules });
        }
        Ok(Self { list, queue: 0 })
    }

    /// Returns the path of workerd's configuration, which is written if there are peers.
    pub(crate) fn config(&self) -> Result<PathBuf> {
        let fixed = repo::at(FIXED);
        if self.list.is_empty() {
            return Ok(fixed);
        }
        let text = fs::read_to_string(&fixed).with_context(|| format!("can't read {FIXED}"))?;
        let modules: Vec<&[PathBuf]> = self.list.iter().map(|peer| peer.modules.as_slice()).collect();
        let path = repo::at(WITH_PEERS);
        repo::write_atomically(&path, &config(&fixed, &text, &modules)?, 0o644)?;
        Ok(path)
    }

    /// Gives each peer a port, and their queue.
    pub(crate) fn listen(&mut self, workerd: &mut Command) -> Result<()> {
        if self.list.is_empty() {
            return Ok(());
        }
        self.queue = http::free_port()?;
        workerd.arg(format!("--socket-addr=peerQueue=127.0.0.1:{}", self.queue));
        for (index, peer) in self.list.iter_mut().enumerate() {
            peer.side.port = http::free_port()?;
            workerd.arg(format!("--socket-addr=peer{index}=127.0.0.1:{}", peer.side.port));
        }
        Ok(())
    }

    /// Lets one peer after the other take clicks, and each send its last events before the next begins.
    pub(crate) fn each(&mut self, take: impl Fn(&mut Side) -> Result<()>) -> Result<()> {
        for peer in &mut self.list {
            take(&mut peer.side).with_context(|| format!("the peer {}", peer.name))?;
            std::thread::sleep(SETTLE);
            load::get(self.queue, "/forget")?;
        }
        Ok(())
    }
}

/// Returns the entry module that a path means: itself, or the one in that folder.
fn entry(path: &Path) -> Result<PathBuf> {
    let path = path.canonicalize().with_context(|| format!("can't find {}", path.display()))?;
    if path.is_file() {
        return Ok(path);
    }
    // worker-build's output is a Worker of its own, but what we deploy is the entry module beside it.
    let outer = path.parent().filter(|outer| path.ends_with("build") && outer.join("entry.mjs").is_file());
    let folder = outer.unwrap_or(&path);
    let found = ENTRIES.iter().map(|name| folder.join(name)).find(|file| file.is_file());
    found.with_context(|| format!("{} has no entry module: {}", folder.display(), ENTRIES.join(", ")))
}

/// Returns an entry module and everything that it imports.
fn modules(entry: PathBuf) -> Result<Vec<PathBuf>> {
    if kind(&entry) != Some(ES_MODULE) {
        bail!("{} isn't a JavaScript module", entry.display());
    }
    let mut files = vec![entry];
    let mut next = 0;
    while let Some(file) = files.get(next).cloned() {
        next += 1;
        if kind(&file) != Some(ES_MODULE) {
            continue;
        }
        let text = fs::read_to_string(&file).with_context(|| format!("can't read {}", file.display()))?;
        for other in file.parent().into_iter().flat_map(|folder| imported(&text, folder)) {
            if !files.contains(&other) {
                files.push(other);
            }
        }
        if files.len() > MODULES_MAX {
            bail!("it has more than {MODULES_MAX} modules: bundle it first");
        }
    }
    Ok(files)
}

/// Returns the modules that a module's text names in quotes with a relative path. It may not import each of them.
fn imported(text: &str, folder: &Path) -> Vec<PathBuf> {
    let relative = text.split(['"', '\'', '`']).filter(|part| part.starts_with("./") || part.starts_with("../"));
    let files = relative.filter_map(|part| folder.join(part).canonicalize().ok());
    files.filter(|file| file.is_file() && kind(file).is_some()).collect()
}

/// Returns what workerd calls such a module.
fn kind(file: &Path) -> Option<&'static str> {
    match file.extension()?.to_str()? {
        "js" | "mjs" => Some(ES_MODULE),
        "wasm" => Some("wasm"),
        "json" => Some("json"),
        "html" | "txt" => Some("text"),
        "bin" => Some("data"),
        _ => None,
    }
}

/// Returns the configuration with peers: the lists of the fixed one, and the peers' services and sockets.
fn config(path: &Path, fixed: &str, peers: &[&[PathBuf]]) -> Result<String> {
    let (_, lists) = fixed.split_once("const config :Workerd.Config = (\n  services = [\n").context(SHAPE)?;
    let (services, rest) = lists.split_once("  ],\n  sockets = [\n").context(SHAPE)?;
    let (sockets, _) = rest.split_once("  ],\n);\n").context(SHAPE)?;
    let mut text = String::from("# Written by `cargo xtask bench edge --peer`.\n");
    writeln!(text, "using Workerd = import \"/workerd/workerd.capnp\";\nusing Fixed = import {};\n", quoted(path)?)?;
    text.push_str("const config :Workerd.Config = (\n  services = [\n");
    text.push_str(&services.replace("worker = .", "worker = Fixed."));
    text.push_str("    (name = \"peerQueue\", worker = Fixed.queue),\n");
    for index in 0..peers.len() {
        writeln!(text, "    (name = \"peer{index}\", worker = .peer{index}),")?;
    }
    writeln!(text, "  ],\n  sockets = [\n{sockets}    (name = \"peerQueue\", http = (), service = \"peerQueue\"),")?;
    for index in 0..peers.len() {
        writeln!(text, "    (name = \"peer{index}\", http = (), service = \"peer{index}\"),")?;
    }
    text.push_str("  ],\n);\n");
    for (index, modules) in peers.iter().enumerate() {
        writeln!(text, "\nconst peer{index} :Workerd.Worker = (\n  compatibilityDate = Fixed.date,\n  modules = [")?;
        for (file, name) in with_names(modules)? {
            let kind = kind(file).context("a module of no known kind")?;
            writeln!(text, "    (name = {}, {kind} = embed {}),", quoted(name)?, quoted(file)?)?;
        }
        text.push_str("  ],\n  bindings = Fixed.peerBindings,\n);\n");
    }
    Ok(text)
}

/// Returns each module with its name: its path from the folder that contains all of them, as modules import one another by
/// relative paths.
fn with_names(modules: &[PathBuf]) -> Result<Vec<(&Path, &Path)>> {
    let holds_all = |folder: &&Path| modules.iter().all(|file| file.starts_with(folder));
    let mut folders = modules.first().into_iter().flat_map(|entry| entry.ancestors().skip(1));
    let folder = folders.find(holds_all).context("the modules have no folder in common")?;
    let mut named = Vec::new();
    for file in modules {
        named.push((file.as_path(), file.strip_prefix(folder)?));
    }
    Ok(named)
}

/// Returns a path as a text of Cap'n Proto.
fn quoted(path: &Path) -> Result<String> {
    let path = path.to_str().with_context(|| format!("{} isn't UTF-8", path.display()))?;
    Ok(format!("\"{}\"", path.replace('\\', "\\\\").replace('"', "\\\"")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_peer_is_a_name_and_a_path() {
        let named = Named::parse("before=../old/edge/build=1").unwrap();
        assert_eq!((named.name.as_str(), named.path.as_path()), ("before", Path::new("../old/edge/build=1")));
        for wrong in ["../old/edge/build", "=../old", "before=", "a name that is far too long for the table=x"] {
            assert!(Named::parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_folder_stands_for_the_worker_that_is_deployed() {
        let folder = folder("deployed");
        fs::write(folder.join("build/index.js"), "import wasm from\"./index_bg.wasm\"").unwrap();
        fs::write(folder.join("build/index_bg.wasm"), "").unwrap();
        fs::write(folder.join("build/unused.js"), "").unwrap();
        let built = ["build/index.js", "build/index_bg.wasm"].map(|name| folder.join(name));
        let found = |path: &Path| entry(path).and_then(modules);
        assert_eq!(found(&folder.join("build")).unwrap(), built);
        fs::write(folder.join("entry.mjs"), "import Worker from './build/index.js';\nimport './absent.js';").unwrap();
        let all = [vec![folder.join("entry.mjs")], built.to_vec()].concat();
        for path in [&folder, &folder.join("build"), &folder.join("entry.mjs")] {
            assert_eq!(found(path).unwrap(), all);
        }
        assert!(found(&folder.join("absent")).is_err() && found(&folder.join("build/index_bg.wasm")).is_err());
        let twice = ["a", "a"].map(|name| Named { name: name.to_owned(), path: folder.clone() });
        assert!(Peers::find(&twice).is_err() && Peers::find(&twice[..1]).is_ok());
        fs::remove_dir_all(folder).unwrap();
    }

    /// An empty folder with a folder `build` in it.
    fn folder(name: &str) -> PathBuf {
        let folder = std::env::temp_dir().join(format!("rekomi-peers-{name}-{}", std::process::id()));
        let _ = fs::remove_dir_all(&folder);
        fs::create_dir_all(folder.join("build")).unwrap();
        folder.canonicalize().unwrap()
    }

    #[test]
    fn the_configuration_is_continued_with_the_peers() {
        let fixed = "using Workerd;\nconst config :Workerd.Config = (\n  services = [\n    (name = \"edge\", worker = .edge),\n  \
                     ],\n  sockets = [\n    (name = \"edge\", http = (), service = \"edge\"),\n  ],\n);\nconst date;\n";
        let modules = ["/a \"b\"/edge/entry.mjs", "/a \"b\"/edge/build/x.wasm"].map(PathBuf::from);
        let expected = r#"# Written by `cargo xtask bench edge --peer`.
using Workerd = import "/workerd/workerd.capnp";
using Fixed = import "/x/workerd.capnp";

const config :Workerd.Config = (
  services = [
    (name = "edge", worker = Fixed.edge),
    (name = "peerQueue", worker = Fixed.queue),
    (name = "peer0", worker = .peer0),
  ],
  sockets = [
    (name = "edge", http = (), service = "edge"),
    (name = "peerQueue", http = (), service = "peerQueue"),
    (name = "peer0", http = (), service = "peer0"),
  ],
);

const peer0 :Workerd.Worker = (
  compatibilityDate = Fixed.date,
  modules = [
    (name = "entry.mjs", esModule = embed "/a \"b\"/edge/entry.mjs"),
    (name = "build/x.wasm", wasm = embed "/a \"b\"/edge/build/x.wasm"),
  ],
  bindings = Fixed.peerBindings,
);
"#;
        assert_eq!(config(Path::new("/x/workerd.capnp"), fixed, &[&modules]).unwrap(), expected);
        assert!(config(Path::new("/x/workerd.capnp"), "const config;", &[&modules]).is_err());
    }

    #[test]
    fn what_runs_without_peers_has_the_expected_shape() {
        let fixed = fs::read_to_string(repo::at(FIXED)).unwrap();
        let text = config(&repo::at(FIXED), &fixed, &[]).unwrap();
        assert!(text.contains("worker = Fixed.edge") && !text.contains("worker = .") && text.contains("\"tally\""));
        assert!(fixed.contains("\nconst peerBindings ") && fixed.contains("\nconst date "));
    }

    #[test]
    fn modules_are_named_from_the_folder_that_holds_them_all() {
        let files = ["/w/edge/self_hosted/main.mjs", "/w/edge/entry.mjs"].map(PathBuf::from);
        let names: Vec<&Path> = with_names(&files).unwrap().into_iter().map(|(_, name)| name).collect();
        assert_eq!(names, [Path::new("self_hosted/main.mjs"), Path::new("entry.mjs")]);
    }
}
