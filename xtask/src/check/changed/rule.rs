//! The rule that says what a changed file can reach. It errs on the side of too much: a file that no line below knows
//! reaches everything. `docs/contributing/testing.md` explains it.

/// What a changed file belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Area<'a> {
    /// All tests, for this reason.
    Everything(&'static str),
    /// The crate in this folder, with what uses it.
    Crate(&'a str),
    /// A page's code in this crate: it decides nothing, stores nothing on its own and runs in no job.
    Page(&'a str, Pages<'a>),
    /// A page's template: a page of the crates that name it.
    Template(&'a str),
    /// An end-to-end suite.
    Suite(&'a str),
    /// A script that test files run, by the text with which they name it.
    Script(&'a str),
    /// A document. Rust files may include it, or compare it with the code.
    Document,
    /// The TypeScript client.
    Client,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Pages<'a> {
    /// Only those below `/dashboard/<noun>`, by the folder's name.
    One(&'a str),
    /// Only those of the dashboard.
    Dashboard,
    /// Any page.
    Any,
}

impl Pages<'_> {
    /// Suites that mostly load such pages; they run completely.
    pub(super) const fn suites(self) -> &'static [&'static str] {
        match self {
            Self::One(_) => &[],
            Self::Dashboard => &["abuse", "dashboard", "journey"],
            Self::Any => &["abuse", "dashboard", "journey", "portal", "public"],
        }
    }

    /// Texts that the files of other suites contain if they load such a page.
    pub(super) fn signs(self) -> Vec<String> {
        let signs: &[&str] = match self {
            Self::One(noun) => return vec![format!("/dashboard/{}", noun.replace('_', "-")), WALK.to_owned()],
            Self::Dashboard => &["/dashboard", "browser"],
            Self::Any => &["/dashboard", "browser", "\"/a", "/a/", "/p/", "templates/", "assets/", "locales/"],
        };
        signs.iter().map(|sign| (*sign).to_owned()).collect()
    }

    /// The pages that either is about.
    pub(super) fn and(self, other: Self) -> Self {
        if self != other && matches!((self, other), (Self::One(_), Self::One(_))) {
            return Self::Dashboard;
        }
        self.max(other)
    }
}

/// What a test that loads every page names.
const WALK: &str = "walk.mjs";

/// Crates below the pages. What they call a dashboard or a portal are sessions, menus and counters that others use.
const SHARED_BY_PAGES: [&str; 6] =
    ["ledger/connector", "ledger/kit", "ledger/outbox", "ledger/identity", "ledger/engine", "ledger/payout-core"];
/// Files in a page's folder that something else than a request runs.
const NOT_PAGES: [&str; 4] = ["api.rs", "email.rs", "events.rs", "job.rs"];

pub(super) fn area<'a>(path: &'a str, suites: &[String]) -> Area<'a> {
    let top = path.split('/').next().unwrap_or_default();
    match top {
        "docs" | ".github" => Area::Document,
        "clients" => Area::Client,
        "edge" if path.starts_with("edge/click/") => in_crate(path, "edge/click"),
        "edge" | "shared" => in_crate(path, top),
        "tests" => in_tests(path, suites),
        "ledger" => in_ledger(path),
        "migrations" | ".sqlx" | "sqlx.toml" => Area::Everything("the database is below everything"),
        "xtask" | ".ci" => Area::Everything("it starts what the tests use"),
        _ if path == top && top.ends_with(".md") || top == "LICENSE" || top == ".editorconfig" => Area::Document,
        _ => Area::Everything("no rule knows the file"),
    }
}

/// Only what is compiled into the crate: its manifest and settings can change how everything is built.
fn in_crate<'a>(path: &'a str, folder: &'a str) -> Area<'a> {
    match path.strip_prefix(folder) {
        Some(rest) if rest.starts_with("/src/") => Area::Crate(folder),
        _ => Area::Everything("a crate's manifest or settings"),
    }
}

fn in_tests<'a>(path: &'a str, suites: &[String]) -> Area<'a> {
    let mut parts = path.splitn(3, '/').skip(1);
    match (parts.next().unwrap_or_default(), parts.next()) {
        // The helpers of all scripts.
        ("pages", Some("kit.mjs")) => Area::Script("tests/pages/"),
        ("pages" | "programs", Some(_)) => Area::Script(path),
        (suite, Some(_)) if suites.iter().any(|known| known == suite) => Area::Suite(suite),
        _ => Area::Everything("all suites share it"),
    }
}

fn in_ledger(path: &str) -> Area<'_> {
    let parts: Vec<&str> = path.split('/').collect();
    match parts.as_slice() {
        ["ledger", "templates", "mail", ..] => Area::Everything("emails leave from every floor"),
        ["ledger", "templates", ..] => Area::Template(path),
        ["ledger", "locales", _, "email.ftl"] => Area::Everything("emails leave from every floor"),
        ["ledger", "assets" | "locales", ..] => Area::Page("ledger/kit", Pages::Any),
        ["ledger", "src" | "benches", ..] => Area::Crate("ledger"),
        ["ledger", name, "src", ..] => {
            let folder = path.get(.."ledger/".len() + name.len()).unwrap_or(path);
            pages(folder, parts.get(3..).unwrap_or_default())
                .map_or(Area::Crate(folder), |pages| Area::Page(folder, pages))
        }
        ["ledger", name, "tests", ..] if !name.contains('.') => {
            Area::Crate(path.get(.."ledger/".len() + name.len()).unwrap_or(path))
        }
        _ => Area::Everything("a crate's manifest or settings"),
    }
}

