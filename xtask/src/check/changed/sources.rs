//! Finds by their text the files that use a page, a template, a script or a document.

use crate::repo;
use anyhow::{Context, Result};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

const TEMPLATES: &str = "ledger/templates";
/// What all suites share.
const FIXTURES: &str = "tests/src/";

/// The text of the sources that can name others, by path.
#[derive(Debug, Default)]
pub(super) struct Sources(pub(super) BTreeMap<String, String>);

impl Sources {
    /// Reads all tests, crates and templates.
    pub(super) fn read() -> Result<Self> {
        let mut sources = Self::default();
        for folder in ["edge", "ledger", "shared", "tests"] {
            sources.collect(&repo::at(folder), folder)?;
        }
        Ok(sources)
    }

    fn collect(&mut self, folder: &Path, name: &str) -> Result<()> {
        for entry in fs::read_dir(folder).with_context(|| format!("can't read {name}"))? {
            let entry = entry?;
            let path = format!("{name}/{}", entry.file_name().to_string_lossy());
            if entry.path().is_dir() {
                if !matches!(entry.file_name().to_str(), Some("build" | "node_modules" | ".wrangler")) {
                    self.collect(&entry.path(), &path)?;
                }
            } else if path.ends_with(".rs") || path.ends_with(".html") {
                let text = fs::read_to_string(entry.path()).with_context(|| format!("can't read {path}"))?;
                self.0.insert(path, text);
            }
        }
        Ok(())
    }

    /// Folders of `tests` that are a suite.
    pub(super) fn suites(&self) -> Vec<String> {
        let name = |path: &String| Some(path.strip_prefix("tests/")?.strip_suffix("/main.rs")?.to_owned());
        self.0.keys().filter_map(name).filter(|name| !name.contains('/') && name != "src").collect()
    }

    /// Rust files that render a template, also as a part of another one.
    pub(super) fn users_of_template(&self, path: &str) -> BTreeSet<&str> {
        let (mut seen, mut next) = (BTreeSet::new(), vec![path]);
        let mut users = BTreeSet::new();
        while let Some(template) = next.pop() {
            let name = template.strip_prefix(TEMPLATES).unwrap_or(template).trim_start_matches('/');
            let naming = format!("{name}\"");
            for (user, _) in self.0.iter().filter(|(_, text)| text.contains(&naming)) {
                if user.ends_with(".rs") && user.starts_with("ledger/") {
                    users.insert(user.as_str());
                } else if user.starts_with(TEMPLATES) && seen.insert(user.as_str()) {
                    next.push(user);
                }
            }
        }
        users
    }

    /// Rust files of the crates that compile a document into themselves or their tests.
    pub(super) fn including(&self, document: &str) -> Vec<&str> {
        let naming = format!("{document}\"");
        let includes = |text: &str| text.lines().any(|line| line.contains("include_") && line.contains(&naming));
        let of_crate = self.0.iter().filter(|(path, _)| path.ends_with(".rs") && !path.starts_with("tests/"));
        of_crate.filter(|(_, text)| includes(text)).map(|(path, _)| path.as_str()).collect()
    }

    /// How test files name the shared fixtures that contain one of these texts: `payout_fixture::`.
    pub(super) fn fixtures(&self, signs: &[String]) -> Vec<String> {
        let shared = self.0.iter().filter(|(path, _)| path.starts_with(FIXTURES));
        let naming = shared.filter(|(_, text)| signs.iter().any(|sign| text.contains(sign.as_str())));
        naming.map(|(path, _)| format!("{}::", stem(path.trim_end_matches(".rs")))).collect()
    }

