//! Commands that the pages name exist, and the table of variables is whole; the picture of the floors shows the manifests'.

use std::collections::{BTreeMap, BTreeSet};

use world::settings;

use super::{nothing, page, pages, sources, word};

const CONFIGURATION: &str = "docs/self-hosting/configuration.md";

#[test]
fn every_command_of_xtask_exists() {
    let main = page("xtask/src/main.rs");
    let list = main.split_once("enum Command {").and_then(|(_, rest)| rest.split_once("\n}")).expect("the commands").0;
    let known: BTreeSet<String> = list
        .lines()
        .map(str::trim)
        .filter(|line| !line.starts_with("///"))
        .map(|line| hyphenated(word(line)))
        .collect();
    assert!(known.contains("dev") && known.contains("crm-docs"), "{known:?}");
    let mut unknown = Vec::new();
    for (name, text) in pages() {
        for rest in text.split("cargo xtask ").skip(1) {
            let end = rest
                .find(|character: char| !(character.is_ascii_lowercase() || character == '-'))
                .unwrap_or(rest.len());
            let command = rest[..end].trim_end_matches('-');
            if !command.is_empty() && !command.starts_with('-') && !known.contains(command) {
                unknown.push(format!("{name}: cargo xtask {command}"));
            }
        }
    }
    nothing("there is no such command", &unknown);
}

#[test]
fn every_variable_is_documented_and_read() {
    let mut read = read_variables();
    assert!(read.contains("DATABASE_URL") && read.contains("REKOMI_SMTP_URL"), "{read:?}");
    read.extend(secrets().iter().map(|name| format!("{name}_FILE")));
    let table = page(CONFIGURATION);
    let documented: BTreeSet<String> = variables(&table).collect();
    let missing: Vec<String> = read.difference(&documented).cloned().collect();
    nothing("not in docs/self-hosting/configuration.md", &missing);
    let mut unread = Vec::new();
    for (name, text) in pages() {
        let named = variables(&text).filter(|variable| !read.contains(variable) && !is_of_a_reader(variable));
        unread.extend(named.map(|variable| format!("{name}: {variable}")));
    }
    nothing("nothing reads these", &unread);
}

/// `rekomi init` writes the example with an installation's own values, so it has every variable of the table but those of
/// the edge and of the tools.
#[test]
fn the_example_has_every_setting() {
    let table = page(CONFIGURATION);
    let (ledger, rest) = table.split_once("\n## The edge").expect("the ledger's settings");
    let (edge, _) = rest.split_once("\n## Building and testing").expect("the edge's settings");
    let (_, store) = edge.split_once("edge-store` needs").expect("the settings of `rekomi edge-store`");
    let set: BTreeSet<String> =
        variables(ledger).chain(variables(store)).filter(|name| !name.ends_with("_FILE")).collect();
    let example = page(".env.example");
    let lines = example.lines().filter_map(|line| line.trim_start_matches('#').split_once('='));
    let listed: BTreeSet<String> = lines.map(|(name, _)| name.to_owned()).filter(|name| word(name) == name).collect();
    let mut missing: Vec<String> = set.difference(&listed).cloned().collect();
    // One vendor stands for all.
    missing.retain(|name| !name.starts_with("REKOMI_VENDOR_BASE_"));
    nothing("not in .env.example", &missing);
    let unknown: Vec<String> = listed.difference(&set).cloned().collect();
    nothing("in .env.example, but not in docs/self-hosting/configuration.md", &unknown);
}

/// The variables that can also be in a file.
fn secrets() -> BTreeSet<String> {
    let file = page("ledger/kit/src/config/variable.rs");
    let list = file.split_once("pub const SECRETS").and_then(|(_, rest)| rest.split_once("];")).expect("the list").0;
    let names: BTreeSet<String> = list.split('"').skip(1).step_by(2).map(str::to_owned).collect();
    assert!(names.len() > 8, "{names:?}");
    names
}

/// Variables of examples, and of the tests' own machinery.
fn is_of_a_reader(variable: &str) -> bool {
    let examples = [
        "REKOMI_API_KEY",
        "REKOMI_KEY",
        "REKOMI_MCP_TOKEN",
        "REKOMI_SIGNING_SECRET",
        "REKOMI_URL",
        "REKOMI_WEBHOOK_SECRET",
        "REKOMI_TAGS",
        "REKOMI_STATUS",
    ];
    examples.contains(&variable) || variable.starts_with("REKOMI_VENDOR_BASE_") || variable.starts_with("REKOMI_TEST_")
}

