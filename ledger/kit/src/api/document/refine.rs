//! Refines the handlers' schemas with what can be derived from them: the pattern of ids, the choices that a description
//! lists, and rows of a page that are the resource itself.

use serde_json::{Map, Value, json};

use super::usual;

/// Examples of ids in a query, by the resource that the parameter names.
const IDS: [(&str, &str); 5] = [
    ("programId", "prog_01kdvdna00fnwvvrwp1y42fmbq"),
    ("affiliateId", "aff_01kdvdna00fec9rpb7dk6gd3hy"),
    ("conversionId", "conv_01kdvdna00e5v8r2m6q1w9d3xk"),
    ("linkId", "lnk_01kdvdna00fsc8v9e8c2t4hv3a"),
    ("commissionId", "com_01kdvdna00fj8n4t6c2q9y5wbe"),
];
const CURSOR: &str = "aQGTvbUoAH09zju5YHwR90U";
/// The parameters that every endpoint parses as a date or a time.
const WHEN: [&str; 2] = ["from", "to"];
const VALUE_MAX: u32 = 500;
const ALPHABET: &str = "0-9a-hjkmnp-tv-z";

/// Refines every schema of the document.
pub(super) fn schemas(document: &mut Value) {
    let Some(schemas) = document.pointer_mut("/components/schemas").and_then(Value::as_object_mut) else { return };
    share_rows(schemas);
    for schema in schemas.values_mut() {
        walk(schema, "");
    }
}

/// Replaces a page's rows by a reference to the resource's schema.
fn share_rows(schemas: &mut Map<String, Value>) {
    let pages: Vec<String> = schemas.keys().filter(|name| name.starts_with("Page_")).cloned().collect();
    for page in pages {
        let noun = page.trim_start_matches("Page_").to_owned();
        let same = schemas.contains_key(&noun);
        if let (true, Some(items)) =
            (same, schemas.get_mut(&page).and_then(|page| page.pointer_mut("/properties/data/items")))
        {
            *items = json!({"$ref": format!("#/components/schemas/{noun}")});
        }
    }
}

/// `name` is that of the property to which the schema belongs.
fn walk(schema: &mut Value, name: &str) {
    match schema {
        Value::Array(all) => all.iter_mut().for_each(|one| walk(one, name)),
        Value::Object(fields) => {
            improve(fields, name);
            for (word, value) in fields {
                match (word.as_str(), value) {
                    // The values of these are data.
                    ("example" | "examples" | "default" | "const" | "enum", _) => {}
                    ("properties", Value::Object(properties)) => {
                        for (name, property) in properties {
                            walk(property, name);
                            usual::field(property, name);
                        }
                    }
                    (_, value) => walk(value, name),
                }
            }
        }
        _ => {}
    }
}

fn improve(schema: &mut Map<String, Value>, name: &str) {
    // A map of properties may have one called `example`; a schema's own keywords are no objects.
    if let Some(example) = schema.remove_entry("example") {
        if schema.contains_key("type") || schema.contains_key("oneOf") || schema.contains_key("allOf") {
            schema.insert("examples".to_owned(), json!([example.1]));
        } else {
            schema.insert(example.0, example.1);
        }
    }
    if !is_text(schema.get("type")) || schema.contains_key("enum") {
        return;
    }
    let example = schema.get("examples").and_then(|all| all.get(0)).and_then(Value::as_str);
    // A field that accepts several kinds of ids has an example of just one.
    let names_one = name == "id" || ["Id", "Ids"].iter().any(|ending| name.ends_with(ending));
    if let Some(pattern) = example.filter(|_| names_one).and_then(id_pattern) {
        schema.entry("pattern").or_insert(json!(pattern));
    }
    let choices = schema.get("description").and_then(Value::as_str).map(choices).unwrap_or_default();
    if !choices.is_empty() {
        let nullable = schema.get("type").is_some_and(Value::is_array);
        let null = nullable.then_some(Value::Null);
        schema.insert("enum".to_owned(), choices.into_iter().map(Value::from).chain(null).collect());
    }
}

fn is_text(kind: Option<&Value>) -> bool {
    kind.is_some_and(|kind| kind == "string" || kind.as_array().is_some_and(|all| all.contains(&json!("string"))))
}

/// Returns the pattern of an id such as `aff_01kdvdna00fec9rpb7dk6gd3hy`: a prefix, and 128 bits in Crockford's base32.
fn id_pattern(example: &str) -> Option<String> {
    let (prefix, rest) = example.split_once('_')?;
    let ours = rest.len() == 26
        && prefix.bytes().all(|byte| byte.is_ascii_lowercase())
        && rest.bytes().all(|byte| byte.is_ascii_digit() || byte.is_ascii_lowercase());
    ours.then(|| format!("^{prefix}_[0-7][{ALPHABET}]{{25}}$"))
}

