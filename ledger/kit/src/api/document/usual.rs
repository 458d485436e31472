//! Descriptions of fields and parameters that mean the same everywhere, such as `createdAt`. A handler describes only what
//! is its own; what it describes stays as it is.

use serde_json::{Map, Value};

/// What a field is, by name.
const FIELDS: &[(&str, &str)] = &[
    ("affiliateId", "The affiliate's ID."),
    ("affiliateName", "The affiliate's name."),
    ("amountCents", "The amount, in the currency's minor unit."),
    ("at", "When it happened."),
    ("batchId", "The ID of the re-sync."),
    ("clickId", "The click's ID."),
    ("commissionId", "The commission's ID."),
    ("connectionId", "The connection's ID."),
    ("conversionId", "The conversion's ID."),
    ("createdAt", "When it was created."),
    ("currency", "The currency, as a three-letter ISO 4217 code."),
    ("customerId", "The customer's ID."),
    ("email", "The email address."),
    ("externalEventId", "The event's ID in your system."),
    ("finishedAt", "When it was finished; null until then."),
    ("host", "The link host, such as `go.acme.test`."),
    ("id", "The unique ID."),
    ("lastErrorAt", "When the last error occurred; null if there was none."),
    ("lastSuccessAt", "When it last succeeded; null if it never has."),
    ("linkId", "The link's ID."),
    ("message", "The result or the problem, in plain words."),
    ("messageId", "The event's ID."),
    ("months", "The number of months."),
    ("name", "The name."),
    ("occurredAt", "When it took place."),
    ("payoutId", "The payout's ID."),
    ("programId", "The program's ID."),
    ("segment", "The segment's name."),
    ("startedAt", "When it began."),
    ("updatedAt", "When it was last changed."),
    ("userId", "The person's ID."),
    ("year", "The calendar year."),
];

/// What an optional parameter in a query does, by name.
const FILTERS: &[(&str, &str)] = &[
    ("affiliateId", "Returns only results of this affiliate."),
    ("conversionId", "Returns only results of this conversion."),
    ("currency", "Returns only results in this currency, a three-letter ISO 4217 code."),
    ("externalEventId", "Returns only results with this ID in your system."),
    ("host", "Returns only results of this link host."),
    ("payoutId", "Returns only results of this payout."),
    ("programId", "Returns only results of this program."),
    ("slug", "Returns only the result with this slug."),
];

/// Describes a property. A choice between a type and null takes the description of the type's reference.
pub(super) fn field(schema: &mut Value, name: &str) {
    let Some(parts) = schema.as_object_mut().filter(|parts| !is_described(parts)) else { return };
    if let Some(text) = of_choice(parts).or_else(|| text(FIELDS, name)) {
        parts.insert("description".to_owned(), text);
    }
}

/// Describes a parameter.
pub(super) fn parameter(parameter: &mut Value) {
    let Some(parts) = parameter.as_object_mut().filter(|parts| !is_described(parts)) else { return };
    let is = |word: &str, value: Value| parts.get(word) == Some(&value);
    let filters = is("in", "query".into()) && !is("required", true.into());
    let name = parts.get("name").and_then(Value::as_str).unwrap_or_default();
    let filter = text(FILTERS, name).filter(|_| filters);
    if let Some(text) = filter.or_else(|| text(FIELDS, name)) {
        parts.insert("description".to_owned(), text);
    }
}

fn is_described(parts: &Map<String, Value>) -> bool {
    parts.get("description").and_then(Value::as_str).is_some_and(|text| !text.is_empty())
}

fn text(texts: &[(&str, &str)], name: &str) -> Option<Value> {
    texts.iter().find(|(known, _)| *known == name).map(|(_, text)| Value::from(*text))
}

fn of_choice(parts: &mut Map<String, Value>) -> Option<Value> {
    let choices = parts.get_mut("oneOf")?.as_array_mut()?;
    let mut references = choices.iter_mut().filter(|choice| choice.get("$ref").is_some());
    let (only, None) = (references.next()?, references.next()) else { return None };
    only.as_object_mut()?.remove("description")
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_field_has_its_own_words_or_the_usual_ones() {
        for (name, schema, text) in [
            ("createdAt", json!({"type": "string"}), Some("When it was created.")),
            ("createdAt", json!({"type": "string", "description": "At noon."}), Some("At noon.")),
            (
                "home",
                json!({"oneOf": [{"type": "null"}, {"$ref": "#/A", "description": "In euros."}]}),
                Some("In euros."),
            ),
            ("scope", json!({"oneOf": [{"$ref": "#/A", "description": "One."}, {"$ref": "#/B"}]}), None),
            ("other", json!({"type": "string"}), None),
        ] {
            let mut schema = schema;
            field(&mut schema, name);
            assert_eq!(schema["description"].as_str(), text, "{name}");
        }
    }

    #[test]
    fn a_parameter_filters_a_list_and_names_an_object() {
        for (given, text) in [
            (json!({"in": "path", "name": "programId", "required": true}), "The program's ID."),
            (json!({"in": "query", "name": "programId"}), "Returns only results of this program."),
            (
                json!({"in": "query", "name": "currency", "required": true}),
                "The currency, as a three-letter ISO 4217 code.",
            ),
        ] {
            let mut given = given;
            parameter(&mut given);
            assert_eq!(given["description"], text);
        }
    }
}
