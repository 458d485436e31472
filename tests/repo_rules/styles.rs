//! Goal: pages are set from one scale, and a page's rules don't reach another page.
//! Method: the style sheets of `ledger/assets/css` are read: sizes of text, radii and widths are those of `tokens.css`, a class
//! is defined in one file only, and no rule counts a table's cells. The API reference has a sheet of its own beside them, with
//! its own classes and the same values.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
};

use world::settings;

/// Sizes of text in pixels, as literals; variables `--t-…` hold the same.
const SIZES: [f64; 8] = [12.0, 13.0, 14.0, 16.0, 18.0, 24.0, 32.0, 40.0];
/// Radii in pixels, as literals; variables `--r-…` hold the same, besides the corners of a drawing.
const RADII: [f64; 6] = [0.0, 2.0, 4.0, 6.0, 12.0, 999.0];
/// Widths at which pages change, in pixels.
const WIDTHS: [f64; 3] = [640.0, 1_024.0, 1_440.0];
/// All sheets together, in bytes; compressed they are a fifth.
const BYTES_MAX: usize = 100 * 1_024;
/// What pages look like on paper is one sheet for all.
const PRINT: &str = "print.css";
const TOKENS: &str = "tokens.css";

/// Each sheet's name and content, without comments.
fn sheets() -> Vec<(String, String)> {
    let folder = settings::root().join("ledger/assets/css");
    let mut found: Vec<(String, String)> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap())
        .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
        .map(|(name, text)| (name, uncommented(&text)))
        .collect();
    found.sort();
    assert!(found.len() >= 10, "{} sheets", found.len());
    found
}

/// The same, and that of the API reference.
fn all_sheets() -> Vec<(String, String)> {
    let reference = fs::read_to_string(settings::root().join("ledger/assets/reference.css")).unwrap();
    sheets().into_iter().chain([("reference.css".to_owned(), uncommented(&reference))]).collect()
}

fn uncommented(text: &str) -> String {
    let mut parts = text.split("/*");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |kept, part| kept + part.split_once("*/").map_or("", |(_, after)| after))
}

fn nothing(what: &str, offenders: &[String]) {
    assert!(offenders.is_empty(), "{what}:\n  {}", offenders.join("\n  "));
}

/// A length in pixels.
fn pixels(value: &str) -> Option<f64> {
    let number = |text: &str| text.parse::<f64>().ok();
    match value.strip_suffix("rem") {
        Some(rems) => number(rems).map(|rems| rems * 16.0),
        None => number(value.strip_suffix("px").unwrap_or(value)),
    }
}

fn is_among(value: &str, allowed: &[f64]) -> bool {
    pixels(value).is_some_and(|value| allowed.iter().any(|one| (one - value).abs() < 0.01))
}

/// The property and value of each declaration, and the names of the blocks around it.
fn declarations(text: &str) -> Vec<(&str, &str)> {
    text.split(['{', '}', ';'])
        .filter_map(|part| part.split_once(':'))
        .map(|(name, value)| (name.trim(), value.trim().trim_end_matches("!important").trim()))
        .filter(|(name, _)| name.chars().all(|one| one.is_ascii_lowercase() || one == '-'))
        .collect()
}

#[test]
fn text_has_one_of_eight_sizes() {
    let mut offenders = Vec::new();
    for (sheet, text) in all_sheets().into_iter().filter(|(sheet, _)| sheet != TOKENS) {
        for (name, value) in declarations(&text) {
            let is_allowed = match name {
                "font-size" => {
                    value.starts_with("var(--t-") || value == "inherit" || value == "0" || is_among(value, &SIZES)
                }
                "font" => value.contains("var(--t-") || value == "inherit",
                _ => true,
            };
            if !is_allowed {
                offenders.push(format!("{sheet}: {name}: {value}"));
            }
        }
    }
    nothing("use a size of tokens.css", &offenders);
}

#[test]
fn corners_have_one_of_four_radii() {
    let mut offenders = Vec::new();
    for (sheet, text) in all_sheets() {
        for (name, value) in
            declarations(&text).into_iter().filter(|(name, _)| name.starts_with("border-") && name.ends_with("-radius"))
        {
            let is_allowed =
                |one: &str| one.starts_with("var(--r") || one == "50%" || one == "inherit" || is_among(one, &RADII);
            if !value.split_whitespace().all(is_allowed) {
                offenders.push(format!("{sheet}: {name}: {value}"));
            }
        }
    }
    nothing("use a radius of tokens.css", &offenders);
}

