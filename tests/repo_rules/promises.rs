//! Goal: what we promise can be checked: each row of `docs/contributing/promises.md` names tests that exist and run.
//! Method: the last cell of each row is read. A test is looked for where the compiler would find it: from
//! `tests/<suite>/main.rs`, or the root of a crate, from one `mod` to the next, in the file that they lead to.

use std::{
    fs,
    path::{Path, PathBuf},
};

use world::settings;

const PAGE: &str = "docs/contributing/promises.md";
/// The crates that aren't below `ledger/`.
const OWN_FOLDERS: [&str; 3] = ["edge", "ledger", "shared"];

/// A module's source: its file, the folder with the files of its modules, and the part of the file from its beginning.
struct Module {
    file: PathBuf,
    folder: PathBuf,
    text: String,
}

impl Module {
    fn read(file: PathBuf, folder: PathBuf) -> Option<Self> {
        let text = fs::read_to_string(&file).ok()?;
        Some(Self { file, folder, text })
    }

    /// The roots of a suite, or of a crate, which may be a program and a library.
    fn roots(folder: &Path) -> impl Iterator<Item = Self> {
        ["main.rs", "lib.rs"].iter().filter_map(|name| Self::read(folder.join(name), folder.to_owned()))
    }

    /// A module that this one declares: in its own file, in the one that an attribute names, or in a usual one.
    fn child(&self, name: &str) -> Option<Self> {
        let lines: Vec<&str> = self.text.lines().collect();
        let ending_with = |end: String| {
            let declares = |before: &str| before.is_empty() || before.ends_with(' ');
            lines.iter().position(|line| line.strip_suffix(&end).is_some_and(declares))
        };
        let folder = self.folder.join(name);
        if let Some(at) = ending_with(format!("mod {name} {{")) {
            return Some(Self { file: self.file.clone(), folder, text: lines[at + 1..].join("\n") });
        }
        let at = ending_with(format!("mod {name};"))?;
        let given = lines[..at].iter().rev().take_while(|line| line.starts_with("#[")).find_map(|line| {
            let path = line.strip_prefix("#[path = \"")?.strip_suffix("\"]")?;
            Some(self.file.with_file_name(path))
        });
        let usual = [self.folder.join(format!("{name}.rs")), folder.join("mod.rs")];
        given.into_iter().chain(usual).find_map(|file| Self::read(file, folder.clone()))
    }

    /// What is wrong with a test of this name.
    fn problem(&self, test: &str) -> Option<&'static str> {
        let Some((before, _)) = self.text.split_once(&format!("fn {test}(")) else { return Some("doesn't exist") };
        let above = before.rsplit('\n').skip(1).map(str::trim);
        let attributes: Vec<&str> = above.take_while(|line| line.starts_with("#[") || line.starts_with("//")).collect();
        let has = |beginning: &str| attributes.iter().any(|line| line.starts_with(beginning));
        if !has("#[test]") && !has("#[tokio::test") {
            Some("is no test")
        } else if has("#[ignore") {
            Some("is ignored")
        } else {
            None
        }
    }
}

/// What is wrong with a reference such as `suite::module::test` or `crate module::test`.
fn problem(reference: &str) -> Option<&'static str> {
    let (root, path) = match reference.split_once(' ') {
        Some((name, path)) if OWN_FOLDERS.contains(&name) => (format!("{name}/src"), path),
        Some((name, path)) => (format!("ledger/{name}/src"), path),
        None => {
            let Some((suite, path)) = reference.split_once("::") else { return Some("names no suite") };
            (format!("tests/{suite}"), path)
        }
    };
    let Some((modules, test)) = path.rsplit_once("::") else { return Some("names no module") };
    let inside = |root: Module| modules.split("::").try_fold(root, |module, name| module.child(name));
    let module = Module::roots(&settings::root().join(root)).find_map(inside);
    module.map_or(Some("has a module that doesn't exist"), |module| module.problem(test))
}

/// The promises of the page, each with the tests that show it.
fn rows(page: &str) -> Vec<(&str, Vec<&str>)> {
    let cells = page.lines().filter_map(|line| line.strip_prefix("| ")?.strip_suffix(" |")?.split_once(" | "));
    let promises = cells.filter(|(promise, _)| !["promise", "---"].contains(promise));
    promises
        .map(|(promise, rest)| {
            let last = rest.rsplit_once(" | ").map_or(rest, |(_, last)| last);
            let spans = last.split('`').skip(1).step_by(2);
            (promise, spans.filter(|span| span.contains("::")).collect())
        })
        .collect()
}

fn mistakes(page: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (promise, tests) in rows(page) {
        if tests.is_empty() {
            found.push(format!("{promise} names no test"));
        }
        found.extend(tests.iter().filter_map(|test| Some(format!("{promise} {test} {}", problem(test)?))));
    }
    found
}

#[test]
fn each_promise_names_tests_that_exist_and_run() {
    let page = fs::read_to_string(settings::root().join(PAGE)).unwrap();
    assert!(rows(&page).len() > 100, "{}", rows(&page).len());
    let found = mistakes(&page);
    assert!(found.is_empty(), "in {PAGE}, name a test that shows it:\n  {}", found.join("\n  "));
}

#[test]
fn a_test_that_is_gone_is_found() {
    for there in [
        "repo_rules::promises::a_test_that_is_gone_is_found",
        "repo_rules::docs::links::anchors_are_those_of_code_hosts",
        "shared sign::tests::a_published_example",
        "shared fields::tests::defaults",
        "rules gateway::stripe::tests::trial::only_a_beginning_without_a_payment_is_a_lead",
    ] {
        assert_eq!(problem(there), None, "{there}");
    }
    for (reference, what) in [
        ("repo_rules::promises::a_test_that_was_renamed", "doesn't exist"),
        ("repo_rules::promises::rows", "is no test"),
        ("crm::load::ten_thousand", "is ignored"),
        ("repo_rules::links::anchors_are_those_of_code_hosts", "has a module that doesn't exist"),
        ("ghosts::promises::rows", "has a module that doesn't exist"),
        ("ghosts sign::tests::a_published_example", "has a module that doesn't exist"),
    ] {
        assert_eq!(problem(reference), Some(what), "{reference}");
    }
    let head = "| promise | described in | shown by |\n| --- | --- | --- |\n";
    let good = "`repo_rules::promises::a_test_that_is_gone_is_found`; not shown: `payout_sent`";
    assert!(mistakes(&format!("{head}| It is so. | [here](a.md) | {good} |\n")).is_empty());
    for cell in ["", "soon", "`payout_sent`", "`repo_rules::promises::rows`"] {
        assert_eq!(mistakes(&format!("{head}| It is so. | [here](a.md) | {cell} |\n")).len(), 1, "{cell}");
    }
}
