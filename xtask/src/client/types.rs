//! Writes schemas as TypeScript types.

use super::comment;
use anyhow::{Context, Result};
use serde_json::Value;

/// Writes every schema except pages: a page is the runtime's own `Page` of its rows.
pub(super) fn write(document: &Value) -> Result<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).context("no schemas")?;
    let mut parts = Vec::new();
    for (name, schema) in schemas.iter().filter(|(name, _)| !name.starts_with("Page_")) {
        let words = comment(schema["description"].as_str().unwrap_or_default(), "");
        let name = name_of(name);
        parts.push(match schema["properties"].as_object() {
            Some(_) if schema["type"] == "object" => format!("{words}export interface {name} {}\n", object(schema, "")),
            _ => format!("{words}export type {name} = {};\n", of(schema, "")),
        });
    }
    Ok(parts.join("\n"))
}

/// Renames `Error`, which is a name of TypeScript's own.
fn name_of(schema: &str) -> String {
    if schema == "Error" { "ErrorBody".to_owned() } else { schema.to_owned() }
}

/// Returns the name of a page's rows, if the schema is a page.
pub(super) fn rows(schema: &Value) -> Option<String> {
    schema["$ref"].as_str()?.strip_prefix("#/components/schemas/Page_").map(name_of)
}

pub(super) fn of(schema: &Value, indent: &str) -> String {
    if let Some(rows) = rows(schema) {
        return format!("Page<{rows}>");
    }
    if let Some(name) = schema["$ref"].as_str().and_then(|link| link.rsplit('/').next()) {
        return name_of(name);
    }
    if let Some(value) = schema.get("const") {
        return value.to_string();
    }
    if let Some(values) = schema["enum"].as_array() {
        return join(values.iter().map(Value::to_string), " | ");
    }
    for (word, joint) in [("oneOf", " | "), ("anyOf", " | "), ("allOf", " & ")] {
        if let Some(parts) = schema[word].as_array() {
            return join(parts.iter().map(|part| of(part, indent)), joint);
        }
    }
    match &schema["type"] {
        Value::Array(kinds) => {
            join(kinds.iter().filter_map(Value::as_str).map(|kind| plain(kind, schema, indent)), " | ")
        }
        Value::String(kind) => plain(kind, schema, indent),
        _ => "unknown".to_owned(),
    }
}

fn join(parts: impl Iterator<Item = String>, joint: &str) -> String {
    let mut all: Vec<String> = Vec::new();
    for part in parts {
        if !all.contains(&part) {
            all.push(part);
        }
    }
    all.join(joint)
}

fn plain(kind: &str, schema: &Value, indent: &str) -> String {
    match kind {
        "integer" | "number" => "number".to_owned(),
        "array" => {
            let items = of(&schema["items"], indent);
            if items.contains([' ', '\n']) { format!("Array<{items}>") } else { format!("{items}[]") }
        }
        "object" if schema.get("properties").is_some() => object(schema, indent),
        "object" => match &schema["additionalProperties"] {
            values @ Value::Object(_) => format!("Record<string, {}>", of(values, indent)),
            _ => "Record<string, unknown>".to_owned(),
        },
        other => other.to_owned(),
    }
}

fn object(schema: &Value, indent: &str) -> String {
    let inner = format!("{indent}  ");
    let required = |name: &str| schema["required"].as_array().is_some_and(|all| all.iter().any(|one| one == name));
    let properties = schema["properties"].as_object().into_iter().flatten();
    let lines: String = properties
        .map(|(name, property)| {
            let words = comment(property["description"].as_str().unwrap_or_default(), &inner);
            let mark = if required(name) { "" } else { "?" };
            format!("{words}{inner}{}{mark}: {};\n", key(name), of(property, &inner))
        })
        .collect();
    format!("{{\n{lines}{indent}}}")
}

/// Returns a property's name, quoted where it isn't an identifier.
pub(super) fn key(name: &str) -> String {
    let plain =
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if plain { name.to_owned() } else { format!("{name:?}") }
}
