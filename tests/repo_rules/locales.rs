//! Goal: every text that affiliates and visitors read exists in every language. The fallbacks of `kit::text` (English, then
//! the key) are never seen.
//! Method: all files of `ledger/locales` are parsed. The languages are compared with each other, and the keys with those that
//! the ledger's code and templates name.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::Path,
};

use fluent_syntax::{ast, parser};
use world::settings;

use crate::sources::files;

/// Names that look like keys.
const NO_KEYS: [&str; 3] = ["country-code-alpha2", "portal-question", "program-page"];

/// The messages of a language by key, each with its variables.
type Messages = BTreeMap<String, BTreeSet<String>>;

/// All languages by tag. English is complete by definition: the others are compared with it.
fn languages() -> BTreeMap<String, Messages> {
    let folders = fs::read_dir(settings::root().join("ledger/locales")).unwrap().flatten();
    folders.map(|folder| (folder.file_name().into_string().unwrap(), messages(&folder.path()))).collect()
}

fn messages(folder: &Path) -> Messages {
    let mut found = Messages::new();
    for file in fs::read_dir(folder).unwrap().flatten() {
        let name = format!("{}/{}", folder.display(), file.file_name().display());
        let (stem, ending) = name.rsplit_once('/').unwrap().1.split_once('.').unwrap();
        assert_eq!(ending, "ftl", "{name}");
        let text = fs::read_to_string(file.path()).unwrap();
        let resource = parser::parse(text.as_str()).unwrap_or_else(|(_, errors)| panic!("{name}: {errors:?}"));
        for entry in &resource.body {
            let message = match entry {
                ast::Entry::Message(message) => message,
                ast::Entry::Comment(_) | ast::Entry::GroupComment(_) | ast::Entry::ResourceComment(_) => continue,
                other => panic!("{name} has more than messages: {other:?}"),
            };
            let key = message.id.name;
            let (Some(value), []) = (&message.value, message.attributes.as_slice()) else { panic!("{name}: {key}") };
            assert!(key.starts_with(&format!("{stem}-")), "{name}: {key} doesn't begin with the file's name");
            let mut variables = BTreeSet::new();
            of_pattern(value, &mut variables, &format!("{name}: {key}"));
            assert!(found.insert(key.to_owned(), variables).is_none(), "{name}: {key} is there twice");
        }
    }
    found
}

fn of_pattern(pattern: &ast::Pattern<&str>, variables: &mut BTreeSet<String>, place: &str) {
    for element in &pattern.elements {
        match element {
            ast::PatternElement::TextElement { value } => assert!(!value.contains('<'), "{place}: no HTML"),
            ast::PatternElement::Placeable { expression } => of_expression(expression, variables, place),
        }
    }
}

fn of_expression(expression: &ast::Expression<&str>, variables: &mut BTreeSet<String>, place: &str) {
    match expression {
        ast::Expression::Inline(inline) => of_inline(inline, variables, place),
        ast::Expression::Select { selector, variants } => {
            of_inline(selector, variables, place);
            variants.iter().for_each(|variant| of_pattern(&variant.value, variables, place));
        }
    }
}

fn of_inline(inline: &ast::InlineExpression<&str>, variables: &mut BTreeSet<String>, place: &str) {
    match inline {
        ast::InlineExpression::VariableReference { id } => {
            variables.insert(id.name.to_owned());
        }
        ast::InlineExpression::FunctionReference { id, arguments } => {
            assert_eq!(id.name, "NUMBER", "{place}");
            arguments.positional.iter().for_each(|argument| of_inline(argument, variables, place));
        }
        ast::InlineExpression::Placeable { expression } => of_expression(expression, variables, place),
        ast::InlineExpression::StringLiteral { .. } | ast::InlineExpression::NumberLiteral { .. } => {}
        other => panic!("{place} names another message: {other:?}"),
    }
}

