//! Builds examples of whole bodies from the examples of their fields.

use serde_json::{Map, Value, json};

const DEPTH_MAX: u8 = 8;
/// The time that all examples share.
const MOMENT: &str = "2026-11-20T08:30:00Z";

/// Gives a request or a response with JSON content its example, unless it has one.
pub(super) fn fill(of: &mut Value, schemas: &Value) {
    let Some(content) = of.pointer_mut("/content/application~1json").and_then(Value::as_object_mut) else { return };
    if content.contains_key("example") || content.contains_key("examples") {
        return;
    }
    let made = content.get("schema").and_then(|schema| of_schema(schema, schemas, 0));
    if let Some(made) = made {
        content.insert("example".to_owned(), made);
    }
}

/// An instance of the schema, if its parts provide enough to build one.
pub(super) fn of_schema(schema: &Value, schemas: &Value, depth: u8) -> Option<Value> {
    if depth > DEPTH_MAX {
        return None;
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.strip_prefix("#/components/schemas/")) {
        return of_schema(&schemas[name], schemas, depth + 1);
    }
    let given =
        schema.pointer("/examples/0").or(schema.get("const")).or(schema.pointer("/enum/0")).or(schema.get("default"));
    if let Some(given) = given {
        return Some(given.clone());
    }
    if let Some(parts) = schema["allOf"].as_array() {
        return all_of(parts, schemas, depth);
    }
    let choices = schema["oneOf"].as_array().or(schema["anyOf"].as_array());
    if let Some(choices) = choices {
        let nullable = choices.iter().any(|choice| choice["type"] == "null");
        let made =
            choices.iter().filter(|choice| choice["type"] != "null").find_map(|one| of_schema(one, schemas, depth + 1));
        return made.or(nullable.then_some(Value::Null));
    }
    let is =
        |name: &str| schema["type"] == name || schema["type"].as_array().is_some_and(|all| all.contains(&json!(name)));
    if is("object") || schema.get("properties").is_some() {
        return object(schema, schemas, depth).map(Value::Object);
    }
    if is("array") {
        let one = of_schema(&schema["items"], schemas, depth + 1);
        return Some(Value::Array(one.into_iter().collect()));
    }
    match schema["format"].as_str() {
        Some("date-time") => return Some(json!(MOMENT)),
        Some("date") => return Some(json!("2026-11-20")),
        _ => {}
    }
    if is("boolean") {
        return Some(json!(true));
    }
    is("null").then_some(Value::Null)
}

fn all_of(parts: &[Value], schemas: &Value, depth: u8) -> Option<Value> {
    let mut whole = Map::new();
    for part in parts {
        match of_schema(part, schemas, depth + 1)? {
            Value::Object(fields) => whole.extend(fields),
            other => return Some(other),
        }
    }
    Some(Value::Object(whole))
}

/// A required field without an example leaves the whole object without one; a test finds it.
fn object(schema: &Value, schemas: &Value, depth: u8) -> Option<Map<String, Value>> {
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let mut fields = Map::new();
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        match of_schema(property, schemas, depth + 1) {
            Some(Value::Null) if !required(name) => {}
            Some(value) => {
                fields.insert(name.clone(), value);
            }
            None if required(name) => return None,
            None => {}
        }
    }
    Some(fields)
}
