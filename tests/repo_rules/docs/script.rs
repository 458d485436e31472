//! `docs/integrations/script.md` lists every attribute, property and method of the script, and every parameter that it
//! reads, and no others.

use std::collections::BTreeSet;

use super::page;

const PAGE: &str = "docs/integrations/script.md";
const SCRIPT: &str = "edge/src/script/loader.js";

#[test]
fn each_attribute_is_documented() {
    let read = attributes(&page(SCRIPT));
    assert!(read.len() > 5, "{read:?}");
    assert_eq!(first_cells("## Attributes"), read);
}

#[test]
fn each_property_and_method_is_documented() {
    let script = page(SCRIPT);
    let (_, object) = script.split_once("var R = all[program] = {").expect("the script's object");
    let members: BTreeSet<String> = keys(object).into_iter().map(|name| format!("Rekomi.{name}")).collect();
    assert!(members.contains("Rekomi.referral") && members.contains("Rekomi.convert"), "{members:?}");
    let documented = first_cells("## Methods and properties");
    let names = documented.iter().map(|cell| cell.split('(').next().unwrap_or_default().to_owned());
    assert_eq!(names.collect::<BTreeSet<_>>(), members);
}

#[test]
fn each_parameter_is_documented_in_its_order() {
    assert_eq!(cells("## Parameters"), shared::via::PARAMETERS);
}

#[test]
fn names_are_found_in_a_script() {
    let script =
        "var data = me.dataset, a = data.programId || data.api; x = me.dataset.param; metadata.no; data.x = 1;";
    let expected = ["data-api", "data-param", "data-program-id", "data-x"].map(str::to_owned);
    assert_eq!(attributes(script), BTreeSet::from(expected));
    let object = "\n  a: null, b: {c: 1},\n  d: function (e) { return e ? f : g; }\n};\nh: 1";
    assert_eq!(keys(object), ["a", "b", "d"]);
}

/// The attributes that a script reads by `data.` or `dataset.`.
fn attributes(script: &str) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for mark in ["data.", "dataset."] {
        for (at, _) in script.match_indices(mark) {
            let is_part = script[..at].ends_with(|before: char| before.is_ascii_alphanumeric());
            let name: String =
                script[at + mark.len()..].chars().take_while(|character| character.is_ascii_alphanumeric()).collect();
            if !is_part && !name.is_empty() {
                found.insert(attribute(&name));
            }
        }
    }
    found
}

fn attribute(name: &str) -> String {
    let mut text = "data-".to_owned();
    for character in name.chars() {
        if character.is_ascii_uppercase() {
            text.push('-');
        }
        text.push(character.to_ascii_lowercase());
    }
    text
}

/// The keys of an object whose opening brace is left out.
fn keys(object: &str) -> Vec<String> {
    let (mut depth, mut name, mut found) = (0_i32, String::new(), Vec::new());
    for character in object.chars() {
        match character {
            '{' | '(' | '[' => depth += 1,
            '}' | ')' | ']' => depth -= 1,
            ':' if depth == 0 => found.push(std::mem::take(&mut name)),
            _ => {}
        }
        if depth < 0 {
            break;
        }
        if character.is_ascii_alphanumeric() && depth == 0 {
            name.push(character);
        } else {
            name.clear();
        }
    }
    found
}

fn first_cells(heading: &str) -> BTreeSet<String> {
    cells(heading).into_iter().collect()
}

/// The code in the first cells of the table below a heading.
fn cells(heading: &str) -> Vec<String> {
    let text = page(PAGE);
    let (_, below) = text.split_once(&format!("\n{heading}\n")).unwrap_or_else(|| panic!("{PAGE} has no {heading}"));
    let section = below.split("\n## ").next().unwrap_or_default();
    let rows = section.lines().filter_map(|line| line.strip_prefix("| `")?.split('`').next());
    rows.map(str::to_owned).collect()
}
