//! Goal: what people read is written in the words of the glossary, on pages, in emails, in the API's description and in the
//! guides.
//! Method: the texts of all templates, the English ones of the catalogue, the string literals of the ledger's and the edge's
//! code and of the scripts of pages, the generated client (which carries the API's descriptions) and the documents for users
//! are searched for phrases that aren't natural English, or that name one thing in a second way. Pages and emails have one
//! kind of apostrophe, and a page that asks before something is done says in the question what it is.

use std::fs;

use world::settings;

use crate::{
    pieces::{Kind, Language, pieces},
    sources::files,
};

/// A phrase in lower case, and what to write instead. The list may only grow.
const PHRASES: &[(&str, &str)] = &[
    ("a letter", "an email"),
    ("a line each", "one per line"),
    ("anybody", "anyone"),
    ("by hand", "manually"),
    ("by itself", "automatically"),
    ("do with the", "actions for"),
    ("e-mail", "email"),
    ("e-mails", "emails"),
    ("gives back", "refunds"),
    ("given back", "refunded"),
    ("has to give", "needs"),
    ("is heard", "is received"),
    ("kept aside", "needs attention"),
    ("lately", "recent"),
    ("letter", "email"),
    ("make the key", "create API key"),
    ("needs a look", "needs attention"),
    ("no mail address", "not a valid email address"),
    ("nobody", "no one"),
    ("of yours", "your …"),
    ("one a line", "one per line"),
    ("put aside", "ignore"),
    ("put away", "dismiss"),
    ("shall", "should, or will"),
    ("somebody", "someone"),
    ("stands here", "appears here"),
    ("tells of", "reports"),
    ("the letter", "the email"),
    ("ticked", "selected"),
    ("told", "reported, notified or asked"),
    ("way in", "sign-in link"),
    ("whoever", "anyone who"),
    ("whose they are", "the affiliate who referred them"),
];

/// Where a phrase is right: what stands around it.
const RIGHT: &[&str] = &[
    "told: string",
    "receiptsale.told",
    "none of yours",
    "`nobody`",
    "nobody@",
    "two-letter",
    "three-letter",
    "dead letter",
    "dead-letter",
    "a letter from a to m",
    "word or letter",
];

/// The documents for users.
const DOCUMENTS: [&str; 5] = ["docs/guide", "docs/affiliate", "docs/api", "docs/integrations", "docs/self-hosting"];

#[test]
fn texts_use_the_words_of_the_glossary() {
    let mut found = Vec::new();
    for (name, texts) in everything() {
        for text in texts {
            found.extend(offences(&text).into_iter().map(|offence| format!("{name}: {offence}")));
        }
    }
    found.sort();
    found.dedup();
    assert!(found.is_empty(), "write this in plain English:\n  {}", found.join("\n  "));
}

#[test]
fn apostrophes_are_curly() {
    let mut found = Vec::new();
    for (name, texts) in everything() {
        if [".html", ".txt", ".ftl"].iter().any(|ending| name.ends_with(ending)) {
            found.extend(texts.iter().flat_map(|text| straight(text)).map(|word| format!("{name}: {word}")));
        }
    }
    assert!(found.is_empty(), "write \u{2019} instead:\n  {}", found.join("\n  "));
}

#[test]
fn a_confirmation_names_what_happens() {
    let mut paths = Vec::new();
    files(&settings::root().join("ledger/templates"), &mut paths);
    let has_none = |text: &String| {
        let mut questions = text.split("<details class=\"sure\"").skip(1);
        questions.any(|rest| !rest.starts_with(" data-title=\""))
    };
    paths.retain(|path| has_none(&fs::read_to_string(path).unwrap()));
    assert!(paths.is_empty(), "write a data-title such as \"Ban Mia Sato?\": {paths:?}");
}

/// The words with a straight apostrophe.
fn straight(text: &str) -> Vec<&str> {
    let is_straight =
        |three: &[u8]| three[0].is_ascii_alphabetic() && three[1] == b'\'' && three[2].is_ascii_alphabetic();
    text.split_whitespace().filter(|word| word.as_bytes().windows(3).any(is_straight)).collect()
}

