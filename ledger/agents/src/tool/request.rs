//! Turns the arguments of a call into a request to the API.

use std::fmt::Write as _;

use axum::{
    body::Body,
    http::{Request, header::CONTENT_TYPE},
};
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD};
use serde_json::{Map, Value};
use sha2::{Digest, Sha256};
use shared::timestamp::Timestamp;
use url::form_urlencoded;

use super::catalog::{PER_PAGE_DEFAULT, PER_PAGE_MAX, Place, REPEAT_ARGUMENT, Tool};
use identity::access::agent::Agent;

/// For how long an equal call is taken for a repeated one.
const REPEAT_WINDOW_MS: i64 = 600_000;
const REPEAT_TEXT_MAX: usize = 200;

/// An argument that can't be sent, and what is wrong with it.
#[derive(Debug, PartialEq, Eq)]
pub struct Mistake {
    pub field: String,
    pub message: String,
}

impl Mistake {
    pub fn new(field: &str, message: impl Into<String>) -> Self {
        Self { field: field.to_owned(), message: message.into() }
    }
}

/// The parts of a request before it is built.
#[derive(Debug, Default, PartialEq)]
struct Parts {
    path: String,
    query: String,
    body: Map<String, Value>,
}

/// # Errors
/// An argument that the tool doesn't have, lacks, or can't send. Everything else is the operation's to check.
pub fn of(
    tool: &Tool,
    agent: &Agent,
    mut arguments: Map<String, Value>,
    now: Timestamp,
) -> Result<Request<Body>, Mistake> {
    let key = if tool.entry.creates { Some(repeat_key(tool, agent, &mut arguments, now)?) } else { None };
    let parts = split(tool, arguments)?;
    let separator = if parts.query.is_empty() { "" } else { "?" };
    let mut request =
        Request::builder().method(tool.method.clone()).uri(format!("{}{separator}{}", parts.path, parts.query));
    if let Some(key) = key {
        request = request.header("idempotency-key", key);
    }
    let body = if tool.has_body {
        request = request.header(CONTENT_TYPE, "application/json");
        Body::from(Value::Object(parts.body).to_string())
    } else {
        Body::empty()
    };
    request.body(body).map_err(|_| Mistake::new("arguments", "The arguments don't make a valid address."))
}

fn split(tool: &Tool, mut arguments: Map<String, Value>) -> Result<Parts, Mistake> {
    let mut parts = Parts { path: tool.path.clone(), ..Parts::default() };
    let mut query = form_urlencoded::Serializer::new(String::new());
    for argument in &tool.arguments {
        let name = argument.name.as_str();
        let value = match arguments.remove(name) {
            None | Some(Value::Null) if argument.required => {
                return Err(Mistake::new(name, format!("{name} is required.")));
            }
            None | Some(Value::Null) if name == "perPage" => Value::from(PER_PAGE_DEFAULT),
            None | Some(Value::Null) => continue,
            Some(value) => value,
        };
        if name == "perPage" && !value.as_u64().is_some_and(|count| (1..=PER_PAGE_MAX).contains(&count)) {
            return Err(Mistake::new(name, format!("perPage must be 1 to {PER_PAGE_MAX}.")));
        }
        match argument.place {
            Place::Body => {
                parts.body.insert(name.to_owned(), value);
            }
            Place::Query => {
                query.append_pair(name, &scalar(name, &value)?);
            }
            Place::Path => parts.path = parts.path.replace(&format!("{{{name}}}"), &segment(&scalar(name, &value)?)),
        }
    }
    if let Some(unknown) = arguments.keys().next() {
        return Err(Mistake::new(unknown, format!("This tool has no argument {unknown}.")));
    }
    if let Some((name, value)) = tool.entry.fixed {
        parts.body.insert(name.to_owned(), value.into());
    }
    parts.query = query.finish();
    Ok(parts)
}

fn scalar(name: &str, value: &Value) -> Result<String, Mistake> {
    match value {
        Value::String(text) if text.is_empty() => Err(Mistake::new(name, format!("{name} must not be empty."))),
        Value::String(text) => Ok(text.clone()),
        Value::Bool(_) | Value::Number(_) => Ok(value.to_string()),
        _ => Err(Mistake::new(name, format!("{name} must be a string, a number or a boolean."))),
    }
}

/// One segment of a path, with every character encoded that could end it.
fn segment(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a string can't fail.
            write!(encoded, "%{byte:02X}").ok();
        }
    }
    encoded
}

/// A model or a client that lost an answer asks again under a new id, so the key is made of what is asked. It names the
/// connection, too, so that no one gets the answer to another's request.
fn repeat_key(
    tool: &Tool,
    agent: &Agent,
    arguments: &mut Map<String, Value>,
    now: Timestamp,
) -> Result<String, Mistake> {
    let own = match arguments.remove(REPEAT_ARGUMENT) {
        None | Some(Value::Null) => None,
        Some(Value::String(text)) if (1..=REPEAT_TEXT_MAX).contains(&text.len()) => Some(text),
        Some(_) => {
            let message = format!("{REPEAT_ARGUMENT} must be 1 to {REPEAT_TEXT_MAX} characters.");
            return Err(Mistake::new(REPEAT_ARGUMENT, message));
        }
    };
    let (kind, text) = match own {
        Some(own) => ("own", own),
        None => {
            let window = now.millis().div_euclid(REPEAT_WINDOW_MS);
            ("same", format!("{window} {}", canonical(&Value::Object(arguments.clone()))))
        }
    };
    let digest = Sha256::new()
        .chain_update(agent.connection.as_bytes())
        .chain_update(tool.entry.name)
        .chain_update([0])
        .chain_update(kind)
        .chain_update([0])
        .chain_update(text)
        .finalize();
    Ok(format!("mcp-{}", BASE64_URL_SAFE_NO_PAD.encode(digest)))
}

