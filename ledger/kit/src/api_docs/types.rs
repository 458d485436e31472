//! The types that a page shows: those that its operations use, and those that these use.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{
    markdown::marked,
    shape::{Field, fields, kind},
};

const SCHEMAS: &str = "#/components/schemas/";

/// A type that several operations share.
#[derive(Debug)]
pub(super) struct Type {
    pub name: String,
    /// HTML.
    pub description: String,
    /// The kind of type, if it isn't an object with fields.
    pub kind: Option<String>,
    pub fields: Vec<Field>,
}

/// The types of these names, in alphabetical order.
pub(super) fn types(names: &BTreeSet<String>, document: &Value) -> Vec<Type> {
    let of = |name: &String| {
        let schema = schema(name, document);
        let fields = fields(schema);
        Type {
            name: name.clone(),
            description: marked(schema["description"].as_str().unwrap_or_default()),
            kind: fields.is_empty().then(|| kind(schema)),
            fields,
        }
    };
    names.iter().map(of).collect()
}

/// Adds the names of all types that `value` refers to, directly or through another type.
pub(super) fn collect(value: &Value, document: &Value, names: &mut BTreeSet<String>) {
    match value {
        Value::Object(parts) => {
            let name = parts.get("$ref").and_then(Value::as_str).and_then(|link| link.strip_prefix(SCHEMAS));
            if let Some(name) = name
                && names.insert(name.to_owned())
            {
                collect(schema(name, document), document, names);
            }
            for (word, inner) in parts {
                match (word.as_str(), inner) {
                    // What examples contain is data, but a property may have that name.
                    ("example" | "examples", _) => {}
                    ("properties", Value::Object(fields)) => {
                        fields.values().for_each(|field| collect(field, document, names));
                    }
                    _ => collect(inner, document, names),
                }
            }
        }
        Value::Array(all) => all.iter().for_each(|inner| collect(inner, document, names)),
        _ => {}
    }
}

fn schema<'a>(name: &str, document: &'a Value) -> &'a Value {
    &document["components"]["schemas"][name]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn types_are_found_through_others() {
        let document = json!({"components": {"schemas": {
            "A": {"properties": {"b": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}}},
            "B": {"properties": {"examples": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/A"}]}}},
            "C": {"type": "string"},
        }}});
        let mut names = BTreeSet::new();
        let used = json!({"$ref": "#/components/schemas/A", "example": {"$ref": "#/components/schemas/C"}});
        collect(&used, &document, &mut names);
        assert_eq!(names, BTreeSet::from(["A", "B"].map(str::to_owned)));
        let types = types(&names, &document);
        assert_eq!((types[0].name.as_str(), types[0].fields.len(), types[0].kind.is_none()), ("A", 1, true));
    }
}
