//! The schema of a tool's results, which clients check every result against.
//!
//! A result isn't always what the operation answers: a long one is cut and says so, and a refusal says why. So no field of
//! the first level is required, and the fields of such results are described as well.

use serde_json::{Map, Value, json};

use super::schema::Schemas;

/// What an output schema may take of a model's context, in bytes. A longer one says less about its inner parts.
pub const OUTPUT_BYTES_MAX: usize = 2_048;

/// How much of a schema is written.
#[derive(Debug, Clone, Copy)]
struct Detail {
    /// Levels whose fields keep their descriptions.
    described: usize,
    /// Levels whose fields are listed. Below, an object is just an object.
    listed: usize,
}

/// From the most to the least; the first that fits is taken.
const DETAILS: [Detail; 7] = [
    Detail { described: usize::MAX, listed: usize::MAX },
    Detail { described: 2, listed: usize::MAX },
    Detail { described: 1, listed: usize::MAX },
    Detail { described: 0, listed: usize::MAX },
    Detail { described: 0, listed: 3 },
    Detail { described: 0, listed: 2 },
    Detail { described: 0, listed: 1 },
];

/// The schema of the operation's response, if it is JSON.
pub(super) fn success(operation: &Value) -> Option<&Value> {
    let responses = operation["responses"].as_object().into_iter().flatten();
    let success = responses.filter(|(status, _)| status.starts_with('2')).map(|(_, response)| response);
    success.filter_map(|response| response.pointer("/content/application~1json/schema")).next()
}

/// What every result of the operation's tool conforms to. `needs_person`: whether a person confirms a call first.
///
/// # Errors
/// Names a reference that leads nowhere, or a schema that takes too much room however little it says.
pub(super) fn schema(operation: &Value, schemas: Schemas<'_>, needs_person: bool) -> Result<Value, String> {
    for detail in DETAILS {
        let mut schema = root(success(operation), Writer { schemas, detail })?;
        if needs_person {
            schema["properties"]["needsConfirmation"] = needs_confirmation();
        }
        if schema.to_string().len() <= OUTPUT_BYTES_MAX {
            return Ok(schema);
        }
    }
    Err("its results can't be described briefly".to_owned())
}

/// Where a person confirms a call.
fn needs_confirmation() -> Value {
    let text = json!({"type": "string"});
    json!({"type": "object", "properties": {"id": text, "url": text, "expiresAt": text}, "required": ["id", "url"]})
}

fn root(response: Option<&Value>, writer: Writer<'_>) -> Result<Value, String> {
    let mut properties = match response {
        None => Map::from_iter([("done".to_owned(), json!({"type": "boolean"}))]),
        Some(response) => {
            let written = writer.written(response, 0, &mut Vec::new())?;
            let mut found = Map::new();
            collect(&written, &mut found);
            if found.is_empty() && written["type"] != "object" {
                found.insert("value".to_owned(), written);
            }
            found
        }
    };
    for (name, kind) in
        [("truncated", "boolean"), ("hint", "string"), ("error", "string"), ("message", "string"), ("field", "string")]
    {
        properties.entry(name).or_insert_with(|| json!({ "type": kind }));
    }
    Ok(json!({"type": "object", "properties": properties}))
}

/// The fields of an object, also of one that is put together from several.
fn collect(schema: &Value, found: &mut Map<String, Value>) {
    for part in schema["allOf"].as_array().into_iter().flatten() {
        collect(part, found);
    }
    for (name, property) in schema["properties"].as_object().into_iter().flatten() {
        found.insert(name.clone(), property.clone());
    }
}

#[derive(Debug, Clone, Copy)]
struct Writer<'d> {
    schemas: Schemas<'d>,
    detail: Detail,
}

