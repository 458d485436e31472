//! Checks arguments against a tool's schema, before a person is asked: a mistake is the model's to correct, not the
//! person's to find. What a schema can't say is the operation's to check.

use regex::Regex;
use serde_json::{Map, Value};
use shared::timestamp::Timestamp;
use time::{Date, macros::format_description};

use crate::tool::request::Mistake;

/// The words of a schema that are checked, and those that only describe.
const KNOWN: [&str; 27] = [
    "additionalProperties",
    "allOf",
    "anyOf",
    "const",
    "default",
    "deprecated",
    "description",
    "discriminator",
    "enum",
    "example",
    "examples",
    "exclusiveMaximum",
    "exclusiveMinimum",
    "items",
    "maxItems",
    "maxLength",
    "maxProperties",
    "maximum",
    "minItems",
    "minLength",
    "minProperties",
    "minimum",
    "oneOf",
    "properties",
    "required",
    "title",
    "type",
];
/// Formats whose form is checked here, and those that the operation checks.
const FORMATS: [&str; 9] = ["date", "date-time", "double", "email", "int32", "int64", "password", "uri", "uuid"];

/// # Errors
/// Names the first argument that doesn't fit.
pub fn fits(schema: &Value, arguments: &Value) -> Result<(), Mistake> {
    part(schema, arguments, "")
}

/// The words of a schema that [`fits`] doesn't know, each with its place.
pub fn unknown(schema: &Value) -> Vec<String> {
    let mut found = Vec::new();
    walk(schema, "", &mut found);
    found
}

fn walk(schema: &Value, at: &str, found: &mut Vec<String>) {
    for (word, own) in schema.as_object().into_iter().flatten() {
        let here = format!("{at}/{word}");
        match (word.as_str(), own) {
            ("properties", Value::Object(properties)) => {
                properties.iter().for_each(|(name, one)| walk(one, &format!("{here}/{name}"), found));
            }
            ("oneOf" | "anyOf" | "allOf", Value::Array(all)) => all.iter().for_each(|one| walk(one, &here, found)),
            ("items" | "additionalProperties" | "propertyNames", one) => walk(one, &here, found),
            ("pattern", Value::String(text)) if expression(text).is_some() => {}
            ("format", Value::String(format)) if FORMATS.contains(&format.as_str()) => {}
            (word, _) if KNOWN.contains(&word) => {}
            (_, own) => found.push(format!("{here}: {own}")),
        }
    }
}

fn part(schema: &Value, value: &Value, at: &str) -> Result<(), Mistake> {
    if schema == &Value::Bool(false) {
        return Err(wrong(at, "is unknown"));
    }
    // An untagged choice may fit twice: the operation takes the first.
    for choices in [&schema["oneOf"], &schema["anyOf"]].into_iter().filter_map(Value::as_array) {
        if !choices.iter().any(|choice| part(choice, value, at).is_ok()) {
            return Err(wrong(at, "has none of the forms that the tool describes"));
        }
    }
    for all in schema["allOf"].as_array().into_iter().flatten() {
        part(all, value, at)?;
    }
    let kinds = match &schema["type"] {
        Value::String(kind) => vec![kind.as_str()],
        Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).collect(),
        _ => Vec::new(),
    };
    if !kinds.is_empty() && !kinds.iter().any(|kind| is_of(value, kind)) {
        return Err(wrong(at, &format!("must be of the type {}", kinds.join(" or "))));
    }
    if let Some(only) = schema.get("const")
        && only != value
    {
        return Err(wrong(at, &format!("must be {only}")));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        return Err(wrong(at, &format!("must be one of {}", names.join(", "))));
    }
    match value {
        Value::Object(fields) => object(schema, fields, at),
        Value::Array(items) => {
            bounds(schema, ("minItems", "maxItems"), size(items.len()), at, "entries")?;
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| part(&schema["items"], item, &format!("{at}[{index}]")))
        }
        Value::String(text) => string(schema, text, at),
        Value::Number(number) => {
            let number = number.as_f64().unwrap_or(f64::MAX);
            bounds(schema, ("minimum", "maximum"), number, at, "in value")?;
            within(schema, number, at)
        }
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn object(schema: &Value, fields: &Map<String, Value>, at: &str) -> Result<(), Mistake> {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if fields.get(name).is_none_or(Value::is_null) {
            return Err(wrong(&below(name), "is required"));
        }
    }
    bounds(schema, ("minProperties", "maxProperties"), size(fields.len()), at, "fields")?;
    for (name, own) in fields {
        if let Some(names) = schema.get("propertyNames")
            && part(names, &Value::String(name.clone()), at).is_err()
        {
            return Err(wrong(&below(name), "has a name that isn\u{2019}t allowed"));
        }
        // An argument that is null is left out.
        if own.is_null() {
            continue;
        }
        if let Some(known) = schema["properties"].get(name).or_else(|| schema.get("additionalProperties")) {
            part(known, own, &below(name))?;
        }
    }
    Ok(())
}

