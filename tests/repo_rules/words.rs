//! Goal: names are the standard terms of the field, and words that only this project understands don't come back.
//! Method: the identifiers of Rust code, SQL and scripts, the code in templates, and what `docs/contributing` has in backticks
//! are split into their words, and each is held against a list, which may only grow.

use std::{collections::BTreeSet, fs};

use world::settings;

use crate::{
    pieces::{Kind, Language, pieces},
    sources::files,
};

/// A word that is no name, and what it is called instead.
const WORDS: &[(&str, &str)] = &[
    ("asked", "requested"),
    ("colour", "color"),
    ("colours", "colors"),
    ("deed", "action"),
    ("desk", "fixture"),
    ("errand", "action"),
    ("gather", "load"),
    ("gathered", "loaded"),
    ("hear", "parse_response"),
    ("heard", "received"),
    ("hears", "receives"),
    ("inquiries", "claims"),
    ("inquiry", "claim"),
    ("journey", "history"),
    ("journeys", "histories"),
    ("letter", "email"),
    ("letters", "emails"),
    ("oracle", "invariants"),
    ("retelling", "repeated_report"),
    ("retold", "repeated"),
    ("roster", "tenant_cache"),
    ("said", "message"),
    ("standing", "status"),
    ("tell", "report"),
    ("teller", "reporter"),
    ("tellers", "reporters"),
    ("telling", "report"),
    ("tells", "reports"),
    ("till", "fixture"),
    ("told", "reported"),
    ("town", "shared_app"),
    ("trouble", "error"),
    ("troubled", "failing"),
    ("troubles", "issues"),
    ("untold", "unknown"),
    ("upkeep", "maintenance"),
    ("wanted", "requested"),
];

/// Types whose name says nothing about what they hold.
const TYPES: &[&str] = &[
    "Act", "Ask", "Asked", "Deed", "Desk", "Errand", "Heard", "Kept", "Looked", "Rest", "Said", "Standing", "Stands",
    "Told", "Trouble", "Turn", "Wanted",
];

/// Where a word is what others call a thing: the word, and the beginning of the paths.
const ELSEWHERE: &[(&str, &str)] = &[
    ("Kept", "ledger/connector/"),
    ("Kept", "ledger/engine/src/history/"),
    ("Kept", "ledger/integrations/src/crm/"),
    ("Kept", "ledger/rules/"),
    ("Kept", "tests/providers/"),
    ("Rest", "ledger/payout-core/"),
    ("Rest", "ledger/payouts/src/payout/"),
    ("Rest", "tests/providers/"),
    ("colours", "tests/pages/screens.mjs"),
    ("inquiries", "tests/portal/main.rs"),
    ("journey", "docs/contributing/promises.md"),
    ("journey", "docs/contributing/testing.md"),
    ("journey", "ledger/engine/src/customer/"),
    ("journey", "ledger/engine/src/router/"),
    ("journey", "ledger/ui/src/dashboard/customers/"),
    ("journey", "tests/api/customers.rs"),
    ("letter", "ledger/src/edge_store/"),
    ("letter", "ledger/src/operations/dead_letters.rs"),
    ("letters", "docs/contributing/architecture.md"),
    ("letters", "edge/"),
    ("letters", "ledger/src/main.rs"),
    ("letters", "ledger/src/operations/"),
    ("letters", "tests/fault/main.rs"),
    ("upkeep", "ledger/src/operations/"),
];

/// From so many words on an identifier is a sentence: what a test says.
const SENTENCE: usize = 4;
const FOLDERS: [&str; 7] = ["shared", "edge", "ledger", "tests", "xtask", "migrations", "docs/contributing"];
/// The file with this list.
const NOT_READ: &str = "tests/repo_rules/words.rs";

