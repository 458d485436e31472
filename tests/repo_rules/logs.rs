//! Goal: whoever reads the ledger's logs, or alerts on them, can rely on names that stay when sentences change.
//! Method: every line that the ledger logs begins with the name of its event, jobs are named as they are scheduled, and
//! `docs/self-hosting/logs.md` lists exactly these events with their level.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use world::settings;

use crate::sources::files;

const PAGE: &str = "docs/self-hosting/logs.md";
const LEVELS: [&str; 3] = ["info", "warn", "error"];

/// Every call that logs something an operator sees by default: its file, its level, and what follows the parenthesis.
fn calls() -> Vec<(String, &'static str, String)> {
    let root = settings::root();
    let mut paths = Vec::new();
    files(&root.join("ledger"), &mut paths);
    let mut found = Vec::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let is_other = ["/benches/", "/tests/", "/examples/"].iter().any(|folder| name.contains(folder));
        if is_other || !name.ends_with(".rs") {
            continue;
        }
        let text = fs::read_to_string(&path).unwrap();
        for level in LEVELS {
            let mark = format!("tracing::{level}!(");
            for call in text.split(mark.as_str()).skip(1) {
                found.push((name.clone(), level, call.trim_start().to_owned()));
            }
        }
    }
    assert!(found.len() > 100, "{} calls", found.len());
    found
}

fn value<'c>(call: &'c str, field: &str) -> Option<&'c str> {
    let call = call.split(");").next().unwrap_or(call);
    call.split(&format!("{field} = \"")).nth(1)?.split('"').next()
}

#[test]
fn every_line_has_the_name_of_its_event() {
    let mut nameless = Vec::new();
    let mut levels: BTreeMap<String, BTreeSet<&str>> = BTreeMap::new();
    for (file, level, call) in calls() {
        let name = call.strip_prefix("event = \"").and_then(|rest| rest.split('"').next()).unwrap_or_default();
        let is_plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
        if name.split('.').count() == 2 && name.split('.').all(is_plain) {
            levels.entry(name.to_owned()).or_default().insert(level);
        } else {
            nameless.push(format!("{file}: {}", call.lines().next().unwrap_or_default()));
        }
    }
    assert!(nameless.is_empty(), "begin with `event = \"area.what_happened\"`:\n  {}", nameless.join("\n  "));
    let split: Vec<&String> = levels.iter().filter(|(_, levels)| levels.len() > 1).map(|(name, _)| name).collect();
    assert!(split.is_empty(), "one level for each event: {split:?}");
    let logged: BTreeSet<(String, String)> = levels
        .into_iter()
        .flat_map(|(name, levels)| levels.into_iter().map(move |level| (name.clone(), level.to_owned())))
        .collect();
    let page = fs::read_to_string(settings::root().join(PAGE)).unwrap();
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `")?.split_once("` | "));
    let listed: BTreeSet<(String, String)> = rows
        .filter(|(name, _)| name.contains('.'))
        .map(|(name, rest)| (name.to_owned(), rest.split(' ').next().unwrap_or_default().to_owned()))
        .collect();
    let missing: Vec<_> = logged.difference(&listed).collect();
    assert!(missing.is_empty(), "not in {PAGE}: {missing:?}");
    let gone: Vec<_> = listed.difference(&logged).collect();
    assert!(gone.is_empty(), "in {PAGE}, but nothing logs them: {gone:?}");
}

#[test]
fn jobs_have_the_names_they_are_scheduled_with() {
    let scheduled = fs::read_to_string(settings::root().join("ledger/src/serve.rs")).unwrap();
    for (file, _, call) in calls() {
        if let Some(job) = value(&call, "job") {
            assert!(scheduled.contains(&format!("\"{job}\"")), "{file}: no job is named {job:?}");
        }
    }
}
