//! `docs/api/errors.md` has every error code that the code can answer, and no other.
//!
//! A code is the first text given to what makes an error: `Error::new`, `ErrorBody::new`, the edge's answers, and a file's own
//! helper whose first parameter is `code: &str`. Some types name their codes by `code()`, and say that these are public.

use std::collections::{BTreeMap, BTreeSet};

use super::{nothing, page, sources, word};

const MAKERS: [&str; 6] = [
    "Error::new(",
    "ErrorBody::new(",
    "Answer::unauthorized(",
    "Answer::unavailable(",
    "Self::unauthorized(",
    "Self::unavailable(",
];

#[test]
fn the_list_of_error_codes_is_whole() {
    let table = page("docs/api/errors.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut documented = BTreeSet::new();
    for code in rows {
        assert!(documented.insert(code.to_owned()), "{code} is there twice");
    }
    let used = used();
    assert!(used.len() > 100, "{}", used.len());
    let missing: Vec<String> = used
        .iter()
        .filter(|(code, _)| !documented.contains(*code))
        .map(|(code, file)| format!("{code} ({file})"))
        .collect();
    nothing("not in docs/api/errors.md", &missing);
    let unused: Vec<String> = documented.into_iter().filter(|code| !used.contains_key(code)).collect();
    nothing("in docs/api/errors.md, and no code answers it", &unused);
}

#[test]
fn codes_are_found_wherever_they_are_named() {
    let mut found = BTreeMap::new();
    let text = r#"
        const GONE: &str = "it_is_gone";
        let conflict = |code: &str, message: &str| Err(Error::new(StatusCode::CONFLICT, code, message));
        conflict("not_denied", "words"); Error::new(status(a, b), fault::GONE, "Words.");
        fn refusal(code: &str, message: String) -> Error {}
        ErrorBody::new(
            "slug_taken", "Words.")
        OtherError::new("not_this", "Words.")
    "#;
    let constants = BTreeMap::from([("GONE".to_owned(), "it_is_gone".to_owned())]);
    made("a.rs", text, &constants, &mut found);
    let codes: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(codes, ["it_is_gone", "not_denied", "slug_taken"]);
}

/// Every code, and a file that names it.
fn used() -> BTreeMap<String, String> {
    let all = sources(&["ledger", "edge/src", "shared/src"]);
    let mut constants = BTreeMap::new();
    for (_, text) in &all {
        for rest in text.split("const ").skip(1) {
            if let Some((name, rest)) = rest.split_once(": &str = \"") {
                constants.insert(name.to_owned(), rest.split('"').next().unwrap_or_default().to_owned());
            }
        }
    }
    let mut found = BTreeMap::new();
    for (name, text) in &all {
        if name.starts_with("ledger/benches") {
            continue;
        }
        if text.contains("Error") && (text.contains("StatusCode") || text.contains("ErrorBody")) {
            made(name, text, &constants, &mut found);
        }
        published(name, text, &mut found);
    }
    found
}

/// Codes that are given to what makes an error.
fn made(name: &str, text: &str, constants: &BTreeMap<String, String>, found: &mut BTreeMap<String, String>) {
    let mut makers: Vec<String> = MAKERS.map(str::to_owned).into();
    if text.contains("pub struct Error {") {
        makers.push("Self::new(".to_owned());
    }
    makers.extend(helpers(text));
    for maker in &makers {
        for (at, _) in text.match_indices(maker.as_str()) {
            let before = text[..at].chars().next_back();
            let is_part = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
            if is_part || text[..at].ends_with("fn ") || (before == Some(':') && !maker.contains("Error")) {
                continue;
            }
            let given = arguments(&text[at + maker.len()..]);
            let literal = given.split('"').nth(1).filter(|text| is_code(text)).map(str::to_owned);
            let code = literal.or_else(|| constant(given, constants));
            if let Some(code) = code.filter(|code| is_code(code)) {
                found.entry(code).or_insert_with(|| name.to_owned());
            }
        }
    }
    // What the framework refuses is given its code by status.
    if text.contains("let (code, message) = match") {
        for rest in text.split("=> (\"").skip(1) {
            found.entry(word(rest).to_owned()).or_insert_with(|| name.to_owned());
        }
    }
    if text.contains("code: \"validation_failed\"") {
        found.entry("validation_failed".to_owned()).or_insert_with(|| name.to_owned());
    }
}

/// Codes of types that say that theirs are public.
fn published(name: &str, text: &str, found: &mut BTreeMap<String, String>) {
    let Some((before, rest)) = text.split_once("fn code(").filter(|_| text.contains("public API")) else { return };
    if !before.contains("public API") {
        return;
    }
    let body = rest.split("\n    }\n").next().unwrap_or_default();
    for rest in body.split("=> \"").skip(1) {
        found.entry(word(rest).to_owned()).or_insert_with(|| name.to_owned());
    }
}

/// Functions and closures of a file whose first parameter is a code.
fn helpers(text: &str) -> Vec<String> {
    let first = ["(code: &str, message", "(code: &str, field: &str, message"];
    let is_helper = |rest: &&str| first.iter().any(|first| rest[word(rest).len()..].starts_with(first));
    let function = text.split("fn ").skip(1).filter(is_helper);
    let closure = text.split("let ").skip(1).filter(|rest| {
        let rest = &rest[word(rest).len()..];
        rest.starts_with(" = |code: &str|") || rest.starts_with(" = |code: &str, ")
    });
    function.chain(closure).map(|rest| format!("{}(", word(rest))).collect()
}

/// A call's arguments, up to the parenthesis that closes it.
fn arguments(text: &str) -> &str {
    let (mut depth, mut is_text, mut is_escaped) = (1, false, false);
    for (at, character) in text.char_indices() {
        match character {
            _ if is_escaped => is_escaped = false,
            '\\' if is_text => is_escaped = true,
            '"' => is_text = !is_text,
            '(' if !is_text => depth += 1,
            ')' if !is_text => depth -= 1,
            _ => {}
        }
        if depth == 0 {
            return &text[..at];
        }
    }
    text
}

/// A code that is given by a constant's name.
fn constant(given: &str, constants: &BTreeMap<String, String>) -> Option<String> {
    let names = given.split(|character: char| !(character.is_ascii_uppercase() || character == '_'));
    names.filter(|name| name.len() > 3).find_map(|name| constants.get(name)).cloned()
}

fn is_code(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_lowercase())
        && text
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
}
