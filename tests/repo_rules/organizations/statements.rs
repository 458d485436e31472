//! The statements of the ledger: those that sqlx checked, whole as it recorded them, and the others from the sources.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::PathBuf,
};

use world::settings;

use crate::{
    pieces::{Kind, Language, pieces},
    sources::files,
};

/// So long is the beginning that tells to which file a statement belongs whose text a macro puts together.
const BEGINNING: usize = 30;

/// A statement, and the file with it or with its beginning.
#[derive(Debug)]
pub(super) struct Statement {
    pub(super) path: String,
    pub(super) sql: String,
}

pub(super) fn statements() -> Vec<Statement> {
    let texts = texts();
    let recorded = recorded();
    let mut statements = Vec::new();
    for sql in recorded.values() {
        let key = on_one_line(sql);
        let begins = |(text, _): &(&String, &String)| text.len() > BEGINNING && key.starts_with(text.as_str());
        let longest = || texts.iter().filter(begins).max_by_key(|(text, _)| text.len());
        let path = texts.get_key_value(&key).or_else(longest).map_or(".sqlx", |(_, path)| path.as_str());
        statements.push(Statement { path: path.to_owned(), sql: sql.clone() });
    }
    let is_part = |text: &str| recorded.range(text.to_owned()..).next().is_some_and(|(key, _)| key.starts_with(text));
    let others = texts.iter().filter(|(text, _)| !is_part(text));
    statements.extend(others.map(|(text, path)| Statement { path: path.clone(), sql: text.clone() }));
    statements
}

/// The tenant tables.
pub(super) fn tables() -> BTreeSet<String> {
    let mut tables = BTreeSet::new();
    for sql in migrations() {
        for rest in sql.split("call rekomi_tenant_table('").skip(1) {
            tables.extend(rest.split('\'').next().map(str::to_owned));
        }
    }
    tables
}

/// The migrations in their order.
pub(super) fn migrations() -> Vec<String> {
    let mut paths = Vec::new();
    files(&settings::root().join("migrations"), &mut paths);
    paths.sort();
    paths.iter().map(|path| fs::read_to_string(path).unwrap()).collect()
}

/// By their texts on one line.
fn recorded() -> BTreeMap<String, String> {
    let folder = fs::read_dir(settings::root().join(".sqlx")).unwrap();
    let read = |path: PathBuf| -> String {
        let query: serde_json::Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
        query["query"].as_str().unwrap().to_owned()
    };
    folder.map(|file| read(file.unwrap().path())).map(|sql| (on_one_line(&sql), sql)).collect()
}

/// The texts of the sources that are statements or their beginnings, with the first file that has each.
fn texts() -> BTreeMap<String, String> {
    let root = settings::root();
    let mut paths = Vec::new();
    files(&root.join("ledger"), &mut paths);
    paths.sort();
    let mut texts = BTreeMap::new();
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        if name.ends_with(".rs") && !name.ends_with("tests.rs") && !name.contains("/benches/") {
            for text in joined(&fs::read_to_string(&path).unwrap()) {
                if is_statement(&text) {
                    texts.entry(text).or_insert_with(|| name.clone());
                }
            }
        }
    }
    texts
}

fn is_statement(text: &str) -> bool {
    let mut words = text.split(' ');
    let (first, second) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let begins = match first {
        "select" | "with" => !second.is_empty(),
        "insert" => second == "into",
        "delete" => second == "from",
        "update" => text.contains(" set "),
        _ => false,
    };
    begins && (first != "select" || text.contains(" from "))
}

/// The texts of a file, each on one line; those with only a `+` between them are one.
fn joined(source: &str) -> Vec<String> {
    let mut texts: Vec<String> = Vec::new();
    let mut continues = false;
    for (kind, piece) in pieces(source, Language::Rust) {
        match kind {
            Kind::Text if piece.ends_with(['"', '#']) => {
                let text = content(piece);
                match texts.last_mut() {
                    Some(last) if continues => last.push_str(&text),
                    _ => texts.push(text),
                }
                continues = false;
            }
            Kind::Code => continues = piece.trim() == "+",
            Kind::Text | Kind::Comment => continues = false,
        }
    }
    texts.iter().map(|text| on_one_line(text)).collect()
}

/// What a literal says.
fn content(literal: &str) -> String {
    if let Some(raw) = literal.strip_prefix('r') {
        let quoted = raw.trim_start_matches('#');
        let end = format!("\"{}", &raw[..raw.len() - quoted.len()]);
        let inner = quoted.strip_prefix('"').unwrap_or(quoted);
        return inner.strip_suffix(end.as_str()).unwrap_or(inner).to_owned();
    }
    let inner = literal.trim_start_matches('b').strip_prefix('"').unwrap_or(literal);
    let inner = inner.strip_suffix('"').unwrap_or(inner);
    let mut text = String::new();
    let mut signs = inner.chars().peekable();
    while let Some(sign) = signs.next() {
        match (sign, signs.peek().copied()) {
            ('\\', Some('\n')) => while signs.next_if(|sign| sign.is_whitespace()).is_some() {},
            ('\\', Some('n')) => {
                signs.next();
                text.push('\n');
            }
            ('\\', Some(_)) => text.extend(signs.next()),
            _ => text.push(sign),
        }
    }
    text
}

fn on_one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[test]
fn texts_are_what_they_say() {
    let source = "a(\"select \\\"x!\\\"\\n from\" + r#\" t where \"b\"\"#, \"with \\\n   c\"); 'd'; \"e\" - \"f\"";
    assert_eq!(joined(source), ["select \"x!\" from t where \"b\"", "with c", "e", "f"]);
}