#[test]
fn every_language_has_the_same_messages_with_the_same_variables() {
    let languages = languages();
    let english = &languages["en"];
    assert!(english.len() > 500, "{} messages", english.len());
    let code = fs::read_to_string(settings::root().join("ledger/kit/src/text/mod.rs")).unwrap();
    let mut offenders = Vec::new();
    for (tag, messages) in &languages {
        assert!(code.contains(&format!(" \"{tag}\" \"")), "{tag} is in ledger/locales, and no `Language`");
        for key in english.keys().chain(messages.keys()).collect::<BTreeSet<_>>() {
            if english.get(key) != messages.get(key) {
                offenders.push(format!("{tag}: {key}: {:?} is in English {:?}", messages.get(key), english.get(key)));
            }
        }
    }
    assert!(offenders.is_empty(), "{}", offenders.join("\n  "));
}

#[test]
fn every_message_is_used_and_every_key_exists() {
    let english = languages().remove("en").unwrap();
    let stems: BTreeSet<&str> = english.keys().filter_map(|key| Some(key.split_once('-')?.0)).collect();
    let is_key = |text: &str| {
        let characters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        text.split_once('-').is_some_and(|(stem, rest)| stems.contains(stem) && !rest.is_empty())
            && text.bytes().all(characters)
            && !NO_KEYS.contains(&text)
    };
    let root = settings::root();
    let mut paths = Vec::new();
    files(&root.join("ledger"), &mut paths);
    let (mut used, mut unknown) = (BTreeSet::new(), Vec::new());
    for path in paths {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = fs::read_to_string(&path).unwrap();
        let named: Vec<&str> = match name.rsplit('.').next().unwrap_or_default() {
            "rs" if name.ends_with("tests.rs") || name.contains("/tests/") => continue,
            "rs" => {
                let code = text.split("#[cfg(test)]").next().unwrap_or_default();
                code.split('"').filter(|part| is_key(part)).collect()
            }
            "html" => text.split("say(\"").skip(1).filter_map(|rest| rest.split('"').next()).collect(),
            _ => continue,
        };
        for key in named {
            if !english.contains_key(key) {
                unknown.push(format!("{name}: {key}"));
            }
            used.insert(key.to_owned());
        }
    }
    assert!(unknown.is_empty(), "there are no such messages:\n  {}", unknown.join("\n  "));
    let unused: Vec<&str> = english.keys().filter(|key| !used.contains(*key)).map(String::as_str).collect();
    assert!(unused.is_empty(), "nothing names these messages:\n  {}", unused.join("\n  "));
}

/// Templates name a message and its variables in one place.
#[test]
fn templates_set_every_variable() {
    let english = languages().remove("en").unwrap();
    let mut paths = Vec::new();
    files(&settings::root().join("ledger/templates"), &mut paths);
    let mut offenders = Vec::new();
    for path in paths {
        let text = fs::read_to_string(&path).unwrap();
        for (key, set) in set_in(&text) {
            if english.get(&key) != Some(&set) {
                offenders.push(format!("{}: {key}: {set:?}", path.display()));
            }
        }
    }
    assert!(offenders.is_empty(), "the messages have other variables:\n  {}", offenders.join("\n  "));
}

/// The messages that a template names, with the variables that it sets.
fn set_in(template: &str) -> Vec<(String, BTreeSet<String>)> {
    let parts = template.split("say(\"").skip(1);
    let message = |part: &str| {
        let end = ["}}", "%}"].iter().filter_map(|end| part.find(end)).min().unwrap_or(part.len());
        let (key, rest) = part[..end].split_once('"').unwrap();
        let names = [".with(\"", ".around(\""].into_iter().flat_map(|call| rest.split(call).skip(1));
        (key.to_owned(), names.filter_map(|rest| rest.split('"').next()).map(str::to_owned).collect())
    };
    parts.map(message).collect()
}

#[test]
fn a_templates_messages_are_read_with_their_variables() {
    let template =
        r#"{% let (a, b) = t.say("x-a").with("one", t.say(key)).around("two") %}{{ t.say("x-b") }} with("no")"#;
    let found = set_in(template);
    let set = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<BTreeSet<_>>();
    assert_eq!(found, [("x-a".to_owned(), set(&["one", "two"])), ("x-b".to_owned(), set(&[]))]);
}