#[test]
fn names_are_the_terms_of_the_field() {
    let root = settings::root();
    let mut paths = Vec::new();
    FOLDERS.iter().for_each(|folder| files(&root.join(folder), &mut paths));
    let pages = fs::read_dir(root.join("docs/contributing")).unwrap().flatten().map(|entry| entry.path());
    paths.extend(pages.filter(|path| path.extension().is_some_and(|ending| ending == "md")));
    let mut found = BTreeSet::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        if name == NOT_READ {
            continue;
        }
        let code = code(&name, &fs::read_to_string(&path).unwrap());
        for identifier in identifiers(&code) {
            found.extend(offence(&name, identifier).map(|instead| format!("{name}: {identifier}: {instead}")));
        }
    }
    let found: Vec<String> = found.into_iter().collect();
    assert!(found.is_empty(), "use the term of the field:\n  {}", found.join("\n  "));
}

/// What is wrong with an identifier.
fn offence(path: &str, identifier: &str) -> Option<String> {
    if TYPES.contains(&identifier) && !elsewhere(path, identifier) {
        return Some("say what it holds".to_owned());
    }
    let words = words(identifier);
    if words.len() >= SENTENCE {
        return None;
    }
    let (_, instead) = WORDS.iter().find(|(word, _)| words.iter().any(|own| own == word) && !elsewhere(path, word))?;
    Some(format!("such as {instead:?}"))
}

fn elsewhere(path: &str, word: &str) -> bool {
    ELSEWHERE.iter().any(|(other, below)| *other == word && path.starts_with(below))
}

fn identifiers(code: &str) -> impl Iterator<Item = &str> {
    code.split(|sign: char| !sign.is_ascii_alphanumeric() && sign != '_').filter(|part| !part.is_empty())
}

/// The words of a name in any of the usual spellings, in small letters.
fn words(identifier: &str) -> Vec<String> {
    let mut words = Vec::new();
    for part in identifier.split('_') {
        let mut word = String::new();
        for sign in part.chars() {
            if sign.is_ascii_uppercase() && word.chars().next_back().is_some_and(|last| last.is_ascii_lowercase()) {
                words.push(std::mem::take(&mut word));
            }
            word.push(sign);
        }
        words.push(word);
    }
    words.iter().filter(|word| !word.is_empty()).map(|word| word.to_ascii_lowercase()).collect()
}

/// The part of a file that holds names: no comments, no texts.
fn code(path: &str, text: &str) -> String {
    match path.rsplit('.').next().unwrap_or_default() {
        "html" => between(text, &[("{{", "}}"), ("{%", "%}")]).iter().map(|part| plain(part, Language::Rust)).collect(),
        "md" => between(text, &[("`", "`")]).join(" "),
        "sql" => plain(text, Language::Sql),
        "rs" => plain(text, Language::Rust),
        "mjs" | "js" | "cjs" => plain(text, Language::Script),
        _ => String::new(),
    }
}

/// What stands between marks.
fn between<'t>(text: &'t str, marks: &[(&str, &str)]) -> Vec<&'t str> {
    let inside = |(from, to): &(&str, &str)| -> Vec<&'t str> {
        let parts = text.split(*from).skip(1);
        if from == to { parts.step_by(2).collect() } else { parts.filter_map(|part| part.split(*to).next()).collect() }
    };
    marks.iter().flat_map(inside).collect()
}

/// Code without its comments and texts.
fn plain(text: &str, language: Language) -> String {
    let code = pieces(text, language).into_iter().filter(|(kind, _)| *kind == Kind::Code);
    code.map(|(_, piece)| piece).collect::<Vec<_>>().join(" ")
}

#[test]
fn names_are_split_as_people_read_them() {
    assert_eq!(words("told_by"), ["told", "by"]);
    assert_eq!(words("PayoutHint2"), ["payout", "hint2"]);
    assert_eq!(words("HINTS_MAX"), ["hints", "max"]);
    let rust = "let letter = \"a deed\"; // told\nlet c = '\"'; let d = r#\"a \" deed\"#; roster";
    let names: Vec<String> = identifiers(&code("a.rs", rust)).map(str::to_owned).collect();
    assert_eq!(names, ["let", "letter", "let", "c", "let", "d", "roster"]);
    assert_eq!(code("a.html", "Told {{ page.told }} by {% if \"told\" == x %}").matches("told").count(), 1);
    assert_eq!(offence("ledger/a.rs", "first_letter").as_deref(), Some("such as \"email\""));
    assert_eq!(offence("ledger/a.rs", "a_letter_says_what_it_is"), None);
}
