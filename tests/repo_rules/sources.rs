//! Goal: the sources stay readable, and the pool stays behind its one door.
//! Method: every source file of the workspace is read: at most 400 lines, no open work without an issue's number, a head that
//! says why a Rust file exists, no pool outside the ledger's db.rs, no error that forgets its place, and one meaning of the
//! database's types for all crates.

use std::{
    fs,
    path::{Path, PathBuf},
};

use world::settings;

const LINES_MAX: usize = 400;
const FOLDERS: [&str; 8] = ["shared", "edge", "ledger", "tests", "xtask", "migrations", "docs", ".ci"];

pub(crate) fn files(below: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = fs::read_dir(below) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        let name = entry.file_name().to_string_lossy().into_owned();
        if path.is_dir() && !["build", "target", "node_modules", "fixtures", ".wrangler"].contains(&name.as_str()) {
            files(&path, found);
        } else if ["rs", "sql", "mjs", "js", "cjs", "html", "css"]
            .iter()
            .any(|ending| name.ends_with(&format!(".{ending}")))
        {
            found.push(path);
        }
    }
}

fn sources() -> Vec<(String, String)> {
    let root = settings::root();
    let mut found = Vec::new();
    FOLDERS.iter().for_each(|folder| files(&root.join(folder), &mut found));
    assert!(found.len() > 100);
    let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    found.into_iter().map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

fn nothing(what: &str, offenders: Vec<String>) {
    assert!(offenders.is_empty(), "{what}:\n  {}", offenders.join("\n  "));
}

#[test]
fn no_file_is_long() {
    let long =
        sources().into_iter().map(|(name, text)| (name, text.lines().count())).filter(|(_, lines)| *lines > LINES_MAX);
    nothing("split these", long.map(|(name, lines)| format!("{name}: {lines} lines")).collect());
}

#[test]
fn no_unlisted_work() {
    // In two parts, so that this file doesn't name itself.
    let marks = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X:")];
    let mut offenders = Vec::new();
    for (name, text) in sources() {
        for (number, line) in text.lines().enumerate() {
            if marks.iter().any(|mark| line.contains(mark)) && !line.contains('#') {
                offenders.push(format!("{name}:{}: {}", number + 1, line.trim()));
            }
        }
    }
    nothing("name the issue (#123)", offenders);
}

#[test]
fn each_rust_file_says_why_it_exists() {
    let silent = sources().into_iter().filter(|(name, text)| {
        name.ends_with(".rs") && !text.starts_with("//!") && !name.ends_with("/tests.rs") && !name.contains("/benches/")
    });
    nothing("begin with `//!`", silent.map(|(name, _)| name).collect());
}

#[test]
fn the_pool_has_one_door() {
    let allowed = ["ledger/kit/src/db.rs", "ledger/kit/src/db/inspect_store.rs", "ledger/kit/src/migrate.rs"];
    let reaching = sources().into_iter().filter(|(name, text)| {
        name.starts_with("ledger/")
            && name.contains("/src/")
            && !allowed.contains(&name.as_str())
            && ["PgPool", "Pool<Postgres>", "PgConnection::connect"].iter().any(|word| text.contains(word))
    });
    nothing("take a TenantTx, TenantsTx or GlobalTx", reaching.map(|(name, _)| name).collect());
}

/// The log says where an error arose. A function that is passed by its name is called from the standard library.
#[test]
fn errors_keep_their_place() {
    let by_name = ["map_err(Error::internal)", "map_err(Error::unavailable)", "map_err(Error::from)"];
    let offenders = sources()
        .into_iter()
        .filter(|(name, text)| name.starts_with("ledger/") && by_name.iter().any(|passed| text.contains(passed)));
    nothing("write `map_err(|error| Error::internal(error))`, or `?`", offenders.map(|(name, _)| name).collect());
}

/// Where a statement takes a few rows from a queue, the part with the limit stands for itself: as a mere part of a join it may
/// be run again for each row of the other side, and so take all.
#[test]
fn a_limit_is_applied_once() {
    let mut offenders = Vec::new();
    let mut seen = 0;
    for (name, text) in sources().into_iter().filter(|(name, _)| name.starts_with("ledger/")) {
        for query in text.split("sqlx::query").skip(1) {
            let query = query.split("await").next().unwrap_or_default();
            let locks = query.contains(" skip locked") || query.contains(" for update");
            if !(locks && query.contains("limit ") && query.contains("update ") && query.contains(" set ")) {
                continue;
            }
            seen += 1;
            if !query.contains("as materialized (") {
                let line = query.lines().find(|line| line.contains("limit ")).unwrap_or_default();
                offenders.push(format!("{name}: {}", line.trim()));
            }
        }
    }
    assert!(seen >= 8, "{seen} queues");
    nothing("write `with due as materialized (select … limit …)`", offenders);
}

/// The manifests of crates in these folders and one below.
fn manifests(folders: &[&str]) -> Vec<PathBuf> {
    let folders = folders.iter().map(|folder| settings::root().join(folder));
    let below = folders.clone().flat_map(|folder| fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()));
    folders.chain(below).map(|folder| folder.join("Cargo.toml")).filter(|manifest| manifest.is_file()).collect()
}

/// A library is linted only in the build of its tests (`xtask/rustc.sh`).
#[test]
fn every_library_has_a_build_of_its_tests() {
    let has_none = |manifest: &PathBuf| {
        let text = fs::read_to_string(manifest).unwrap();
        let mut sections = text.split("\n[").map(|section| section.lines().map(str::trim));
        sections.any(|mut lines| lines.next() == Some("lib]") && lines.any(|line| line == "test = false"))
    };
    let without = manifests(&["shared", "edge", "ledger", "tests", "xtask"]).into_iter().filter(has_none);
    nothing("remove `test = false`", without.map(|path| path.display().to_string()).collect());
}

/// sqlx reads the file beside the Cargo.toml of the crate that it compiles, and takes none for an empty one.
#[test]
fn columns_have_one_type_in_all_crates() {
    let agreed = fs::read_to_string(settings::root().join("sqlx.toml")).unwrap();
    let mut manifests = manifests(&["ledger"]);
    manifests.retain(|manifest| fs::read_to_string(manifest).unwrap().contains("\nsqlx.workspace = true"));
    assert!(manifests.len() >= 10, "{} crates use sqlx", manifests.len());
    let own = manifests.iter().filter(|manifest| {
        fs::read_to_string(manifest.with_file_name("sqlx.toml")).ok().as_deref() != Some(agreed.as_str())
    });
    nothing("link sqlx.toml beside these to the workspace's", own.map(|path| path.display().to_string()).collect());
}
