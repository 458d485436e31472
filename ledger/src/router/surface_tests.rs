//! Tests that no operation, parameter or field comes or goes without a line in the API's changelog.

use std::collections::BTreeSet;

use serde_json::Value;
use sha2::{Digest, Sha256};

use super::described::DOCUMENT;
use kit::api::document::complete::each_operation;
use shared::keys::encode_hex;

/// Each operation with its method and path, its parameters in the query, and each type's fields; in alphabetical order.
const SURFACE: &str = include_str!("../../../docs/api/surface.txt");
const CHANGELOG: &str = include_str!("../../../docs/api/changelog.md");

fn surface() -> BTreeSet<String> {
    let mut document = DOCUMENT.value.clone();
    let mut lines = BTreeSet::new();
    each_operation(&mut document, |method, path, operation| {
        let id = operation["operationId"].as_str().unwrap_or_default();
        lines.insert(format!("{id} {} {path}", method.to_uppercase()));
        let parameters = operation.get("parameters").and_then(Value::as_array).into_iter().flatten();
        let query = parameters.filter(|parameter| parameter["in"] == "query");
        lines.extend(query.filter_map(|parameter| Some(format!("{id} ?{}", parameter["name"].as_str()?))));
    });
    // A page's fields are those of every list.
    let types = document["components"]["schemas"].as_object().into_iter().flatten();
    for (name, schema) in types.filter(|(name, _)| !name.starts_with("Page_")) {
        fields(schema, &mut |field: &str| {
            lines.insert(format!("{name}.{field}"));
        });
    }
    lines
}

/// Calls `found` with the name of each property of a schema and of the schemas within it.
fn fields(schema: &Value, found: &mut impl FnMut(&str)) {
    match schema {
        Value::Object(parts) => {
            for (word, part) in parts {
                match (word.as_str(), part) {
                    // The values of these are data.
                    ("example" | "examples" | "default" | "const" | "enum", _) => {}
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in properties {
                            found(name);
                            fields(property, found);
                        }
                    }
                    (_, part) => fields(part, found),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|one| fields(one, found)),
        _ => {}
    }
}

#[test]
fn a_change_of_the_surface_is_in_the_changelog() {
    let (now, kept) = (surface(), SURFACE.lines().map(str::to_owned).collect::<BTreeSet<_>>());
    let added: Vec<&String> = now.difference(&kept).collect();
    let removed: Vec<&String> = kept.difference(&now).collect();
    assert!(
        added.is_empty() && removed.is_empty(),
        "write these changes into docs/api/surface.txt, and what they mean into docs/api/changelog.md:\n\
         added {added:#?}\nremoved {removed:#?}"
    );
    let whole: String = now.iter().map(|line| format!("{line}\n")).collect();
    assert_eq!(SURFACE, whole, "the lines of docs/api/surface.txt are in alphabetical order");
    let newest = CHANGELOG.split("\n## ").nth(1).expect("a day");
    let mark = format!("<!-- surface {} -->", encode_hex(&Sha256::digest(SURFACE)[..4]));
    assert!(newest.contains(&mark), "add what changed to docs/api/changelog.md, below a line {mark}");
}