#[test]
fn pages_change_at_three_widths() {
    let mut offenders = Vec::new();
    for (sheet, text) in all_sheets() {
        for condition in
            text.split("@media").skip(1).filter_map(|part| part.split_once('{')).map(|(condition, _)| condition)
        {
            let mut lengths =
                condition.split([' ', '(', ')', ':']).filter(|part| part.ends_with("px") || part.ends_with("rem"));
            if lengths.any(|length| !is_among(length, &WIDTHS)) {
                offenders.push(format!("{sheet}: @media{condition}"));
            }
        }
    }
    nothing("pages change at 40, 64 and 90 rem (`width < 40rem`)", &offenders);
}

/// What is in brackets belongs to the selector before it.
fn without_brackets(selector: &str) -> String {
    let mut depth = 0_usize;
    let mut kept = String::new();
    for one in selector.chars() {
        match one {
            '(' | '[' => depth += 1,
            ')' | ']' => depth = depth.saturating_sub(1),
            _ if depth == 0 => kept.push(one),
            _ => {}
        }
    }
    kept
}

/// The selectors of all rules, each by itself.
fn selectors(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    for prelude in text.split('{').map(|part| part.rsplit(['}', ';']).next().unwrap_or_default().trim()) {
        if prelude.is_empty() || prelude.starts_with('@') {
            continue;
        }
        let mut depth = 0_usize;
        let mut one = String::new();
        for next in prelude.chars() {
            match next {
                '(' | '[' => depth += 1,
                ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
            if next == ',' && depth == 0 {
                found.push(std::mem::take(&mut one));
            } else {
                one.push(next);
            }
        }
        found.push(one);
    }
    found.into_iter().map(|selector| selector.trim().to_owned()).collect()
}

/// The class that a selector defines: that of an element by itself, not one that stands in something or has something.
fn defined(selector: &str) -> Option<String> {
    if selector.contains(":has(") {
        return None;
    }
    let bare = without_brackets(selector);
    let is_alone = !bare.trim().contains([' ', '>', '+', '~', '\n']);
    let name = bare.split('.').nth(1).filter(|_| is_alone)?;
    let end = name.find(|one: char| !one.is_ascii_alphanumeric() && one != '-' && one != '_').unwrap_or(name.len());
    Some(name[..end].to_owned())
}

#[test]
fn a_class_is_defined_in_one_sheet() {
    let mut places: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for (sheet, text) in sheets().into_iter().filter(|(sheet, _)| sheet != PRINT) {
        for class in selectors(&text).iter().filter_map(|selector| defined(selector)) {
            places.entry(class).or_default().insert(sheet.clone());
        }
    }
    assert!(places.len() > 100, "{} classes", places.len());
    let twice = places.into_iter().filter(|(_, sheets)| sheets.len() > 1);
    nothing(
        "a page's own class begins its selectors",
        &twice.map(|(class, sheets)| format!(".{class}: {sheets:?}")).collect::<Vec<_>>(),
    );
}

#[test]
fn no_rule_counts_cells() {
    let counting =
        all_sheets().into_iter().filter(|(_, text)| text.contains("nth-child") || text.contains("nth-of-type"));
    nothing("name a cell by its class or data-role", &counting.map(|(sheet, _)| sheet).collect::<Vec<_>>());
}

#[test]
fn all_sheets_together_are_small() {
    let bytes: usize = sheets().iter().map(|(_, text)| text.len()).sum();
    assert!(bytes <= BYTES_MAX, "{bytes} bytes of CSS: drop what no page uses any more");
}

#[test]
fn these_rules_see_what_they_look_for() {
    assert_eq!(uncommented("a { /* b */ top: 0 } /* c */"), "a {  top: 0 } ");
    assert_eq!(defined("button.copy:hover").as_deref(), Some("copy"));
    assert_eq!(defined(".card:not(.wide)").as_deref(), Some("card"));
    for other in [".card > table", ".card:has(> table)", ":is(.menu, .tabs) a", "tbody a"] {
        assert_eq!(defined(other), None, "{other}");
    }
    assert_eq!(selectors("a, .b:is(c, d) { top: 0 } @media print { .e { top: 0 } }"), ["a", ".b:is(c, d)", ".e"]);
    assert_eq!(declarations(".a { font-size: 1rem !important; } .b:hover { color: red }")[0], ("font-size", "1rem"));
    assert!(is_among(".875rem", &SIZES) && is_among("12px", &RADII) && !is_among("15px", &SIZES));
}
