//! JSON schemas as models need them: without references, which clients don't resolve, and without what is noise to a model.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const REFERENCE: &str = "#/components/schemas/";
/// What an input allows although the schema needn't say it.
const ANY_TEXT: &str = "^[^\\u0000]*$";
/// Words of a schema that are for people who read the API's reference.
const NOISE: [&str; 5] = ["example", "examples", "title", "discriminator", "default"];
/// Fields whose texts come from affiliates, customers or other systems.
const OTHERS_TEXTS: [&str; 22] = [
    "affiliateName",
    "application",
    "bankReason",
    "customer",
    "customerId",
    "disabledReason",
    "email",
    "externalEventId",
    "externalId",
    "flags",
    "headline",
    "inWords",
    "message",
    "metadata",
    "name",
    "note",
    "notes",
    "otherCustomerIds",
    "reason",
    "statusReason",
    "text",
    "title",
];
/// Sentences of a commission's receipt that name people or repeat what they wrote. Elsewhere, fields with these names
/// are ours.
const OTHERS_SENTENCES: [&str; 5] =
    ["plan.scope", "plan.why", "transfers[].because", "transfers[].from", "transfers[].to"];

/// The schemas that the description's references lead to.
#[derive(Debug, Clone, Copy)]
pub struct Schemas<'d>(&'d Value);

impl<'d> Schemas<'d> {
    pub fn of(document: &'d Value) -> Self {
        Self(&document["components"]["schemas"])
    }

    pub(super) fn find(self, reference: &str) -> Option<(&str, &'d Value)> {
        let name = reference.strip_prefix(REFERENCE)?;
        Some((name, self.0.get(name)?))
    }

    /// Writes a schema without references. `described` says whether its parts keep their descriptions.
    ///
    /// # Errors
    /// Names a reference that leads nowhere or back to itself.
    pub fn inlined(self, schema: &Value, described: bool) -> Result<Value, String> {
        self.inline(schema, described, &mut Vec::new())
    }

    fn inline(self, schema: &Value, described: bool, open: &mut Vec<String>) -> Result<Value, String> {
        let Value::Object(fields) = schema else { return Ok(schema.clone()) };
        if let Some(reference) = fields.get("$ref").and_then(Value::as_str) {
            let (name, target) = self.find(reference).ok_or_else(|| format!("{reference} leads nowhere"))?;
            if open.iter().any(|other| other == name) {
                return Err(format!("{name} contains itself"));
            }
            open.push(name.to_owned());
            let mut inlined = self.inline(target, described, open)?;
            open.pop();
            if described && let (Value::Object(inlined), Some(own)) = (&mut inlined, fields.get("description")) {
                inlined.insert("description".to_owned(), own.clone());
            }
            return Ok(inlined);
        }
        let mut kept = Map::new();
        for (word, part) in fields {
            if is_noise(word, part) || (word == "description" && !described) {
                continue;
            }
            let part = match (word.as_str(), part) {
                ("properties", Value::Object(properties)) => {
                    let inlined = properties
                        .iter()
                        .map(|(name, property)| Ok((name.clone(), self.inline(property, described, open)?)));
                    Value::Object(inlined.collect::<Result<_, String>>()?)
                }
                ("items" | "additionalProperties" | "propertyNames", part) => self.inline(part, described, open)?,
                ("oneOf" | "anyOf" | "allOf", Value::Array(all)) => {
                    Value::Array(all.iter().map(|one| self.inline(one, described, open)).collect::<Result<_, _>>()?)
                }
                (_, part) => part.clone(),
            };
            kept.insert(word.clone(), part);
        }
        Ok(Value::Object(required_or_left_out(kept)))
    }

    /// Paths of the fields in a response whose texts others wrote, such as `data[].name`.
    pub fn others_texts(self, schema: &Value) -> Vec<String> {
        let mut found = BTreeSet::new();
        self.walk(schema, "", &mut Vec::new(), &mut found);
        found.into_iter().collect()
    }

    fn walk(self, schema: &Value, path: &str, open: &mut Vec<String>, found: &mut BTreeSet<String>) {
        if let Some((name, target)) = schema["$ref"].as_str().and_then(|reference| self.find(reference)) {
            if open.iter().all(|other| other != name) {
                open.push(name.to_owned());
                self.walk(target, path, open, found);
                open.pop();
            }
            return;
        }
        for word in ["oneOf", "anyOf", "allOf"] {
            for one in schema[word].as_array().into_iter().flatten() {
                self.walk(one, path, open, found);
            }
        }
        for (name, property) in schema["properties"].as_object().into_iter().flatten() {
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            let is_sentence = property["type"] == "string" && OTHERS_SENTENCES.contains(&inner.as_str());
            if is_sentence || OTHERS_TEXTS.contains(&name.as_str()) {
                found.insert(inner.clone());
            }
            self.walk(property, &inner, open, found);
        }
        if let Some(items) = schema.get("items") {
            self.walk(items, &format!("{path}[]"), open, found);
        }
    }
}

