//! Goal: the documentation is true where a machine can tell: links, contents, commands, variables, error codes, the script's
//! attributes and methods, and the picture of the floors.
//! Method: the pages are read as text, and held against the sources and manifests that they speak of.

mod codes;
mod links;
mod script;
mod tables;

use std::{
    fs,
    path::{Path, PathBuf},
};

use world::settings;

/// Every page: its path from the repository's root, and its text.
fn pages() -> Vec<(String, String)> {
    let root = settings::root();
    let mut found: Vec<PathBuf> = ["README.md", "CONTRIBUTING.md", "SECURITY.md"].map(|name| root.join(name)).into();
    collect(&root.join("docs"), "md", &mut found);
    assert!(found.len() > 60, "{}", found.len());
    let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    found.into_iter().map(|path| (name(&path), fs::read_to_string(&path).unwrap())).collect()
}

fn page(name: &str) -> String {
    fs::read_to_string(settings::root().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn collect(below: &Path, ending: &str, found: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(below).into_iter().flatten().flatten() {
        let path = entry.path();
        let is_made =
            path.file_name().is_some_and(|name| ["target", "build", "node_modules"].iter().any(|one| name == *one));
        if path.is_dir() && !is_made {
            collect(&path, ending, found);
        } else if path.extension().is_some_and(|one| one == ending) {
            found.push(path);
        }
    }
}

/// Rust sources below some folders, unit tests cut off.
fn sources(folders: &[&str]) -> Vec<(String, String)> {
    let root = settings::root();
    let mut found = Vec::new();
    folders.iter().for_each(|folder| collect(&root.join(folder), "rs", &mut found));
    let name = |path: &Path| path.strip_prefix(&root).unwrap().display().to_string();
    let read = |path: &PathBuf| {
        let text = fs::read_to_string(path).unwrap();
        text.split("#[cfg(test)]\nmod ").next().unwrap_or_default().to_owned()
    };
    let all = found.iter().map(|path| (name(path), read(path)));
    all.filter(|(name, _)| !name.ends_with("tests.rs") && !name.ends_with("_test.rs") && !name.contains("/tests/"))
        .collect()
}

/// The name at a text's beginning: letters, digits, underscores.
fn word(text: &str) -> &str {
    let end =
        text.find(|character: char| !(character.is_ascii_alphanumeric() || character == '_')).unwrap_or(text.len());
    &text[..end]
}

fn nothing(what: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{what}:\n  {}", offenders.join("\n  "));
}