/// The pages that a file of a crate renders; `inside` are the parts of its path below `src`.
fn pages<'a>(folder: &str, inside: &[&'a str]) -> Option<Pages<'a>> {
    let (file, folders) = inside.split_last()?;
    let is_run_elsewhere = NOT_PAGES.iter().any(|name| file.ends_with(name));
    if SHARED_BY_PAGES.contains(&folder) || folder == "ledger/rules" || !file.ends_with(".rs") || is_run_elsewhere {
        return None;
    }
    if folder == "ledger/ui" && folders.first() == Some(&"dashboard") {
        return Some(folders.get(1).map_or(Pages::Dashboard, |noun| Pages::One(noun)));
    }
    let is_page = folders.iter().any(|name| matches!(*name, "dashboard" | "portal"))
        || matches!(*file, "dashboard.rs" | "portal.rs")
        || file.starts_with("portal_");
    is_page.then_some(Pages::Any)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_of_file_reaches_what_it_can_change() {
        let suites = ["api".to_owned(), "crm".to_owned()];
        let of = |path: &'static str| area(path, &suites);
        let affiliates = Area::Page("ledger/ui", Pages::One("affiliates"));
        assert_eq!(of("ledger/ui/src/dashboard/affiliates/list.rs"), affiliates);
        assert_eq!(of("ledger/ui/src/dashboard/affiliates/store.rs"), affiliates);
        assert_eq!(of("ledger/ui/src/dashboard/columns.rs"), Area::Page("ledger/ui", Pages::Dashboard));
        assert_eq!(of("ledger/ui/src/portal/links.rs"), Area::Page("ledger/ui", Pages::Any));
        assert_eq!(of("ledger/payouts/src/tax/portal_upload.rs"), Area::Page("ledger/payouts", Pages::Any));
        assert_eq!(of("ledger/programs/src/coupon/dashboard.rs"), Area::Page("ledger/programs", Pages::Any));
        assert_eq!(of("ledger/assets/css/base.css"), Area::Page("ledger/kit", Pages::Any));
        assert_eq!(of("ledger/locales/de/portal.ftl"), Area::Page("ledger/kit", Pages::Any));
        assert_eq!(of("ledger/templates/payouts.html"), Area::Template("ledger/templates/payouts.html"));
        assert_eq!(of("tests/api/affiliates/create.rs"), Area::Suite("api"));
        assert_eq!(of("tests/pages/walk.mjs"), Area::Script("tests/pages/walk.mjs"));
        assert_eq!(of("tests/pages/kit.mjs"), Area::Script("tests/pages/"));
        assert_eq!(of("docs/guide/team.md"), Area::Document);
        assert_eq!(of("CHANGELOG.md"), Area::Document);
        assert_eq!(of("clients/typescript/src/client.ts"), Area::Client);
    }

    #[test]
    fn pages_of_two_nouns_are_pages_of_the_dashboard() {
        let (one, other) = (Pages::One("payouts"), Pages::One("links"));
        assert_eq!((one.and(one), one.and(other)), (one, Pages::Dashboard));
        assert_eq!((one.and(Pages::Dashboard), Pages::Any.and(one)), (Pages::Dashboard, Pages::Any));
        assert_eq!(Pages::One("custom_fields").signs(), ["/dashboard/custom-fields", "walk.mjs"]);
    }

    #[test]
    fn what_others_use_reaches_those_who_use_it() {
        let of = |path: &'static str| area(path, &["api".to_owned()]);
        assert_eq!(of("ledger/rules/src/commission/rate.rs"), Area::Crate("ledger/rules"));
        assert_eq!(of("ledger/ui/src/dashboard/analysis/cohorts_job.rs"), Area::Crate("ledger/ui"), "a job's");
        assert_eq!(of("ledger/ui/src/dashboard/events.rs"), Area::Crate("ledger/ui"), "the scheduler's");
        assert_eq!(of("ledger/payouts/src/tax/portal/email.rs"), Area::Crate("ledger/payouts"), "an outbox row's");
        assert_eq!(of("ledger/identity/src/portal/session.rs"), Area::Crate("ledger/identity"), "the API asks it, too");
        assert_eq!(of("ledger/kit/src/dashboard/counters.rs"), Area::Crate("ledger/kit"));
        assert_eq!(of("ledger/payouts/src/payout/executor.rs"), Area::Crate("ledger/payouts"));
        assert_eq!(of("ledger/src/router/mod.rs"), Area::Crate("ledger"));
        assert_eq!(of("ledger/connector/tests/adding/main.rs"), Area::Crate("ledger/connector"));
        assert_eq!(of("edge/src/click/mod.rs"), Area::Crate("edge"));
        assert_eq!(of("edge/click/src/follow.rs"), Area::Crate("edge/click"));
    }

    #[test]
    fn what_is_below_everything_or_unknown_reaches_everything() {
        for path in [
            "Cargo.lock",
            "migrations/0001_roles.sql",
            ".sqlx/query-1.json",
            "ledger/ui/Cargo.toml",
            "ledger/kit/build.rs",
            "ledger/ui/sqlx.toml",
            "tests/src/ledger.rs",
            "tests/Cargo.toml",
            "tests/fixtures/stripe/event.json",
            "tests/anew/main.rs",
            "xtask/src/main.rs",
            ".ci/run",
            "rust-toolchain.toml",
            "package-lock.json",
            "wrangler.toml",
            "edge/Cargo.toml",
            "edge/click/Cargo.toml",
            "ledger/templates/mail/layout.html",
            "ledger/locales/en/email.ftl",
            "something/else.rs",
        ] {
            assert!(matches!(area(path, &["api".to_owned()]), Area::Everything(_)), "{path}");
        }
    }
}
