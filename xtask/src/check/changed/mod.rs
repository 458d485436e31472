//! `cargo xtask test --changed`: chooses the tests that can notice what has changed since everything last passed.
//!
//! The rule is [`rule`]'s. The choice only saves time while working: `cargo xtask test` and `.ci/run` always run everything.

mod files;
mod rule;
mod sources;

pub(super) use files::{now, remember};
pub(super) use sources::Part;

use crate::{repo, run};
use anyhow::{Context, Result};
use rule::{Area, Pages};
use serde_json::Value;
use sources::Sources;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;

/// Suite that runs after every change: rules about files of any kind.
const ALWAYS: &str = "repo_rules";
/// Suite of the dashboard's pages.
const PAGES: &str = "dashboard";
/// Suite that runs the TypeScript client.
const RUNS_CLIENT: &str = "journey";
/// Crates that end-to-end tests run or consist of.
const PROGRAMS: [&str; 3] = ["ledger", "edge", "tests"];
/// Shown changes; more are only counted.
const SHOWN_MAX: usize = 12;

/// Folders of crates, each with the folders of the crates that use it directly.
type Users = BTreeMap<String, BTreeSet<String>>;

/// What to run.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Selection {
    /// Folders of the crates whose unit tests run.
    crates: BTreeSet<String>,
    /// End-to-end suites.
    suites: BTreeMap<String, Part>,
    /// Each changed file, and what it reaches.
    reasons: Vec<(String, String)>,
    /// Why everything runs.
    everything: Option<String>,
    /// Whether a query may have changed.
    queries: bool,
}

impl Selection {
    /// Compares the files with those of the last green run.
    pub(super) fn choose(files: &BTreeMap<String, String>) -> Result<Self> {
        let Some(green) = files::last_green() else {
            let why = "there is no run yet in which everything passed".to_owned();
            return Ok(Self { everything: Some(why), queries: true, ..Self::default() });
        };
        let changed = files::differing(&green, files);
        let (sources, users) = (Sources::read()?, users_of_crates()?);
        let has_query = |path: &str| fs::read_to_string(repo::at(path)).map_or(true, |text| text.contains("sqlx::"));
        Ok(Self::of(&changed, &sources, &users, has_query))
    }

    fn of(changed: &[String], sources: &Sources, users: &Users, has_query: impl Fn(&str) -> bool) -> Self {
        let suites = sources.suites();
        let mut selection = Self::default();
        selection.add(ALWAYS, Part::Whole);
        for path in changed {
            let reached = selection.reach(path, rule::area(path, &suites), sources, users);
            selection.reasons.push((path.clone(), reached));
            selection.queries |= path.ends_with(".rs") && has_query(path);
        }
        selection.queries |= selection.everything.is_some();
        selection
    }

    /// Adds what a file reaches and says it in words.
    fn reach(&mut self, path: &str, area: Area<'_>, sources: &Sources, users: &Users) -> String {
        match area {
            Area::Everything(why) => {
                self.everything.get_or_insert_with(|| format!("{path} has changed: {why}"));
                format!("everything, because {why}")
            }
            Area::Crate(folder) => {
                let above = self.add_crate(folder, users);
                if PROGRAMS.iter().any(|program| above.contains(*program)) {
                    for suite in sources.suites() {
                        self.add(&suite, Part::Whole);
                    }
                }
                format!("{folder}, the crates that use it, and all end-to-end suites")
            }
            Area::Page(folder, pages) => {
                self.add_crate(folder, users);
                self.add_pages(pages, sources);
                words(pages).to_owned()
            }
            Area::Template(template) => self.reach_template(template, sources, users),
            Area::Suite(suite) => {
                self.add(suite, Part::Whole);
                format!("the suite {suite}")
            }
            Area::Script(name) => {
                self.add_parts(&[name], sources);
                "the tests that run this script".to_owned()
            }
            Area::Document => self.reach_document(path, sources, users),
            Area::Client => {
                self.add(RUNS_CLIENT, Part::Whole);
                format!("the suite {RUNS_CLIENT}, which runs the client")
            }
        }
    }

    fn reach_template(&mut self, path: &str, sources: &Sources, users: &Users) -> String {
        let shown_by = sources.users_of_template(path);
        let mut pages: Option<Pages<'_>> = None;
        for user in &shown_by {
            let (folder, own) = match rule::area(user, &[]) {
                Area::Page(folder, pages) => (folder, pages),
                Area::Crate(folder) => (folder, Pages::Any),
                // Nothing in the source says what renders it.
                _ => ("ledger/kit", Pages::Any),
            };
            self.add_crate(folder, users);
            pages = Some(pages.map_or(own, |known| known.and(own)));
        }
        if shown_by.is_empty() {
            self.add_crate("ledger/kit", users);
        }
        let pages = pages.unwrap_or(Pages::Any);
        self.add_pages(pages, sources);
        words(pages).to_owned()
    }