/// JSON with the fields of every object in alphabetical order.
pub fn canonical(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let mut sorted: Vec<(&String, &Value)> = fields.iter().collect();
            sorted.sort_unstable_by_key(|(name, _)| *name);
            let fields =
                sorted.into_iter().map(|(name, value)| format!("{}:{}", Value::from(name.as_str()), canonical(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        Value::Array(all) => format!("[{}]", all.iter().map(canonical).collect::<Vec<_>>().join(",")),
        other => other.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use axum::body::to_bytes;
    use serde_json::json;

    use super::{
        super::fixture::{self, CREATES, LISTS},
        *,
    };

    fn at(millis: i64) -> Timestamp {
        Timestamp::from_millis(1_790_000_000_000 + millis).unwrap()
    }

    fn made(entry: &'static super::super::table::Entry, arguments: Value) -> Result<Request<Body>, Mistake> {
        let arguments = arguments.as_object().unwrap().clone();
        of(&fixture::tool(entry), &fixture::agent(1), arguments, at(0))
    }

    fn refused(entry: &'static super::super::table::Entry, arguments: Value) -> String {
        made(entry, arguments).unwrap_err().field
    }

    #[test]
    fn path_and_query_are_encoded() {
        let request =
            made(&LISTS, json!({"id": "../a b?c", "email": "a+b@x.test", "late": true, "perPage": 50})).unwrap();
        let uri = request.uri().to_string();
        assert_eq!(uri, "/api/v1/people/%2E%2E%2Fa%20b%3Fc/notes?perPage=50&email=a%2Bb%40x.test&late=true");
        assert!(!request.headers().contains_key("idempotency-key") && !request.headers().contains_key(CONTENT_TYPE));
        let plain = made(&LISTS, json!({"id": "p1", "email": null})).unwrap();
        assert_eq!(plain.uri().to_string(), "/api/v1/people/p1/notes?perPage=25");
    }

    #[test]
    fn wrong_arguments_are_named() {
        for (arguments, field) in [
            (json!({}), "id"),
            (json!({"id": null}), "id"),
            (json!({"id": ""}), "id"),
            (json!({"id": ["a"]}), "id"),
            (json!({"id": "a", "perPage": 51}), "perPage"),
            (json!({"id": "a", "perPage": "many"}), "perPage"),
            (json!({"id": "a", "more": 1}), "more"),
            (json!({"id": "a", "email": {}}), "email"),
        ] {
            assert_eq!(refused(&LISTS, arguments.clone()), field, "{arguments}");
        }
        assert_eq!(refused(&CREATES, json!({"name": "x", "status": "Approved"})), "status", "it is fixed");
        assert_eq!(refused(&CREATES, json!({"name": "x", "secret": "s"})), "secret", "it isn't allowed");
        assert_eq!(refused(&CREATES, json!({"name": "x", "idempotencyKey": 7})), "idempotencyKey");
    }

    #[tokio::test]
    async fn a_body_has_what_was_sent_and_what_is_fixed() {
        let request = made(&CREATES, json!({"name": "Mia", "idempotencyKey": "again"})).unwrap();
        assert_eq!(request.headers()[CONTENT_TYPE], "application/json");
        let body: Value = serde_json::from_slice(&to_bytes(request.into_body(), 1_000).await.unwrap()).unwrap();
        assert_eq!(body, json!({"name": "Mia", "status": "Pending"}));
    }

    #[test]
    fn an_equal_call_has_the_same_key_for_ten_minutes_and_one_connection() {
        let key = |connection, arguments: Value, millis| {
            let arguments = arguments.as_object().unwrap().clone();
            let request = of(&fixture::tool(&CREATES), &fixture::agent(connection), arguments, at(millis)).unwrap();
            request.headers()["idempotency-key"].to_str().unwrap().to_owned()
        };
        let first = key(1, json!({"name": "Mia", "notes": {"b": 1, "a": [2]}}), 0);
        assert_eq!(first, key(1, json!({"notes": {"a": [2], "b": 1}, "name": "Mia"}), 1_000));
        for other in [
            key(2, json!({"name": "Mia", "notes": {"b": 1, "a": [2]}}), 0),
            key(1, json!({"name": "Mia", "notes": {"b": 2, "a": [2]}}), 0),
            key(1, json!({"name": "Mia", "notes": {"b": 1, "a": [2]}}), REPEAT_WINDOW_MS),
            key(1, json!({"name": "Mia", "notes": {"b": 1, "a": [2]}, "idempotencyKey": "2"}), 0),
        ] {
            assert_ne!(first, other);
        }
        let own = key(1, json!({"name": "Mia", "idempotencyKey": "2"}), 0);
        assert_eq!(
            own,
            key(1, json!({"name": "Mia", "idempotencyKey": "2"}), REPEAT_WINDOW_MS),
            "an own key has no end"
        );
        assert!(first.starts_with("mcp-") && first.len() < 64, "{first}");
    }
}