/// Reads a pattern. One with a class such as `\d` isn't read: it has other characters in JSON Schema than here.
fn expression(pattern: &str) -> Option<Regex> {
    let is_class = |rest: &str| rest.starts_with(|sign: char| sign.is_ascii_alphabetic() && sign != 'u');
    if pattern.split('\\').skip(1).any(is_class) { None } else { Regex::new(pattern).ok() }
}

fn string(schema: &Value, text: &str, at: &str) -> Result<(), Mistake> {
    bounds(schema, ("minLength", "maxLength"), size(text.chars().count()), at, "characters")?;
    if let Some(pattern) = schema["pattern"].as_str()
        && !expression(pattern).is_some_and(|pattern| pattern.is_match(text))
    {
        return Err(wrong(at, &format!("must match {pattern}")));
    }
    match schema["format"].as_str() {
        Some("date-time") if Timestamp::parse_rfc3339(text).is_err() => {
            Err(wrong(at, "must be a date and time, such as 2026-11-20T08:30:00Z"))
        }
        Some("date") if Date::parse(text, format_description!("[year]-[month]-[day]")).is_err() => {
            Err(wrong(at, "must be a date, such as 2026-11-20"))
        }
        _ => Ok(()),
    }
}

fn within(schema: &Value, number: f64, at: &str) -> Result<(), Mistake> {
    if schema["exclusiveMinimum"].as_f64().is_some_and(|least| number <= least) {
        return Err(wrong(at, &format!("must be more than {}", schema["exclusiveMinimum"])));
    }
    if schema["exclusiveMaximum"].as_f64().is_some_and(|most| number >= most) {
        return Err(wrong(at, &format!("must be less than {}", schema["exclusiveMaximum"])));
    }
    Ok(())
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        "null" => value.is_null(),
        _ => true,
    }
}

fn size(count: usize) -> f64 {
    u32::try_from(count).map_or(f64::MAX, f64::from)
}

fn bounds(schema: &Value, (least, most): (&str, &str), size: f64, at: &str, unit: &str) -> Result<(), Mistake> {
    if schema[least].as_f64().is_some_and(|least| size < least) {
        return Err(wrong(at, &format!("must be at least {} {unit}", schema[least])));
    }
    if schema[most].as_f64().is_some_and(|most| size > most) {
        return Err(wrong(at, &format!("must be at most {} {unit}", schema[most])));
    }
    Ok(())
}