    fn reach_document(&mut self, path: &str, sources: &Sources, users: &Users) -> String {
        let name = path.rsplit('/').next().unwrap_or(path);
        self.add_parts(&[path, name], sources);
        for file in sources.including(path) {
            let area = rule::area(file, &[]);
            self.reach(file, area, sources, users);
        }
        "what reads this document".to_owned()
    }

    fn add(&mut self, suite: &str, part: Part) {
        let known = self.suites.remove(suite);
        self.suites.insert(suite.to_owned(), known.map_or(part.clone(), |known| known.and(part)));
    }

    fn add_pages(&mut self, pages: Pages<'_>, sources: &Sources) {
        let mut signs = pages.signs();
        if let Pages::One(_) = pages {
            let fixtures = sources.fixtures(&signs);
            if sources.part(PAGES, &refs(&signs)).is_empty() && fixtures.is_empty() {
                return self.add_pages(Pages::Dashboard, sources);
            }
            signs.extend(fixtures);
        }
        for suite in pages.suites() {
            self.add(suite, Part::Whole);
        }
        self.add_parts(&refs(&signs), sources);
    }

    /// Adds the tests of all suites whose files contain one of these texts.
    fn add_parts(&mut self, signs: &[&str], sources: &Sources) {
        for suite in sources.suites() {
            let part = sources.part(&suite, signs);
            if !part.is_empty() {
                self.add(&suite, part);
            }
        }
    }

    /// Adds a crate and those that use it, directly or not; returns them.
    fn add_crate(&mut self, folder: &str, users: &Users) -> BTreeSet<String> {
        let (mut found, mut next) = (BTreeSet::from([folder.to_owned()]), vec![folder.to_owned()]);
        while let Some(one) = next.pop() {
            for user in users.get(&one).into_iter().flatten() {
                if found.insert(user.clone()) {
                    next.push(user.clone());
                }
            }
        }
        self.crates.extend(found.iter().cloned());
        found
    }

    /// Whether everything runs, and documentation's examples with it.
    pub(super) const fn is_everything(&self) -> bool {
        self.everything.is_some()
    }

    /// Whether the queries have to be compared with the database.
    pub(super) const fn has_queries(&self) -> bool {
        self.queries
    }

    /// What to run of a suite or, for a crate's tests, whether to run them.
    pub(super) fn part(&self, name: &str, folder: &str) -> Option<Part> {
        if self.is_everything() || folder != "tests" && self.crates.contains(folder) {
            return Some(Part::Whole);
        }
        if folder == "tests" { self.suites.get(name).cloned() } else { None }
    }

    /// Says what changed and what runs.
    pub(super) fn announce(&self) {
        if let Some(why) = &self.everything {
            println!("Everything runs: {why}.");
            return;
        }
        println!("Changed since everything last passed ({} files):", self.reasons.len());
        for (path, reached) in self.reasons.iter().take(SHOWN_MAX) {
            println!("  {path}: {reached}");
        }
        if self.reasons.len() > SHOWN_MAX {
            println!("  and {} more", self.reasons.len() - SHOWN_MAX);
        }
    }
}

fn refs(texts: &[String]) -> Vec<&str> {
    texts.iter().map(String::as_str).collect()
}

const fn words(pages: Pages<'_>) -> &'static str {
    match pages {
        Pages::One(_) => "pages of one noun",
        Pages::Dashboard => "pages of the dashboard",
        Pages::Any => "pages",
    }
}

/// Reads from cargo which crates of the checkout use which, in code or in tests.
fn users_of_crates() -> Result<Users> {
    let metadata = run::quiet(run::cargo().args(["metadata", "--no-deps", "--format-version", "1"]))?;
    Ok(users_in(&serde_json::from_str(&metadata).context("cargo metadata isn't valid JSON")?))
}

fn users_in(metadata: &Value) -> Users {
    let root = format!("{}/", metadata["workspace_root"].as_str().unwrap_or_default());
    let folder =
        |manifest: &Value| Some(manifest.as_str()?.strip_prefix(&root)?.strip_suffix("/Cargo.toml")?.to_owned());
    let packages = metadata["packages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let folders: BTreeMap<&str, String> = packages
        .iter()
        .filter_map(|package| Some((package["name"].as_str()?, folder(&package["manifest_path"])?)))
        .collect();
    let mut users = Users::new();
    for package in packages {
        let Some(user) = package["name"].as_str().and_then(|name| folders.get(name)) else { continue };
        for used in package["dependencies"].as_array().into_iter().flatten() {
            if let Some(used) = used["name"].as_str().and_then(|name| folders.get(name)) {
                users.entry(used.clone()).or_default().insert(user.clone());
            }
        }
    }
    users
}

#[cfg(test)]
mod tests;
