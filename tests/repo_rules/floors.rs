//! Goal: the ledger's floors stay floors. A crate uses those below it, and the folders of one crate don't import each other
//! in a circle.
//! Method: the manifests are read, and every import of the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};

use world::settings;

use crate::sources::files;

/// From the lowest on.
const FLOORS: [&str; 13] = [
    "rules",
    "kit",
    "outbox",
    "identity",
    "engine",
    "programs",
    "integrations",
    "payouts",
    "recruiting",
    "network",
    "ui",
    "agents",
    "ledger",
];

type Arrows = BTreeMap<String, BTreeSet<String>>;

fn folder(floor: &str) -> PathBuf {
    let ledger = settings::root().join("ledger");
    if floor == "ledger" { ledger } else { ledger.join(floor) }
}

#[test]
fn a_crate_uses_those_below_it() {
    for (height, floor) in FLOORS.iter().enumerate() {
        let manifest = fs::read_to_string(folder(floor).join("Cargo.toml")).unwrap();
        let used =
            FLOORS.iter().enumerate().filter(|(_, other)| manifest.contains(&format!("\n{other}.workspace = true")));
        let above: Vec<&str> = used.filter(|(other, _)| *other >= height).map(|(_, other)| *other).collect();
        assert!(above.is_empty(), "{floor} must not use {above:?}");
    }
    let rules = fs::read_to_string(folder("rules").join("Cargo.toml")).unwrap();
    for heavy in ["sqlx", "axum", "tokio", "reqwest"] {
        assert!(!rules.contains(heavy), "rules are pure: {heavy}");
    }
}

#[test]
fn no_folders_import_each_other_in_a_circle() {
    let mut found = Vec::new();
    for floor in FLOORS {
        let arrows = arrows(&folder(floor).join("src"));
        assert!(!arrows.is_empty(), "{floor}");
        found.extend(circles(&arrows).into_iter().map(|circle| format!("{floor}: {}", circle.join(" "))));
    }
    assert!(found.is_empty(), "move what points upwards to where it belongs: {found:?}");
}

#[test]
fn imports_are_read_as_the_compiler_reads_them() {
    let code = "use crate::{\n    access::{role::Right, secret},\n    db,\n};\nuse crate::mail;\nfn f() { crate::page::show() } // crate::not";
    let names: Vec<String> = imported(code).into_iter().collect();
    assert_eq!(names, ["access", "db", "mail", "page"]);
    let arrow = |from: &str, to: &[&str]| (from.to_owned(), to.iter().map(|name| (*name).to_owned()).collect());
    let arrows = Arrows::from([arrow("a", &["b"]), arrow("b", &["c"]), arrow("c", &["a", "d"]), arrow("d", &[])]);
    assert_eq!(circles(&arrows), [["a", "b", "c"]]);
}

/// What the folders of a crate import of each other; unit tests aside.
fn arrows(source: &Path) -> Arrows {
    let mut paths = Vec::new();
    files(source, &mut paths);
    let mut arrows = Arrows::new();
    for path in paths.iter().filter(|path| path.extension().is_some_and(|ending| ending == "rs")) {
        let inside = path.strip_prefix(source).unwrap().to_string_lossy().into_owned();
        let name = inside.split(['/', '.']).next().unwrap_or_default().to_owned();
        if ["lib", "main"].contains(&name.as_str()) || inside.ends_with("tests.rs") || inside.contains("/tests/") {
            continue;
        }
        let text = fs::read_to_string(path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        arrows.entry(name).or_default().extend(imported(code));
    }
    let names: BTreeSet<String> = arrows.keys().cloned().collect();
    for (name, to) in &mut arrows {
        to.retain(|other| other != name && names.contains(other));
    }
    arrows
}

/// The first name of everything that stands behind `crate::`.
fn imported(code: &str) -> BTreeSet<String> {
    let code: String =
        code.lines().map(|line| line.split("//").next().unwrap_or_default()).collect::<Vec<_>>().join("\n");
    let mut names = BTreeSet::new();
    for rest in code.split("crate::").skip(1) {
        match rest.strip_prefix('{') {
            None => names.extend(first_word(rest)),
            Some(list) => names.extend(heads(list)),
        }
    }
    names
}

/// The first names of a list's items, up to the brace that closes it.
fn heads(list: &str) -> Vec<String> {
    let (mut depth, mut at_head, mut heads) = (0, true, Vec::new());
    for (at, character) in list.char_indices() {
        match character {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => at_head = true,
            character if at_head && !character.is_whitespace() => {
                heads.extend(first_word(&list[at..]));
                at_head = false;
            }
            _ => {}
        }
    }
    heads
}

fn first_word(text: &str) -> Option<String> {
    let word = text.split(|character: char| !character.is_alphanumeric() && character != '_').next()?;
    (!word.is_empty()).then(|| word.to_owned())
}

/// Sets of folders that reach each other both ways.
fn circles(arrows: &Arrows) -> Vec<Vec<String>> {
    let reached: BTreeMap<&String, BTreeSet<String>> = arrows.keys().map(|from| (from, reach(arrows, from))).collect();
    let both = |a: &String, b: &String| reached[a].contains(b) && reached[b].contains(a);
    let mut found: Vec<Vec<String>> = Vec::new();
    for from in arrows.keys().filter(|from| reached[from].contains(*from)) {
        let circle: Vec<String> = arrows.keys().filter(|other| both(from, other)).cloned().collect();
        if !found.contains(&circle) {
            found.push(circle);
        }
    }
    found
}

fn reach(arrows: &Arrows, from: &str) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(name) = next.pop() {
        for other in arrows.get(&name).into_iter().flatten() {
            if found.insert(other.clone()) {
                next.push(other.clone());
            }
        }
    }
    found
}