/// All texts by file.
fn everything() -> Vec<(String, Vec<String>)> {
    let root = settings::root();
    let mut paths = Vec::new();
    ["ledger", "edge", "shared", "clients"].iter().for_each(|folder| files(&root.join(folder), &mut paths));
    let flat = |folder: &str| fs::read_dir(root.join(folder)).unwrap().flatten().map(|entry| entry.path());
    paths.extend(flat("ledger/templates/mail"));
    paths.extend(flat("ledger/locales/en"));
    DOCUMENTS.iter().for_each(|folder| paths.extend(flat(folder)));
    paths.extend([root.join("README.md"), root.join("clients/typescript/src/rekomi.ts")]);
    paths.sort();
    paths.dedup();
    let read = |path: std::path::PathBuf| {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        let text = || fs::read_to_string(&path).unwrap();
        let texts = match name.rsplit('.').next()? {
            "rs" if is_test(&name) => return None,
            "rs" => literals(text().split("#[cfg(test)]").next()?, Language::Rust),
            "js" if name.starts_with("ledger/assets/") => literals(&text(), Language::Script),
            "html" | "txt" => {
                let template = text();
                [quoted(&template), vec![visible(&template)]].concat()
            }
            "ftl" => vec![text().lines().filter(|line| !line.starts_with('#')).collect::<Vec<_>>().join("\n")],
            "md" | "ts" => vec![text()],
            _ => return None,
        };
        Some((name, texts))
    };
    let all: Vec<_> = paths.into_iter().filter_map(read).collect();
    assert!(all.len() > 500);
    all
}

fn is_test(name: &str) -> bool {
    name.contains("/tests") || name.ends_with("tests.rs") || name.ends_with("_test.rs") || name.contains("s3_stand_in")
}

/// The phrases in a text that don't belong there, each with what to write instead and its surroundings.
fn offences(text: &str) -> Vec<String> {
    let plain: String = text.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let mut found = Vec::new();
    for (phrase, instead) in PHRASES {
        for (at, _) in plain.match_indices(phrase) {
            let end = at + phrase.len();
            let is_part = |sign: Option<char>| sign.is_some_and(|sign| sign.is_alphanumeric() || sign == '_');
            if is_part(plain[..at].chars().next_back()) || is_part(plain[end..].chars().next()) {
                continue;
            }
            let from = plain.floor_char_boundary(at.saturating_sub(30));
            let around = &plain[from..plain.ceil_char_boundary((end + 30).min(plain.len()))];
            if !RIGHT.iter().any(|right| around.contains(right)) {
                found.push(format!("\"{around}\": {instead}"));
            }
        }
    }
    found
}

/// A template's text without its code and its tags.
fn visible(template: &str) -> String {
    without(template, &[("{#", "#}"), ("{%", "%}"), ("{{", "}}"), ("<", ">")])
}

/// The sentences in a template's code, such as the labels and hints of its fields.
fn quoted(template: &str) -> Vec<String> {
    let tags = |from: &'static str, to: &'static str| {
        template.split(from).skip(1).filter_map(move |rest| rest.split_once(to)).map(|(tag, _)| tag)
    };
    let texts = tags("{%", "%}").chain(tags("{{", "}}")).flat_map(|tag| tag.split('"').skip(1).step_by(2));
    texts.filter(|text| text.contains(' ')).map(str::to_owned).collect()
}

/// The text without what stands between the marks.
fn without(text: &str, marks: &[(&str, &str)]) -> String {
    let mut text = text.to_owned();
    for &(from, to) in marks {
        let mut rest = text.as_str();
        let mut kept = String::new();
        while let Some((before, after)) = rest.split_once(from) {
            kept.push_str(before);
            kept.push(' ');
            rest = after.split_once(to).map_or("", |(_, after)| after);
        }
        kept.push_str(rest);
        text = kept;
    }
    text
}

/// The texts of code that are sentences: no single words, no SQL.
fn literals(code: &str, language: Language) -> Vec<String> {
    let is_sql =
        |text: &str| ["select ", "update ", "insert ", "delete ", "with "].iter().any(|word| text.contains(word));
    let texts = pieces(code, language).into_iter().filter(|(kind, _)| *kind == Kind::Text);
    let texts = texts.map(|(_, text)| match language {
        Language::Script => without(text, &[("${", "}")]),
        Language::Rust | Language::Sql => text.replace("\\\n", " "),
    });
    texts.filter(|text| text.contains(' ') && !is_sql(text)).collect()
}

#[test]
fn a_phrase_is_found_where_people_read_it() {
    assert_eq!(offences("Somebody  else").len(), 1);
    assert!(offences("A two-letter code, and letters and digits").is_empty());
    assert_eq!(visible("<p class=\"told\">{{ told }} {% if told %}Hello{% endif %}</p>").trim(), "Hello");
    assert_eq!(quoted("{% call text(\"a\", \"Was told\") %}No{{ say(\"b c\") }}"), ["Was told", "b c"]);
    assert_eq!(straight("It's 'so', printf '%s', isn\u{2019}t it"), ["It's"]);
    let code = "// told \"told off\"\nlet x = \"was told\"; let y = r#\"a \"told\" b\"#; let z = '\"'; f(\"single\")";
    assert_eq!(literals(code, Language::Rust), ["\"was told\"", "r#\"a \"told\" b\"#"]);
    assert_eq!(literals("f(`${ticked} selected`) // told off", Language::Script), ["`  selected`"]);
}
