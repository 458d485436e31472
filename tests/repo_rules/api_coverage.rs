//! Goal: the API does what the dashboard does: each form of the dashboard has an operation, or a reason why there is
//! none.
//! Method: the forms are the routes of the pages' routers that take a POST, the operations those of the handlers'
//! descriptions. `docs/api/coverage.md` has a line for each form, which names operations, or begins with one of the
//! reasons.

use std::{collections::BTreeSet, fs};

use world::settings;

use crate::sources;

const PAGE: &str = "docs/api/coverage.md";
/// How a line without an operation begins.
const REASONS: [&str; 2] = ["Page only: ", "Not yet: "];
/// Where the forms of a brand's people are.
const PLACES: [&str; 2] = ["/dashboard/", "/account/"];

/// The paths of the routes that take a POST.
fn forms(source: &str) -> BTreeSet<String> {
    let calls = source.split(".route(").skip(1).filter_map(|rest| {
        let (path, methods) = rest.trim_start().strip_prefix('"')?.split_once('"')?;
        inside(methods).contains("post").then(|| path.to_owned())
    });
    calls.filter(|path| PLACES.iter().any(|place| path.starts_with(place))).collect()
}

/// The text up to the parenthesis that closes the call.
fn inside(text: &str) -> &str {
    let mut depth = 1;
    for (at, character) in text.char_indices() {
        match character {
            '(' => depth += 1,
            ')' => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// The names of the API's operations.
fn operations() -> BTreeSet<String> {
    let mut files = Vec::new();
    sources::files(&settings::root().join("ledger"), &mut files);
    let texts = files.iter().map(|file| fs::read_to_string(file).unwrap());
    let named = texts.flat_map(|text| {
        let parts = text.split("operation_id = \"").skip(1);
        parts.filter_map(|rest| Some(rest.split_once('"')?.0.to_owned())).collect::<Vec<_>>()
    });
    named.collect()
}

/// The lines of the tables: a form, and what there is for it.
fn lines(page: &str) -> Vec<(&str, &str)> {
    let rows = page.lines().filter_map(|line| line.strip_prefix("| `/")?.strip_suffix(" |")?.split_once("` | "));
    rows.collect()
}

/// The words in backticks that are spelled like operations.
fn named(text: &str) -> Vec<&str> {
    text.split('`').skip(1).step_by(2).filter(|word| word.contains(char::is_uppercase)).collect()
}

/// What is wrong with the page.
fn mistakes(page: &str, forms: &BTreeSet<String>, operations: &BTreeSet<String>) -> Vec<String> {
    let lines = lines(page);
    let listed: Vec<String> = lines.iter().map(|(form, _)| format!("/{form}")).collect();
    let mut found: Vec<String> =
        forms.iter().filter(|form| !listed.contains(form)).map(|form| format!("{form} has no line")).collect();
    for (place, (form, what)) in listed.iter().zip(&lines).map(|(form, (_, what))| (form, what)).enumerate() {
        if !forms.contains(form) {
            found.push(format!("{form} is no form"));
        }
        if listed[..place].contains(form) {
            found.push(format!("{form} has two lines"));
        }
        let (words, has_reason) = (named(what), REASONS.iter().any(|reason| what.starts_with(reason)));
        if words.is_empty() && !has_reason {
            found.push(format!("{form} has neither an operation nor a reason"));
        }
        found.extend(
            words.iter().filter(|word| !operations.contains(**word)).map(|word| format!("{word} is no operation")),
        );
    }
    found
}

#[test]
fn each_form_of_the_dashboard_has_an_operation_or_a_reason() {
    let (forms, operations) = (forms(&settings::router_source(true)), operations());
    assert!(forms.len() > 100 && operations.len() > 150, "{} and {}", forms.len(), operations.len());
    let page = fs::read_to_string(settings::root().join(PAGE)).unwrap();
    let found = mistakes(&page, &forms, &operations);
    assert!(found.is_empty(), "in {PAGE}:\n  {}", found.join("\n  "));
}

#[test]
fn a_form_without_either_is_found() {
    let source = r#"
        .route("/dashboard/things", get(list::show).post(list::save))
        .route(
            "/dashboard/things/{id}/file",
            upload::file_post(),
        )
        .route("/dashboard/other", get(other::show))
        .route("/a/things", post(portal::save))"#;
    let forms = forms(source);
    assert_eq!(forms, ["/dashboard/things", "/dashboard/things/{id}/file"].map(str::to_owned).into());
    let operations = BTreeSet::from(["createThing".to_owned()]);
    let whole = "| `/dashboard/things` | `createThing`, without `parts` |\n\
                 | `/dashboard/things/{id}/file` | Page only: large. |";
    assert!(mistakes(whole, &forms, &operations).is_empty());
    for (page, count) in [
        ("", 2),
        ("| `/dashboard/things` | `createThing` |", 1),
        (&whole.replace("createThing", "makeThing"), 1),
        (&whole.replace("Page only: large.", "later"), 1),
        (&format!("{whole}\n| `/dashboard/things` | `createThing` |"), 1),
        (&format!("{whole}\n| `/dashboard/gone` | `createThing` |"), 1),
    ] {
        assert_eq!(mistakes(page, &forms, &operations).len(), count, "{page}");
    }
}