fn wrong(at: &str, what: &str) -> Mistake {
    let field = if at.is_empty() { "arguments" } else { at };
    Mistake::new(field, format!("{field} {what}."))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({"type": "object", "additionalProperties": false, "required": ["reason"], "properties": {
            "reason": {"type": "string", "minLength": 1, "maxLength": 5},
            "amountCents": {"type": "integer", "minimum": 1},
            "notify": {"type": "boolean"},
            "reach": {"type": "string", "enum": ["Customer", "Conversion"]},
            "people": {"type": "array", "maxItems": 2, "items": {
                "type": "object", "required": ["email"], "properties": {"email": {"type": "string"}}}},
            "id": {"type": "string", "pattern": "^aff_[a-z]{3}$"},
            "day": {"type": "string", "format": "date"},
            "at": {"anyOf": [{"type": "string", "format": "date"}, {"type": "string", "format": "date-time"}]},
            "kind": {"const": "flat"},
            "share": {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1},
            "labels": {"type": "object", "maxProperties": 2, "propertyNames": {"maxLength": 3},
                "additionalProperties": {"type": "array", "items": {"type": "string", "maxLength": 2}}},
            "pay": {"oneOf": [
                {"type": "object", "required": ["rate"], "properties": {"rate": {"type": "string"}}},
                {"type": "object", "required": ["flat"], "properties": {"flat": {"type": "integer"}}}]},
        }})
    }

    #[test]
    fn what_fits_is_let_through() {
        for more in [
            json!({}),
            json!({"amountCents": 1, "notify": true, "reach": "Customer"}),
            json!({"notify": null, "people": [{"email": "a@b.test", "more": 1}]}),
            json!({"pay": {"flat": 5}}),
            json!({"id": "aff_abc", "day": "2026-11-20", "at": "2026-11-20", "kind": "flat", "share": 0.5}),
            json!({"at": "2026-11-20T08:30:00+01:00", "labels": {"a": ["b"], "c": []}}),
        ] {
            let mut arguments = more;
            arguments["reason"] = "ok".into();
            assert_eq!(fits(&schema(), &arguments), Ok(()), "{arguments}");
        }
    }

    #[test]
    fn what_does_not_fit_is_named() {
        for (arguments, field) in [
            (json!({}), "reason"),
            (json!({"reason": null}), "reason"),
            (json!({"reason": ""}), "reason"),
            (json!({"reason": "too long"}), "reason"),
            (json!({"reason": 1}), "reason"),
            (json!({"reason": "ok", "amountCents": 0}), "amountCents"),
            (json!({"reason": "ok", "amountCents": 1.5}), "amountCents"),
            (json!({"reason": "ok", "amountCents": "1"}), "amountCents"),
            (json!({"reason": "ok", "notify": "no"}), "notify"),
            (json!({"reason": "ok", "reach": "All"}), "reach"),
            (json!({"reason": "ok", "people": [{}]}), "people[0].email"),
            (json!({"reason": "ok", "people": [{"email": "a"}, {"email": "b"}, {"email": "c"}]}), "people"),
            (json!({"reason": "ok", "pay": {"flat": "5"}}), "pay"),
            (json!({"reason": "ok", "confirm": true}), "confirm"),
            (json!([]), "arguments"),
            (json!({"reason": "ok", "id": "com_abc"}), "id"),
            (json!({"reason": "ok", "day": "2026-13-20"}), "day"),
            (json!({"reason": "ok", "at": "tomorrow"}), "at"),
            (json!({"reason": "ok", "kind": "rate"}), "kind"),
            (json!({"reason": "ok", "share": 0}), "share"),
            (json!({"reason": "ok", "share": 1.0}), "share"),
            (json!({"reason": "ok", "labels": {"a": ["long"]}}), "labels.a[0]"),
            (json!({"reason": "ok", "labels": {"long": []}}), "labels.long"),
            (json!({"reason": "ok", "labels": {"a": [], "b": [], "c": []}}), "labels"),
        ] {
            assert_eq!(fits(&schema(), &arguments).unwrap_err().field, field, "{arguments}");
        }
    }

    #[test]
    fn a_word_that_is_not_checked_is_found() {
        assert!(unknown(&schema()).is_empty(), "{:?}", unknown(&schema()));
        let schema = json!({"properties": {"a": {"oneOf": [{"multipleOf": 5}]}, "pattern": {"pattern": "^\\d$"}},
            "items": {"format": "ipv4"}, "not": {}});
        let mut places: Vec<String> =
            unknown(&schema).iter().map(|one| one.split(':').next().unwrap().to_owned()).collect();
        places.sort();
        assert_eq!(places, ["/items/format", "/not", "/properties/a/oneOf/multipleOf", "/properties/pattern/pattern"]);
    }

    #[test]
    fn a_pattern_decides_about_the_whole_text() {
        for (pattern, right, wrong) in [
            (
                "^aff_[0-7][0-9a-hjkmnp-tv-z]{25}$",
                &["aff_01kdvdna00fec9rpb7dk6gd3hy"][..],
                &["aff_01kdvdna00fec9rpb7dk6gd3h", "aff_01kdvdna00fec9rpb7dk6gd3hyy", "aff_81kdvdna00fec9rpb7dk6gd3hy"]
                    [..],
            ),
            ("^[A-Z]{3}$", &["USD"][..], &["US", "USDX", "usd", "USD\n"][..]),
            ("^[^\\u0000]*$", &["", "\u{e4} b"][..], &["a\0"][..]),
        ] {
            let schema = json!({"type": "string", "pattern": pattern});
            assert!(right.iter().all(|text| fits(&schema, &json!(text)).is_ok()), "{pattern}");
            assert!(!wrong.iter().any(|text| fits(&schema, &json!(text)).is_ok()), "{pattern}");
        }
    }

    #[test]
    fn a_pattern_that_is_not_read_lets_nothing_through() {
        assert!(fits(&json!({"type": "string", "pattern": "^\\d$"}), &json!("1")).is_err());
    }
}