/// What the ledger, the edge and the commands read: text literals that are whole names.
fn read_variables() -> BTreeSet<String> {
    let mut read = BTreeSet::new();
    for (name, text) in sources(&["ledger", "edge", "xtask/src/deny"]) {
        // A connector reads no environment, and names fields of CRMs. What a brand's own server reads is in its code.
        if ["ledger/benches", "/demo/", "connector", "server_code"].iter().any(|part| name.contains(part)) {
            continue;
        }
        for literal in text.split('"').skip(1).step_by(2).chain(text.split('"').skip(2).step_by(2)) {
            let is_ours = ["REKOMI_", "OTEL_"].iter().any(|start| literal.starts_with(start));
            let is_name = is_ours && word(literal) == literal && !literal.ends_with('_');
            if is_name || ["DATABASE_URL", "DATABASE_OWNER_URL"].contains(&literal) {
                read.insert(literal.to_owned());
            }
        }
    }
    read
}

fn variables(text: &str) -> impl Iterator<Item = String> {
    let whole = text
        .split(|character: char| !(character.is_ascii_uppercase() || character.is_ascii_digit() || character == '_'));
    let of_database = |name: &str| ["DATABASE_URL", "DATABASE_OWNER_URL"].contains(&name);
    let is_ours = |name: &str| name.starts_with("REKOMI_") || name.starts_with("OTEL_");
    let named = whole.filter(move |name| is_ours(name) || of_database(name.strip_suffix("_FILE").unwrap_or(name)));
    // `REKOMI_TEST_…` names a family.
    named.filter(|name| !name.ends_with('_')).map(str::to_owned)
}

/// `CrmDocs` is the command `crm-docs`.
fn hyphenated(name: &str) -> String {
    let mut text = String::new();
    for character in name.chars() {
        if character.is_ascii_uppercase() && !text.is_empty() {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// Every arrow drawn is a direct dependency, and every direct dependency can be followed along the arrows.
#[test]
fn the_picture_of_the_floors_is_that_of_the_manifests() {
    let text = page("docs/contributing/architecture.md");
    let picture = text
        .split_once("<!-- floors:")
        .and_then(|(_, rest)| rest.split_once("<!-- end of floors"))
        .expect("the picture")
        .0;
    let mut drawn: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (lower, upper) in picture.lines().filter_map(|line| line.trim().split_once(" --> ")) {
        drawn.entry(upper.to_owned()).or_default().insert(lower.to_owned());
    }
    let uses = manifests();
    assert!(uses.len() >= 12, "{uses:?}");
    for (name, lower) in &uses {
        let reached = reached(&drawn, name);
        let lost: Vec<&String> = lower.difference(&reached).collect();
        assert!(lost.is_empty(), "`cargo xtask docs` draws {name} on {lost:?}");
    }
    for (upper, lower) in &drawn {
        let made_up: Vec<&String> =
            lower.iter().filter(|one| !uses.get(upper).is_some_and(|uses| uses.contains(*one))).collect();
        assert!(made_up.is_empty(), "{upper} doesn't use {made_up:?}: run `cargo xtask docs`");
    }
}

/// Which crates of the ledger each crate of the ledger depends on, tests aside.
fn manifests() -> BTreeMap<String, BTreeSet<String>> {
    let mut found = BTreeMap::new();
    let ledger = settings::root().join("ledger");
    let below = std::fs::read_dir(&ledger).unwrap().flatten().map(|entry| entry.path());
    for folder in below.chain([ledger.clone(), settings::root().join("shared")]) {
        let Ok(manifest) = std::fs::read_to_string(folder.join("Cargo.toml")) else { continue };
        let name = manifest.split("name = \"").nth(1).map_or("", word_or_hyphen).to_owned();
        let dependencies =
            manifest.split_once("\n[dependencies]").map_or("", |(_, rest)| rest.split("\n[").next().unwrap_or(""));
        let used =
            dependencies.lines().filter_map(|line| line.split(['.', ' ', '=']).next()).map(str::to_owned).collect();
        found.insert(name, used);
    }
    let names: BTreeSet<String> = found.keys().cloned().collect();
    found.values_mut().for_each(|used: &mut BTreeSet<String>| used.retain(|one| names.contains(one)));
    found
}

fn word_or_hyphen(text: &str) -> &str {
    text.split('"').next().unwrap_or_default()
}

fn reached(arrows: &BTreeMap<String, BTreeSet<String>>, from: &str) -> BTreeSet<String> {
    let (mut found, mut next) = (BTreeSet::new(), vec![from.to_owned()]);
    while let Some(name) = next.pop() {
        for lower in arrows.get(&name).into_iter().flatten() {
            if found.insert(lower.clone()) {
                next.push(lower.clone());
            }
        }
    }
    found
}
