//! Renders schemas for people: a table of fields, and a short text for each field's type.

use serde_json::Value;

use super::markdown::{escaped, marked};

/// A row of a table: a parameter, or a field of a body.
#[derive(Debug)]
pub struct Field {
    pub name: String,
    /// HTML: named types are links.
    pub kind: String,
    pub required: bool,
    /// HTML.
    pub description: String,
}

impl Field {
    pub fn of(name: &str, schema: &Value, required: bool, description: Option<&str>) -> Self {
        let description = description.or(schema["description"].as_str()).unwrap_or_default();
        Self { name: name.to_owned(), kind: kind(schema), required, description: marked(description) }
    }
}

/// The fields of an object, `id` and the required ones first.
pub fn fields(schema: &Value) -> Vec<Field> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let mut all: Vec<Field> =
        properties.map(|(name, property)| Field::of(name, property, required(name), None)).collect();
    all.sort_by_key(|field| (field.name != "id", !field.required));
    all
}

/// Describes a type in words, as HTML.
pub fn kind(schema: &Value) -> String {
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        let name = escaped(name);
        return format!("<a href=\"#type-{name}\">{name}</a>");
    }
    if let Some(choices) = schema["enum"].as_array() {
        let texts = choices.iter().filter(|choice| !choice.is_null()).map(|choice| match choice {
            Value::String(text) => format!("<code>{}</code>", escaped(text)),
            other => escaped(&other.to_string()),
        });
        return nullable(joined(texts.collect(), " or "), choices.iter().any(Value::is_null));
    }
    for word in ["oneOf", "anyOf"] {
        if let Some(parts) = schema[word].as_array() {
            let others = parts.iter().filter(|part| part["type"] != "null").map(kind);
            return nullable(joined(others.collect(), " or "), parts.iter().any(|part| part["type"] == "null"));
        }
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return joined(parts.iter().map(kind).collect(), " with ");
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            let others = kinds.iter().filter_map(Value::as_str).filter(|one| *one != "null");
            let words = joined(others.map(|one| plain(one, schema)).collect(), " or ");
            nullable(words, kinds.iter().any(|one| one == "null"))
        }
        Value::String(one) => plain(one, schema),
        _ => "any".to_owned(),
    }
}

fn joined(mut parts: Vec<String>, joint: &str) -> String {
    parts.dedup();
    parts.join(joint)
}

fn nullable(kind: String, is_nullable: bool) -> String {
    if is_nullable { format!("{kind}, nullable") } else { kind }
}

fn plain(kind_name: &str, schema: &Value) -> String {
    match kind_name {
        "array" => format!("array of {}", kind(&schema["items"])),
        "object" => match schema["properties"].as_object() {
            Some(properties) => {
                let parts =
                    properties.iter().map(|(name, one)| format!("<code>{}</code> {}", escaped(name), kind(one)));
                format!("{{ {} }}", parts.collect::<Vec<_>>().join(", "))
            }
            None => "object".to_owned(),
        },
        "string" => match schema["format"].as_str() {
            Some("date-time") => "date-time".to_owned(),
            Some("date") => "date".to_owned(),
            _ => "string".to_owned(),
        },
        "integer" => match (schema["minimum"].as_i64(), schema["maximum"].as_i64()) {
            (Some(least), Some(most)) => format!("integer, {least} to {most}"),
            _ => "integer".to_owned(),
        },
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_told_in_words() {
        for (schema, words) in [
            (json!({"type": ["string", "null"], "format": "date-time"}), "date-time, nullable"),
            (
                json!({"type": "array", "items": {"$ref": "#/components/schemas/Link"}}),
                "array of <a href=\"#type-Link\">Link</a>",
            ),
            (json!({"type": "string", "enum": ["a", null]}), "<code>a</code>, nullable"),
            (json!({"type": "integer", "minimum": 1, "maximum": 100}), "integer, 1 to 100"),
            (
                json!({"oneOf": [{"type": "null"}, {"type": "object", "properties": {"months": {"type": "integer"}}}]}),
                "{ <code>months</code> integer }, nullable",
            ),
            (json!({}), "any"),
        ] {
            assert_eq!(kind(&schema), words);
        }
    }

    #[test]
    fn what_must_be_there_comes_first() {
        let schema = json!({"required": ["name", "id"], "properties": {"a": {}, "id": {}, "name": {}}});
        let names: Vec<String> = fields(&schema).into_iter().map(|field| field.name).collect();
        assert_eq!(names, ["id", "name", "a"]);
    }
}
