//! Adds the parts that every operation shares, so that a handler describes only what is its own: the errors of any
//! request, the headers of every response, the key that makes a write repeatable, and example bodies.

use serde_json::{Map, Value, json};

use super::{example, refine, usual};
use crate::error::Code;

const METHODS: [&str; 5] = ["get", "post", "put", "patch", "delete"];

/// Errors by status: their name in the document, description, code and message, and the field at fault, if any.
const ERRORS: [(u16, &str, &str, Code, &str); 9] = [
    (
        400,
        "Invalid",
        "A parameter or the body is invalid; `field` names it.",
        Code::ValidationFailed,
        "perPage must be 1 to 100",
    ),
    (
        401,
        "Unauthorized",
        "The API key is missing, unknown, expired or revoked.",
        Code::Unauthorized,
        "Send a valid API key as `Authorization: Bearer rk_live_…`.",
    ),
    (
        403,
        "Forbidden",
        "The key's scope or role doesn't allow this.",
        Code::Forbidden,
        "This API key has the scope `read`. Use a key with the scope `write`.",
    ),
    (
        404,
        "NotFound",
        "The object doesn't exist, or belongs to another organization.",
        Code::NotFound,
        "Not found. It may have been deleted, or the id is wrong.",
    ),
    (413, "PayloadTooLarge", "The body exceeds 64 KB.", Code::PayloadTooLarge, "The body must be at most 64 KB."),
    (
        415,
        "UnsupportedMediaType",
        "The body isn't sent as JSON.",
        Code::UnsupportedMediaType,
        "Send JSON with `Content-Type: application/json`.",
    ),
    (
        429,
        "RateLimited",
        "Too many requests. Try again after `Retry-After` seconds.",
        Code::RateLimited,
        "Too many requests. Try again in 3 seconds.",
    ),
    (
        500,
        "InternalError",
        "Something failed on our side; nothing was changed. Quote `Rekomi-Request-Id` when you report it.",
        Code::InternalError,
        "Something went wrong on our side. If you contact support, include the request id.",
    ),
    (
        503,
        "Unavailable",
        "The service is busy or restarting; nothing was changed. Try again after `Retry-After` seconds.",
        Code::Unavailable,
        "The service is busy or restarting. Nothing was changed. Try again shortly.",
    ),
];

const CONFLICT: &str =
    "This Idempotency-Key was already used for a different request. Use a new key for each new request.";

/// Completes the document that the handlers produced.
pub fn complete(mut document: Value) -> Value {
    refine::schemas(&mut document);
    add_common_parts(&mut document);
    let schemas = document.pointer("/components/schemas").cloned().unwrap_or_default();
    each_operation(&mut document, |method, path, operation| {
        describe(method, path, operation);
        parameters(operation);
        responses(method, path, operation, &schemas);
        request(operation, &schemas);
    });
    document
}

/// Calls `act` with method, path and operation.
pub fn each_operation(document: &mut Value, mut act: impl FnMut(&str, &str, &mut Map<String, Value>)) {
    let Some(paths) = document.get_mut("paths").and_then(Value::as_object_mut) else { return };
    for (path, item) in paths {
        for method in METHODS {
            if let Some(operation) = item.get_mut(method).and_then(Value::as_object_mut) {
                act(method, path, operation);
            }
        }
    }
}

fn add_common_parts(document: &mut Value) {
    let Some(components) = document.get_mut("components").and_then(Value::as_object_mut) else { return };
    components.insert("headers".to_owned(), headers());
    let text = json!({"type": "string", "minLength": 1, "maxLength": 255, "pattern": "^[!-~]([ -~]*[!-~])?$"});
    components.insert(
        "parameters".to_owned(),
        json!({"IdempotencyKey": {
            "name": "Idempotency-Key", "in": "header", "required": false, "schema": text,
            "description": "Makes the write safe to retry: a repeated request with the same key and body returns the \
                            first response and changes nothing. Keys are kept for 30 days.",
            "example": "order-1001-bonus",
        }}),
    );
    let errors = ERRORS.iter().map(|(status, name, description, code, message)| {
        let body = body_of(*status, code.as_str(), message);
        ((*name).to_owned(), error(*status, description, json!({ "example": body })))
    });
    let mut common: Map<String, Value> = errors.collect();
    common.insert(
        "NotModified".to_owned(),
        json!({
            "description": "The content that `If-None-Match` names is still current. The response has no body.",
            "headers": common_headers(304),
        }),
    );
    components.insert("responses".to_owned(), Value::Object(common));
}

