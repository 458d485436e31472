//! Whether arguments fit what a tool says it takes.

use serde_json::{Value, json};

/// # Errors
/// Says what doesn't fit, and where.
pub(super) fn fits(schema: &Value, value: &Value, at: &str) -> Result<(), String> {
    for word in ["oneOf", "anyOf"] {
        if let Some(choices) = schema[word].as_array()
            && !choices.iter().any(|choice| fits(choice, value, at).is_ok())
        {
            return Err(format!("{at} has none of the described forms"));
        }
    }
    if let Some(kind) = schema["type"].as_str()
        && !is_of(value, kind)
    {
        return Err(format!("{at} is no {kind}"));
    }
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        return Err(format!("{at} is none of {allowed:?}"));
    }
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        value.get(name).map(drop).ok_or_else(|| format!("{at}/{name} is missing"))?;
    }
    for (name, own) in value.as_object().into_iter().flatten() {
        match schema["properties"].get(name) {
            Some(known) => fits(known, own, &format!("{at}/{name}"))?,
            None if schema["additionalProperties"] == false => return Err(format!("{at}/{name} is unknown")),
            None => {}
        }
    }
    value.as_array().into_iter().flatten().try_for_each(|item| fits(&schema["items"], item, &format!("{at}/-")))
}

fn is_of(value: &Value, kind: &str) -> bool {
    match kind {
        "string" => value.is_string(),
        "integer" => value.is_i64() || value.is_u64(),
        "number" => value.is_number(),
        "boolean" => value.is_boolean(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("a type that no tool has had so far: {other}"),
    }
}

#[test]
fn what_does_not_fit_is_named() {
    let schema = json!({"type": "object", "additionalProperties": false, "required": ["id"], "properties": {
        "id": {"type": "string"},
        "count": {"type": "integer"},
        "sort": {"type": "string", "enum": ["newest", "oldest"]},
        "rows": {"type": "array", "items": {"anyOf": [{"type": "boolean"}, {"type": "object", "required": ["x"]}]}},
    }});
    let whole = json!({"id": "a", "count": 1, "sort": "newest", "rows": [true, {"x": 1, "y": 2}]});
    assert_eq!(fits(&schema, &whole, ""), Ok(()));
    for (arguments, place) in [
        (json!({}), "/id"),
        (json!({"id": 1}), "/id"),
        (json!({"id": "a", "count": 1.5}), "/count"),
        (json!({"id": "a", "sort": "best"}), "/sort"),
        (json!({"id": "a", "more": 1}), "/more"),
        (json!({"id": "a", "rows": [{}]}), "/rows/-"),
        (json!([]), ""),
    ] {
        let why = fits(&schema, &arguments, "").unwrap_err();
        assert!(why.starts_with(&format!("{place} ")), "{arguments}: {why}");
    }
}