    /// The part of a suite whose files contain one of these texts.
    pub(super) fn part(&self, suite: &str, signs: &[&str]) -> Part {
        let folder = format!("tests/{suite}/");
        let files: BTreeMap<&str, &str> = self
            .0
            .iter()
            .filter_map(|(path, text)| Some((path.strip_prefix(&folder)?.strip_suffix(".rs")?, text.as_str())))
            .collect();
        let mut named: BTreeSet<&str> = files
            .iter()
            .filter(|(_, text)| signs.iter().any(|sign| text.contains(sign)))
            .map(|(name, _)| *name)
            .collect();
        // Files that use what such a file offers are reached, too.
        loop {
            let calls: Vec<String> = named.iter().map(|name| format!("{}::", stem(name))).collect();
            let more: Vec<&str> = files
                .iter()
                .filter(|(name, text)| {
                    **name != "main" && !named.contains(*name) && calls.iter().any(|call| text.contains(call))
                })
                .map(|(name, _)| *name)
                .collect();
            if more.is_empty() {
                break;
            }
            named.extend(more);
        }
        if named.contains("main") {
            return Part::Whole;
        }
        Part::Modules(named.into_iter().map(|name| format!("{}::", name.replace('/', "::"))).collect())
    }
}

fn stem(name: &str) -> &str {
    name.rsplit('/').next().unwrap_or(name)
}

/// What runs of a suite.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::check) enum Part {
    Whole,
    /// Tests whose names contain one of these.
    Modules(BTreeSet<String>),
}

impl Part {
    pub(super) fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::Modules(mut own), Self::Modules(more)) => {
                own.extend(more);
                Self::Modules(own)
            }
            _ => Self::Whole,
        }
    }

    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Modules(names) if names.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sources(all: &[(&str, &str)]) -> Sources {
        Sources(all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }

    #[test]
    fn a_template_reaches_those_who_show_it_as_a_part() {
        let sources = sources(&[
            ("ledger/templates/bar.html", ""),
            ("ledger/templates/layout.html", "{% include \"bar.html\" %}"),
            ("ledger/templates/payouts.html", "{% extends \"layout.html\" %}"),
            ("ledger/ui/src/dashboard/payouts/list.rs", "#[template(path = \"payouts.html\")]"),
            ("ledger/ui/src/portal/home.rs", "#[template(path = \"portal.html\")]"),
            ("tests/api/payouts.rs", "\"payouts.html\""),
        ]);
        let users =
            |name: &str| sources.users_of_template(&format!("ledger/templates/{name}")).into_iter().collect::<Vec<_>>();
        assert_eq!(users("bar.html"), ["ledger/ui/src/dashboard/payouts/list.rs"]);
        assert_eq!(users("portal.html"), ["ledger/ui/src/portal/home.rs"]);
        assert!(users("unused.html").is_empty());
    }

    #[test]
    fn a_document_reaches_the_code_that_includes_it() {
        let sources = sources(&[
            ("ledger/kit/src/a.rs", "const TEXT: &str = include_str!(\"../../../docs/api/changelog.md\");"),
            ("ledger/kit/src/b.rs", "/// As `docs/api/changelog.md` says."),
        ]);
        assert_eq!(sources.including("docs/api/changelog.md"), ["ledger/kit/src/a.rs"]);
    }

    #[test]
    fn a_suite_runs_the_files_with_a_sign_and_those_that_use_them() {
        let sources = sources(&[
            ("tests/api/main.rs", "mod coupons; mod links; mod teams;"),
            ("tests/api/coupons.rs", "get(\"/dashboard/coupons\")"),
            ("tests/api/links/create.rs", "use crate::coupons::coupon;"),
            ("tests/api/teams.rs", "get(\"/api/v1/team\")"),
            ("tests/crm/main.rs", "get(\"/dashboard/crms\")"),
        ]);
        let modules = |names: &[&str]| Part::Modules(names.iter().map(|name| (*name).to_owned()).collect());
        assert_eq!(sources.part("api", &["/dashboard"]), modules(&["coupons::", "links::create::"]));
        assert!(sources.part("api", &["/nowhere"]).is_empty());
        assert_eq!(sources.part("crm", &["/dashboard"]), Part::Whole, "its main file helps all others");
        assert_eq!(sources.suites(), ["api", "crm"]);
        assert_eq!(modules(&["a::"]).and(modules(&["b::"])), modules(&["a::", "b::"]));
        assert_eq!(modules(&["a::"]).and(Part::Whole), Part::Whole);
    }
}