fn headers() -> Value {
    let text = |description: &str, example: &str| json!({"description": description, "schema": {"type": "string"}, "example": example});
    let number = |description: &str, example: u32| json!({"description": description, "schema": {"type": "integer", "minimum": 0}, "example": example});
    json!({
        "RequestId": text("Identifies this request in our logs. Quote it in support requests.",
            "req_5f0c1d2e3a4b596877865a4c"),
        "RateLimit": text("The number of requests left (`r`), and of seconds until the quota is full again (`t`).",
            "\"default\";r=597;t=1"),
        "RateLimitPolicy": text("The quota of requests (`q`) per window, and the window's length in seconds (`w`).",
            "\"default\";q=600;w=60"),
        "RateLimitLimit": number("The maximum number of requests per minute for this key.", 600),
        "RateLimitRemaining": number("The number of requests left.", 597),
        "RateLimitReset": number("The number of seconds until the quota is full again.", 1),
        "RetryAfter": number("The number of seconds to wait before the next attempt.", 3),
        "ETag": text("Identifies this version, up to 64 KB. Send it as `If-None-Match` to get 304 until it changes.",
            "\"3f8a1c0b5d7e9f2a4b6c8d0e\""),
        "Replayed": text("`true` if this is the response to an earlier request with the same `Idempotency-Key`.",
            "true"),
    })
}

/// The headers of a response with this status.
fn common_headers(status: u16) -> Map<String, Value> {
    let mut headers = Map::new();
    let mut add = |name: &str, part: &str| {
        headers.insert(name.to_owned(), json!({"$ref": format!("#/components/headers/{part}")}));
    };
    add("Rekomi-Request-Id", "RequestId");
    for (name, part) in [
        ("RateLimit", "RateLimit"),
        ("RateLimit-Policy", "RateLimitPolicy"),
        ("RateLimit-Limit", "RateLimitLimit"),
        ("RateLimit-Remaining", "RateLimitRemaining"),
        ("RateLimit-Reset", "RateLimitReset"),
    ] {
        add(name, part);
    }
    match status {
        304 => add("ETag", "ETag"),
        429 | 503 => add("Retry-After", "RetryAfter"),
        _ => {}
    }
    headers
}

fn error(status: u16, description: &str, examples: Value) -> Value {
    let mut content = json!({"schema": {"$ref": "#/components/schemas/Error"}});
    if let (Some(content), Value::Object(examples)) = (content.as_object_mut(), examples) {
        content.extend(examples);
    }
    json!({"description": description, "headers": common_headers(status), "content": {"application/json": content}})
}

fn body_of(status: u16, code: &str, message: &str) -> Value {
    match status {
        400 => json!({"error": code, "message": message, "field": "perPage"}),
        _ => json!({"error": code, "message": message}),
    }
}

/// Whether anyone may call it, without a key. Callers can't be told apart then, so no limit is counted either.
pub fn is_public(operation: &Map<String, Value>) -> bool {
    let security = operation.get("security").and_then(Value::as_array);
    security.is_some_and(|ways| ways.iter().all(|way| way.as_object().is_some_and(Map::is_empty)))
}

/// Adds the sentences common to every list, every read of one resource, and everything that requires more than reading.
fn describe(method: &str, path: &str, operation: &mut Map<String, Value>) {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    let pages = parameters.is_some_and(|all| all.iter().any(|one| one["name"] == "cursor"));
    let own = operation.get("description").and_then(Value::as_str).filter(|own| !own.is_empty());
    let read = match path {
        _ if method != "get" => None,
        _ if pages => Some("The list is paginated: pass `nextCursor` as `cursor` until it is null."),
        _ if own.is_some() => None,
        path if path.ends_with('}') => Some("Returns 404 if it doesn't exist or belongs to another organization."),
        _ => Some("Returns the current state."),
    };
    let sentences: Vec<&str> = [own, read, required_key(method, path, operation)].into_iter().flatten().collect();
    let whole = json!(sentences.join(" "));
    operation.insert("description".to_owned(), whole);
}

