//! Examples from the description: bodies as JSON, and the call that a request's examples make.

use serde_json::Value;

use super::languages::{Call, Reply};
use crate::api::document::complete::is_public;

/// Formats JSON over several lines.
pub(super) fn json(value: &Value) -> String {
    serde_json::to_string_pretty(value).unwrap_or_default()
}

/// The only example, or the first of several.
pub(super) fn example(content: &Value) -> Option<&Value> {
    let several = || content["examples"].as_object()?.values().next()?.get("value");
    content.get("example").or_else(several)
}

/// The call with the examples of its required parameters and its body filled in.
pub(super) fn call<'a>(
    method: &'a str,
    path: &str,
    operation: &'a Value,
    parameters: &[&Value],
    success: Option<&Value>,
) -> Call<'a> {
    let of = |place: &'static str| parameters.iter().filter(move |one| one["in"] == place);
    let pair = |one: &Value| (one["name"].as_str().unwrap_or_default().to_owned(), text(&one["example"]));
    let path = of("path")
        .map(|one| pair(one))
        .fold(path.to_owned(), |path, (name, example)| path.replace(&format!("{{{name}}}"), &example));
    Call {
        method,
        path,
        query: of("query").filter(|one| one["required"] == true).map(|one| pair(one)).collect(),
        body: operation.pointer("/requestBody/content/application~1json").and_then(example),
        repeatable: of("header").any(|one| one["name"] == "Idempotency-Key"),
        public: operation.as_object().is_some_and(is_public),
        reply: reply(success),
    }
}

/// A text as it is, and anything else as JSON.
pub(super) fn text(example: &Value) -> String {
    match example {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}

fn reply(success: Option<&Value>) -> Reply {
    let content = success.and_then(|response| response["content"].as_object());
    match content {
        None => Reply::Nothing,
        Some(content) if content.is_empty() => Reply::Nothing,
        Some(content) if content.contains_key("application/json") => Reply::Json,
        Some(_) => Reply::File,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_call_has_what_its_description_shows() {
        let operation = json!({"security": [{}]});
        let parameters = [
            json!({"in": "path", "name": "year", "example": 2026, "required": true}),
            json!({"in": "query", "name": "currency", "example": "USD", "required": true}),
            json!({"in": "query", "name": "cursor", "example": "abc"}),
            json!({"in": "header", "name": "Idempotency-Key"}),
        ];
        let parameters: Vec<&Value> = parameters.iter().collect();
        let success = json!({"content": {"text/csv": {}}});
        let call = call("get", "/tax/{year}", &operation, &parameters, Some(&success));
        assert_eq!((call.path.as_str(), call.query.len(), call.repeatable), ("/tax/2026", 1, true));
        assert_eq!((call.public, call.reply), (true, Reply::File));
        assert_eq!((reply(None), reply(Some(&json!({"content": {}})))), (Reply::Nothing, Reply::Nothing));
    }
}
