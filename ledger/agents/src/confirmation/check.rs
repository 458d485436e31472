//! Checks arguments against a tool's schema, before a person is asked: a mistake is the model's to correct, not the
//! person's to find. What a schema can't say is the operation's to check.

use serde_json::Value;

use crate::tool::request::Mistake;

/// # Errors
/// Names the first argument that doesn't fit.
pub fn fits(schema: &Value, arguments: &Value) -> Result<(), Mistake> {
    part(schema, arguments, "")
}

fn part(schema: &Value, value: &Value, at: &str) -> Result<(), Mistake> {
    if let Some(choices) = schema["oneOf"].as_array().or_else(|| schema["anyOf"].as_array())
        && !choices.iter().any(|choice| part(choice, value, at).is_ok())
    {
        return Err(wrong(at, "has none of the forms that the tool describes"));
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
    if let Some(allowed) = schema["enum"].as_array()
        && !allowed.contains(value)
    {
        let names: Vec<&str> = allowed.iter().filter_map(Value::as_str).collect();
        return Err(wrong(at, &format!("must be one of {}", names.join(", "))));
    }
    match value {
        Value::Object(_) => object(schema, value, at),
        Value::Array(items) => {
            bounds(schema, ("minItems", "maxItems"), size(items.len()), at, "entries")?;
            items
                .iter()
                .enumerate()
                .try_for_each(|(index, item)| part(&schema["items"], item, &format!("{at}[{index}]")))
        }
        Value::String(text) => bounds(schema, ("minLength", "maxLength"), size(text.chars().count()), at, "characters"),
        Value::Number(number) => {
            bounds(schema, ("minimum", "maximum"), number.as_f64().unwrap_or(f64::MAX), at, "in value")
        }
        Value::Null | Value::Bool(_) => Ok(()),
    }
}

fn object(schema: &Value, value: &Value, at: &str) -> Result<(), Mistake> {
    let below = |name: &str| if at.is_empty() { name.to_owned() } else { format!("{at}.{name}") };
    for name in schema["required"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        if value.get(name).is_none_or(Value::is_null) {
            return Err(wrong(&below(name), "is required"));
        }
    }
    for (name, own) in value.as_object().into_iter().flatten().filter(|(_, own)| !own.is_null()) {
        match schema["properties"].get(name) {
            Some(known) => part(known, own, &below(name))?,
            None if schema["additionalProperties"] == false => {
                return Err(wrong(&below(name), "is unknown"));
            }
            None => {}
        }
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
        ] {
            assert_eq!(fits(&schema(), &arguments).unwrap_err().field, field, "{arguments}");
        }
    }
}