fn is_noise(word: &str, part: &Value) -> bool {
    NOISE.contains(&word)
        || (word == "format" && (part == "int32" || part == "int64"))
        || (word == "pattern" && part == ANY_TEXT)
}

/// An argument that may be null may be left out as well; schemas without null are understood by more models.
fn required_or_left_out(mut schema: Map<String, Value>) -> Map<String, Value> {
    let null = json!("null");
    if let Some(Value::Array(types)) = schema.get_mut("type") {
        types.retain(|one| *one != null);
        if let [only] = types.as_slice() {
            let only = only.clone();
            schema.insert("type".to_owned(), only);
        }
    }
    if let Some(Value::Array(values)) = schema.get_mut("enum") {
        values.retain(|value| !value.is_null());
    }
    if let Some(Value::Array(choices)) = schema.get_mut("oneOf") {
        choices.retain(|choice| choice["type"] != null);
        if let [Value::Object(only)] = choices.as_slice() {
            let mut only = only.clone();
            if let Some(own) = schema.get("description") {
                only.insert("description".to_owned(), own.clone());
            }
            return only;
        }
    }
    schema
}

#[cfg(test)]
mod tests {
    use super::*;

    fn document() -> Value {
        json!({"components": {"schemas": {
            "Person": {"type": "object", "description": "Someone.", "properties": {
                "name": {"type": "string", "examples": ["Mia"], "pattern": ANY_TEXT},
                "age": {"type": ["integer", "null"], "format": "int64"},
                "home": {"oneOf": [{"$ref": "#/components/schemas/Place"}, {"type": "null"}], "description": "Where."},
                "kind": {"type": ["string", "null"], "enum": ["a", "b", null]},
            }},
            "Place": {"type": "object", "properties": {"note": {"type": "string", "description": "A note."}}},
            "Endless": {"properties": {"next": {"$ref": "#/components/schemas/Endless"}}},
        }}})
    }

    #[test]
    fn references_and_noise_are_gone() {
        let document = document();
        let person = json!({"$ref": "#/components/schemas/Person"});
        let inlined = Schemas::of(&document).inlined(&person, true).unwrap();
        let expected = json!({"type": "object", "description": "Someone.", "properties": {
            "name": {"type": "string"},
            "age": {"type": "integer"},
            "home": {"type": "object", "description": "Where.",
                     "properties": {"note": {"type": "string", "description": "A note."}}},
            "kind": {"type": "string", "enum": ["a", "b"]},
        }});
        assert_eq!(inlined, expected);
        let bare = Schemas::of(&document).inlined(&person, false).unwrap();
        assert!(!bare.to_string().contains("description"), "{bare}");
    }

    #[test]
    fn a_reference_that_leads_nowhere_or_around_is_an_error() {
        let document = document();
        for name in ["Nobody", "Endless"] {
            let schema = json!({ "$ref": format!("{REFERENCE}{name}") });
            assert!(Schemas::of(&document).inlined(&schema, true).unwrap_err().contains(name));
        }
    }

    #[test]
    fn texts_of_others_are_found_wherever_they_are() {
        let document = document();
        let list = json!({"properties": {"data": {"type": "array", "items": {"$ref": "#/components/schemas/Person"}}}});
        assert_eq!(Schemas::of(&document).others_texts(&list), ["data[].home.note", "data[].name"]);
        let endless = json!({"$ref": "#/components/schemas/Endless"});
        assert!(Schemas::of(&document).others_texts(&endless).is_empty());
    }

    #[test]
    fn sentences_of_a_receipt_are_texts_of_others_there_alone() {
        let document = document();
        let text = json!({"type": "string"});
        let receipt = json!({"properties": {
            "plan": {"properties": {"scope": text, "why": text, "component": text}},
            "transfers": {"items": {"properties": {"from": text, "to": text, "because": text, "what": text}}},
        }});
        assert_eq!(Schemas::of(&document).others_texts(&receipt), OTHERS_SENTENCES);
        let other = json!({"properties": {"from": text, "scope": text, "plan": {"properties": {
            "scope": {"type": "object", "properties": {"segment": text}},
        }}}});
        assert!(Schemas::of(&document).others_texts(&other).is_empty());
    }
}