/// Says which key the operation requires. A handler that differs from the others of its method names the scope, and the
/// owner's role, as `security(("bearer" = ["admin", "owner"]))`.
fn required_key(method: &str, path: &str, operation: &Map<String, Value>) -> Option<&'static str> {
    let bearer = operation.get("security").and_then(|ways| ways.pointer("/0/bearer")).and_then(Value::as_array);
    let names = |what: &str| bearer.is_some_and(|all| all.iter().any(|one| one == what));
    if names("owner") {
        Some("Requires a key with scope `admin` and the role owner.")
    } else if names("admin") {
        Some("Requires a key with scope `admin` and the role owner or admin.")
    } else if path.starts_with("/api/v1/automations/") {
        Some("Requires a key with scope `automations`, `write` or `admin`.")
    } else if method != "get" || names("write") {
        Some("Requires a key with scope `write` or `admin`.")
    } else {
        None
    }
}

fn parameters(operation: &mut Map<String, Value>) {
    let Some(parameters) = operation.get_mut("parameters").and_then(Value::as_array_mut) else { return };
    for parameter in parameters {
        if parameter["name"] == "Idempotency-Key" {
            *parameter = json!({"$ref": "#/components/parameters/IdempotencyKey"});
        } else {
            refine::parameter(parameter);
            usual::parameter(parameter);
        }
    }
}

fn is_repeatable(operation: &Map<String, Value>) -> bool {
    let parameters = operation.get("parameters").and_then(Value::as_array);
    parameters.is_some_and(|all| all.iter().any(|one| one["$ref"] == "#/components/parameters/IdempotencyKey"))
}

fn responses(method: &str, path: &str, operation: &mut Map<String, Value>, schemas: &Value) {
    let (has_body, repeatable) = (operation.contains_key("requestBody"), is_repeatable(operation));
    let public = is_public(operation);
    let Some(responses) = operation.get_mut("responses").and_then(Value::as_object_mut) else { return };
    let mut expected = vec![400, 500, 503];
    expected.extend((!public).then_some([401, 429]).into_iter().flatten());
    expected.extend((method != "get").then_some(403));
    expected.extend(path.contains('{').then_some(404));
    expected.extend(has_body.then_some([413, 415]).into_iter().flatten());
    for (status, name, usual, ..) in ERRORS {
        let key = status.to_string();
        let own = responses.get(&key).and_then(|given| given["description"].as_str());
        let says_no_more = own.is_none_or(|own| own == usual || own == "The API key is missing, unknown or revoked.");
        let declared = own.is_some();
        if says_no_more && (declared || expected.contains(&status)) {
            responses.insert(key, json!({"$ref": format!("#/components/responses/{name}")}));
        }
    }
    if repeatable {
        responses.entry("409").or_insert_with(|| json!({"description": "`idempotency_conflict`"}));
    }
    if method == "get" {
        responses.insert("304".to_owned(), json!({"$ref": "#/components/responses/NotModified"}));
    }
    for (status, response) in responses {
        let Ok(status) = status.parse::<u16>() else { continue };
        if response.get("$ref").is_some() {
            continue;
        }
        if status >= 400 {
            let description = response["description"].as_str().unwrap_or_default().to_owned();
            *response = error(status, &description, examples_of(status, &description));
            continue;
        }
        let mut headers = common_headers(status);
        if method == "get" {
            headers.insert("ETag".to_owned(), json!({"$ref": "#/components/headers/ETag"}));
        }
        if repeatable {
            headers.insert("Idempotency-Replayed".to_owned(), json!({"$ref": "#/components/headers/Replayed"}));
        }
        response["headers"] = Value::Object(headers);
        example::fill(response, schemas);
    }
}

/// One example for each code that the description names.
fn examples_of(status: u16, description: &str) -> Value {
    let conflict = Code::IdempotencyConflict.as_str();
    let (usual, message) = ERRORS
        .iter()
        .find(|(known, ..)| *known == status)
        .map_or((conflict, CONFLICT), |(_, _, _, code, message)| (code.as_str(), message));
    let words = description.split('`').skip(1).step_by(2);
    let codes: Vec<&str> = words.filter(|word| Code::parse(word).is_some()).collect();
    let codes = if codes.is_empty() { vec![usual] } else { codes };
    let examples = codes.into_iter().map(|code| {
        let message = if code == conflict {
            CONFLICT
        } else if [403, 413, 415].contains(&status) {
            // The usual message names another key, limit or content type.
            description
        } else if code == usual {
            message
        } else {
            "A sentence that explains the error."
        };
        (code.to_owned(), json!({"value": body_of(status, code, message)}))
    });
    json!({"examples": examples.collect::<Map<_, _>>()})
}

fn request(operation: &mut Map<String, Value>, schemas: &Value) {
    if let Some(body) = operation.get_mut("requestBody") {
        example::fill(body, schemas);
    }
}
