//! `docs/api/errors.md` has every error code that the code can answer, and no other.
//!
//! The ledger's codes are the list in `kit::error`. Those of the edge and of `shared` are texts: the first one that is given to
//! `ErrorBody::new`, to the edge's answers, or to a file's own helper whose first parameter is `code: &str`. Some types name
//! their codes by `code()`, and say that these are public.

use std::collections::{BTreeMap, BTreeSet};

use super::{nothing, page, sources, word};

const LIST: &str = "ledger/kit/src/error/code.rs";

const MAKERS: [&str; 5] =
    ["ErrorBody::new(", "Answer::unauthorized(", "Answer::unavailable(", "Self::unauthorized(", "Self::unavailable("];

#[test]
fn the_table_of_error_codes_is_whole() {
    let table = page("docs/api/errors.md");
    let rows = table.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    let mut documented = BTreeSet::new();
    for code in rows {
        assert!(documented.insert(code.to_owned()), "{code} is there twice");
    }
    let mut used = texts("edge/src");
    used.extend(texts("shared/src"));
    assert!(used.len() > 20, "{}", used.len());
    used.extend(listed().into_keys().map(|code| (code, LIST.to_owned())));
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

/// The compiler sees to it that an error has a code of the list; these are the ways around it, and what would be left over.
#[test]
fn the_ledger_answers_each_code_of_its_list() {
    let (listed, shared) = (listed(), texts("shared/src"));
    let (mut named, mut offenders) = (BTreeSet::new(), Vec::new());
    for (name, text) in sources(&["ledger"]) {
        named.extend(text.split("Code::").skip(1).map(|rest| word(rest).to_owned()));
        if text.contains("ErrorBody::new(") || text.contains("ErrorBody::field(") {
            offenders.push(name);
        }
    }
    nothing("these make an error of a text: take a kit::error::Code", &offenders);
    let unused: Vec<String> = listed
        .iter()
        .filter(|(code, name)| !named.contains(*name) && !shared.contains_key(*code))
        .map(|(code, _)| code.clone())
        .collect();
    nothing("in ledger/kit/src/error/code.rs, and nothing answers it", &unused);
    let missing: Vec<String> = shared.into_keys().filter(|code| !listed.contains_key(code)).collect();
    nothing("shared refuses with these, and ledger/kit/src/error/code.rs lacks them", &missing);
}

#[test]
fn codes_are_found_wherever_they_are_named() {
    let mut found = BTreeMap::new();
    let text = r#"
        let refuse = |code: &str, message: &str| Answer::error(404, &ErrorBody::new(code, message));
        refuse("unknown_affiliate", "words"); Answer::unavailable("not_durable", "Words.");
        fn unknown(code: &str, message: &str) -> Answer {}
        ErrorBody::new(
            "origin_not_allowed", "Words.")
        OtherErrorBody::new("not_this", "Words.")
    "#;
    made("a.rs", text, &mut found);
    let codes: Vec<&str> = found.keys().map(String::as_str).collect();
    assert_eq!(codes, ["not_durable", "origin_not_allowed", "unknown_affiliate"]);
}

/// The ledger's list: each code's text, and its name in the code.
fn listed() -> BTreeMap<String, String> {
    let file = page(LIST);
    let list = file.split_once("\ncodes! {").and_then(|(_, rest)| rest.split_once("\n}")).expect("the list").0;
    let mut found = BTreeMap::new();
    for line in list.lines().map(str::trim).filter(|line| line.ends_with(';')) {
        let mut texts = line.split('"').skip(1).step_by(2);
        let (code, meaning) = (texts.next().unwrap_or_default(), texts.next().unwrap_or_default());
        assert!(is_code(code) && meaning.ends_with('.'), "not `Name = \"code\", \"A sentence.\";`: {line}");
        assert!(found.insert(code.to_owned(), word(line).to_owned()).is_none(), "{code} is there twice");
    }
    assert!(found.len() > 100, "{}", found.len());
    found
}

/// Every code that a folder has as a text, and a file that names it.
fn texts(folder: &str) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (name, text) in sources(&[folder]) {
        made(&name, &text, &mut found);
        published(&name, &text, &mut found);
    }
    found
}

/// Codes that are given to what makes an error.
fn made(name: &str, text: &str, found: &mut BTreeMap<String, String>) {
    let makers = MAKERS.map(str::to_owned).into_iter().chain(helpers(text));
    for maker in makers {
        for (at, _) in text.match_indices(maker.as_str()) {
            let before = text[..at].chars().next_back();
            let is_part = before.is_some_and(|character| character.is_alphanumeric() || character == '_');
            if is_part || text[..at].ends_with("fn ") || (before == Some(':') && !maker.contains("Error")) {
                continue;
            }
            let given = arguments(&text[at + maker.len()..]);
            if let Some(code) = given.split('"').nth(1).filter(|text| is_code(text)) {
                found.entry(code.to_owned()).or_insert_with(|| name.to_owned());
            }
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

fn is_code(text: &str) -> bool {
    text.starts_with(|character: char| character.is_ascii_lowercase())
        && text
            .chars()
            .all(|character| character.is_ascii_lowercase() || character.is_ascii_digit() || character == '_')
}