impl Writer<'_> {
    /// The schema without references and without rules that only matter for inputs.
    fn written(self, schema: &Value, level: usize, open: &mut Vec<String>) -> Result<Value, String> {
        let Value::Object(fields) = schema else { return Ok(schema.clone()) };
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            return self.referred(reference, fields, level, open);
        }
        if level >= self.detail.listed && fields.contains_key("properties") {
            return Ok(json!({ "type": fields.get("type").cloned().unwrap_or_else(|| "object".into()) }));
        }
        let mut kept = Map::new();
        for (word, part) in fields {
            let (word, part) = match (word.as_str(), part) {
                ("type" | "enum" | "const" | "required", part) => (word.as_str(), part.clone()),
                ("description", part) if (1..=self.detail.described).contains(&level) => ("description", part.clone()),
                ("properties", Value::Object(properties)) => {
                    let written = properties
                        .iter()
                        .map(|(name, property)| Ok((name.clone(), self.written(property, level + 1, open)?)));
                    ("properties", Value::Object(written.collect::<Result<_, String>>()?))
                }
                ("items", part) => ("items", self.written(part, level, open)?),
                ("additionalProperties", part @ Value::Object(_)) => {
                    ("additionalProperties", self.written(part, level + 1, open)?)
                }
                // With fewer rules, a value may fit several choices.
                ("oneOf" | "anyOf", part) => ("anyOf", self.each(part, level, open)?),
                ("allOf", part) => ("allOf", self.each(part, level, open)?),
                _ => continue,
            };
            kept.insert(word.to_owned(), part);
        }
        Ok(Value::Object(kept))
    }

    fn each(self, parts: &Value, level: usize, open: &mut Vec<String>) -> Result<Value, String> {
        parts.as_array().into_iter().flatten().map(|part| self.written(part, level, open)).collect()
    }

    /// A schema that contains itself is written once, and then left open.
    fn referred(
        self,
        reference: &str,
        fields: &Map<String, Value>,
        level: usize,
        open: &mut Vec<String>,
    ) -> Result<Value, String> {
        let (name, target) = self.schemas.find(reference).ok_or_else(|| format!("{reference} leads nowhere"))?;
        if open.iter().any(|other| other == name) {
            return Ok(json!({}));
        }
        open.push(name.to_owned());
        let mut written = self.written(target, level, open)?;
        open.pop();
        if let (true, Some(own)) = (written.get("description").is_some(), fields.get("description")) {
            written["description"] = own.clone();
        }
        Ok(written)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document(described: usize) -> Value {
        let long = "x".repeat(described);
        json!({"components": {"schemas": {
            "Page": {"type": "object", "required": ["data"], "additionalProperties": false, "properties": {
                "data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}},
                "nextCursor": {"type": ["string", "null"], "pattern": "^x$"},
            }},
            "Person": {"type": "object", "required": ["name"], "properties": {
                "name": {"type": "string", "description": "Whole.", "maxLength": 3, "examples": ["Mia"]},
                "home": {"oneOf": [{"type": "null"}, {"$ref": "#/components/schemas/Home"}]},
            }},
            "Home": {"type": "object", "properties": {
                "note": {"type": "string", "description": long},
                "next": {"$ref": "#/components/schemas/Home"},
            }},
        }}})
    }

    fn of(document: &Value, schema: &Value) -> Value {
        let operation = json!({"responses": {"200": {"content": {"application/json": {"schema": schema}}}}});
        super::schema(&operation, Schemas::of(document), false).unwrap()
    }

    #[test]
    fn a_list_says_what_its_items_are() {
        let document = document(5);
        let found = of(&document, &json!({"$ref": "#/components/schemas/Page"}));
        assert!(found.get("required").is_none() && found.get("additionalProperties").is_none(), "{found}");
        let fields = &found["properties"];
        assert_eq!(fields["nextCursor"], json!({"type": ["string", "null"]}));
        let person = &fields["data"]["items"];
        assert_eq!(person["required"], json!(["name"]), "inside, nothing is cut");
        assert_eq!(person["properties"]["name"], json!({"type": "string", "description": "Whole."}));
        let home = &person["properties"]["home"]["anyOf"];
        assert_eq!((&home[0]["type"], &home[1]["properties"]["next"]), (&json!("null"), &json!({})));
        assert_eq!((&fields["truncated"], &fields["error"]), (&json!({"type": "boolean"}), &json!({"type": "string"})));
    }

    #[test]
    fn a_long_schema_says_less_about_its_inner_parts() {
        let document = document(OUTPUT_BYTES_MAX);
        let found = of(&document, &json!({"$ref": "#/components/schemas/Page"}));
        let person = &found["properties"]["data"]["items"]["properties"];
        assert_eq!(person["name"]["description"], "Whole.");
        assert_eq!(person["home"]["anyOf"][1]["properties"]["note"], json!({"type": "string"}));
    }

    #[test]
    fn a_result_is_always_an_object() {
        let document = document(5);
        let both = json!({"allOf": [{"$ref": "#/components/schemas/Person"},
                                    {"type": "object", "properties": {"link": {"type": "string"}}}]});
        let found = of(&document, &both);
        assert!(found["properties"]["name"].is_object() && found["properties"]["link"].is_object(), "{found}");
        let list = of(&document, &json!({"type": "array", "items": {"type": "string"}}));
        assert_eq!(list["properties"]["value"]["items"], json!({"type": "string"}));
        let nothing = super::schema(&json!({"responses": {"204": {}}}), Schemas::of(&document), true).unwrap();
        assert_eq!(nothing["properties"]["needsConfirmation"]["required"], json!(["id", "url"]));
        assert_eq!((&nothing["type"], &nothing["properties"]["done"]["type"]), (&json!("object"), &json!("boolean")));
    }
}
