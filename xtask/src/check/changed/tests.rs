//! Tests what a change selects, with a small checkout and with this one.

use super::*;

/// A checkout with a ledger, its pages and three suites.
fn sources() -> Sources {
    let all = [
        ("ledger/templates/payouts.html", ""),
        ("ledger/ui/src/dashboard/payouts/list.rs", "#[template(path = \"payouts.html\")]"),
        ("ledger/kit/src/changelog.rs", "include_str!(\"../../docs/api/changelog.md\")"),
        ("tests/api/main.rs", "mod coupons; mod teams;"),
        ("tests/api/coupons.rs", "owner.browser.get(\"/dashboard/coupons\")"),
        ("tests/api/teams.rs", "get(\"/api/v1/team\")"),
        ("tests/crm/main.rs", "mod order;"),
        ("tests/crm/order.rs", "sync()"),
        ("tests/api/payouts.rs", "use world::payout_fixture::paid;"),
        ("tests/dashboard/main.rs", "mod payouts; mod menu;"),
        ("tests/dashboard/menu.rs", "get(\"/dashboard\")"),
        ("tests/dashboard/payouts.rs", "get(\"/dashboard/payouts?page=2\")"),
        ("tests/journey/main.rs", "mod every_page;"),
        ("tests/journey/every_page.rs", "run(\"walk.mjs\")"),
        ("tests/src/payout_fixture.rs", "post(\"/dashboard/payouts/pay\")"),
        ("tests/repo_rules/main.rs", "mod docs;"),
    ];
    Sources(all.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
}

fn users() -> Users {
    let pairs =
        [("shared", "edge"), ("shared", "ledger/rules"), ("ledger/rules", "ledger/kit"), ("ledger/kit", "ledger/ui")];
    let mut users = Users::new();
    for (used, user) in
        pairs.into_iter().chain([("ledger/ui", "ledger"), ("ledger/connector", "tests"), ("edge/click", "edge")])
    {
        users.entry(used.to_owned()).or_default().insert(user.to_owned());
    }
    users
}

fn after(changed: &[&str]) -> Selection {
    let changed: Vec<String> = changed.iter().map(|path| (*path).to_owned()).collect();
    Selection::of(&changed, &sources(), &users(), |path| path.contains("store"))
}

fn modules(names: &[&str]) -> Option<Part> {
    Some(Part::Modules(names.iter().map(|name| (*name).to_owned()).collect()))
}

#[test]
fn a_page_of_the_dashboard_leaves_out_what_loads_none() {
    for path in ["ledger/ui/src/dashboard/columns.rs", "ledger/ui/src/dashboard/links/list.rs"] {
        let selection = after(&[path]);
        assert_eq!(selection.part("dashboard", "tests"), Some(Part::Whole), "{path}");
        assert_eq!(selection.part("repo_rules", "tests"), Some(Part::Whole), "{path}");
        assert_eq!(selection.part("api", "tests"), modules(&["coupons::"]), "{path}");
        assert_eq!(selection.part("crm", "tests"), None, "{path}");
        assert_eq!(selection.part("portal", "tests"), None, "{path}");
        let crates = ["ledger/ui", "ledger"].map(|folder| selection.part("", folder).is_some());
        assert_eq!((crates, selection.part("", "ledger/kit")), ([true, true], None), "{path}");
        assert!(!selection.is_everything() && !selection.has_queries(), "{path}");
    }
    assert!(after(&["ledger/ui/src/dashboard/payouts/store.rs"]).has_queries());
}

#[test]
fn one_page_leaves_out_the_other_pages() {
    for path in ["ledger/ui/src/dashboard/payouts/list.rs", "ledger/templates/payouts.html"] {
        let selection = after(&[path]);
        assert_eq!(selection.part("dashboard", "tests"), modules(&["payouts::"]), "{path}");
        assert_eq!(selection.part("journey", "tests"), modules(&["every_page::"]), "{path}");
        assert_eq!(selection.part("api", "tests"), modules(&["payouts::"]), "a fixture opens the page: {path}");
        assert_eq!(selection.part("crm", "tests"), None, "{path}");
    }
}

#[test]
fn a_lower_crate_reaches_all_above_it() {
    let selection = after(&["ledger/rules/src/commission/rate.rs"]);
    for suite in ["api", "crm", "dashboard"] {
        assert_eq!(selection.part(suite, "tests"), Some(Part::Whole), "{suite}");
    }
    for folder in ["ledger/rules", "ledger/kit", "ledger/ui", "ledger"] {
        assert_eq!(selection.part("", folder), Some(Part::Whole), "{folder}");
    }
    assert_eq!((selection.part("", "shared"), selection.part("", "edge")), (None, None));
    for path in ["edge/src/click/mod.rs", "edge/click/src/follow.rs", "ledger/connector/src/page.rs"] {
        assert_eq!(after(&[path]).part("crm", "tests"), Some(Part::Whole), "{path}");
    }
}

#[test]
fn a_test_reaches_its_suite_and_a_document_what_reads_it() {
    let selection = after(&["tests/crm/order.rs"]);
    assert_eq!((selection.part("crm", "tests"), selection.part("api", "tests")), (Some(Part::Whole), None));
    let selection = after(&["docs/guide/team.md"]);
    assert_eq!((selection.part("crm", "tests"), selection.part("", "ledger/kit")), (None, None));
    assert_eq!(selection.part("repo_rules", "tests"), Some(Part::Whole));
    let selection = after(&["docs/api/changelog.md"]);
    assert_eq!(selection.part("", "ledger/kit"), Some(Part::Whole), "it compiles this document");
}

#[test]
fn one_unknown_file_runs_everything() {
    let selection = after(&["docs/guide/team.md", "Cargo.lock", "tests/crm/order.rs"]);
    assert!(selection.is_everything() && selection.has_queries());
    assert_eq!(selection.part("portal", "tests"), Some(Part::Whole));
    assert_eq!(selection.part("", "edge"), Some(Part::Whole));
}

#[test]
fn nothing_changed_still_runs_the_rules() {
    let selection = after(&[]);
    assert_eq!(selection.part("repo_rules", "tests"), Some(Part::Whole));
    assert_eq!((selection.part("api", "tests"), selection.part("", "ledger")), (None, None));
}

/// Suites that a rule names exist, and cargo knows what the rules call crates.
#[test]
fn the_rules_fit_this_checkout() {
    let (sources, users) = (Sources::read().unwrap(), users_of_crates().unwrap());
    let suites = sources.suites();
    for suite in Pages::Any.suites().iter().chain(Pages::Dashboard.suites()).chain([&ALWAYS, &RUNS_CLIENT]) {
        assert!(suites.iter().any(|known| known == suite), "{suite}");
    }
    for folder in ["shared", "ledger/rules", "ledger/kit", "ledger/ui"] {
        let above = Selection::default().add_crate(folder, &users);
        assert!(above.contains("ledger"), "{folder}: {above:?}");
    }
    assert!(Selection::default().add_crate("ledger/connector", &users).contains("tests"));
    assert!(Selection::default().add_crate("edge/click", &users).contains("edge"));
}