/// Returns the values that a description begins with: "`Approved` (default), `Pending` or `None`." The list counts only
/// if a full stop or a colon follows it, or the description ends; otherwise it is part of a sentence.
fn choices(description: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut rest = description.trim_start();
    loop {
        let Some((word, after)) = rest.strip_prefix('`').and_then(|rest| rest.split_once('`')) else {
            return Vec::new();
        };
        if word.is_empty() || !word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_') {
            return Vec::new();
        }
        found.push(word.to_owned());
        rest = after.trim_start();
        if let Some((_, after)) = rest.strip_prefix('(').and_then(|inside| inside.split_once(')')) {
            rest = after.trim_start();
        }
        // A single value is a choice only if its meaning follows.
        if rest.starts_with(':') || (found.len() > 1 && (rest.is_empty() || rest.starts_with('.'))) {
            return found;
        }
        rest = ["or ", ", or ", ","].iter().find_map(|joint| rest.strip_prefix(joint)).unwrap_or("").trim_start();
    }
}

/// A parameter is sent as text or not at all, and gets an example.
pub(super) fn parameter(parameter: &mut Value) {
    let name = parameter["name"].as_str().unwrap_or_default().to_owned();
    let description = parameter.get("description").cloned();
    let given = parameter.get("example").cloned();
    let Some(schema) = parameter.get_mut("schema").and_then(Value::as_object_mut) else { return };
    if let Some(kind) = schema
        .get("type")
        .and_then(Value::as_array)
        .and_then(|kinds| kinds.iter().find(|kind| *kind != "null"))
        .cloned()
    {
        schema.insert("type".to_owned(), kind);
    }
    let known = || IDS.iter().find(|(known, _)| *known == name).map(|(_, id)| json!(id));
    let own = schema.remove("example").or_else(|| schema.get("default").cloned());
    let example = given.or(own).or_else(known).or_else(|| (name == "cursor").then(|| json!(CURSOR)));
    if WHEN.contains(&name.as_str()) {
        *schema = when();
    }
    let mut view = schema.clone();
    view.extend(description.map(|text| ("description".to_owned(), text)));
    view.extend(example.clone().map(|example| ("examples".to_owned(), json!([example]))));
    improve(&mut view, &name);
    for word in ["pattern", "enum"] {
        if let Some(value) = view.remove(word) {
            schema.insert(word.to_owned(), value);
        }
    }
    let open = schema.get("type").is_some_and(|kind| kind == "string")
        && !["pattern", "enum", "format"].iter().any(|word| schema.contains_key(*word));
    if open {
        let form = if name == "currency" {
            json!({"pattern": "^[A-Z]{3}$"})
        } else {
            json!({"pattern": "^[^\\u0000]*$", "maxLength": VALUE_MAX})
        };
        schema.extend(form.as_object().cloned().unwrap_or_default());
    }
    if let Some(example) = example {
        parameter["example"] = example;
    }
}

fn when() -> Map<String, Value> {
    let forms = [("date", "2026-11-20"), ("date-time", "2026-11-20T08:30:00Z")];
    let forms = forms.map(|(format, example)| json!({"type": "string", "format": format, "examples": [example]}));
    Map::from_iter([("anyOf".to_owned(), json!(forms))])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_of_choices_is_told_from_a_sentence() {
        assert_eq!(choices("`Sale`, `Recurring` or `Lead`."), ["Sale", "Recurring", "Lead"]);
        assert_eq!(choices("`LastTouch` (default) or `FirstTouch`."), ["LastTouch", "FirstTouch"]);
        assert_eq!(choices("`any` (default), `new` or `recurring`"), ["any", "new", "recurring"]);
        assert_eq!(choices("`open`: nobody has decided yet"), ["open"]);
        assert!(choices("`Pending`, `Denied`; `Other` now and then").is_empty());
        for sentence in ["The `Sale` or `Lead`", "`Approved` ones", "`cus_…`, or as the brand names it", "", "`a.b`."]
        {
            assert!(choices(sentence).is_empty(), "{sentence}");
        }
    }

    #[test]
    fn ids_are_told_from_other_texts() {
        assert_eq!(id_pattern("aff_01kdvdna00fec9rpb7dk6gd3hy").unwrap(), "^aff_[0-7][0-9a-hjkmnp-tv-z]{25}$");
        for other in ["order_1001", "lauren", "purchase_abc123", "Aff_01kdvdna00fec9rpb7dk6gd3hy"] {
            assert_eq!(id_pattern(other), None, "{other}");
        }
    }
}
