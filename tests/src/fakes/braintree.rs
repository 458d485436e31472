//! Braintree's GraphQL API as far as `ping` and `viewer` go, after its reference ("Making API calls", "viewer",
//! "Merchant"): nearly everything is answered with 200, and errors have a class.

use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::{Value, json};

use super::{Answer, Call, FakeServer, Vendor};

pub const MERCHANT: &str = "standinmerchant1";
/// Those of `fixtures/braintree_signatures.json`.
pub const PUBLIC_KEY: &str = "vk7publicq2d9";
pub const PRIVATE_KEY: &str = "b0c4e1f29a7d4c318e6b5d2c7f9e1a60";

/// Fields of what may be asked here: `Query`, `Viewer`, `Merchant`.
const FIELDS: [&str; 11] = [
    "query",
    "ping",
    "viewer",
    "merchant",
    "id",
    "status",
    "companyName",
    "website",
    "timezone",
    "countryName",
    "user",
];

#[derive(Debug, Default)]
pub struct Braintree {
    /// The person whose keys they are lost the right to use the API.
    pub without_rights: bool,
}

pub fn start() -> FakeServer<Braintree> {
    FakeServer::of(Braintree::default())
}

fn error(class: &str, message: &str) -> Answer {
    let extensions = json!({"requestId": "00000000-0000-0000-0000-000000000000"});
    let mut body = json!({"errors": [{"message": message, "extensions": {"errorClass": class}}], "data": null});
    body["extensions"] = extensions;
    Answer(200, body)
}

impl Vendor for Braintree {
    fn answer(&mut self, call: &Call) -> Answer {
        if call.line() != "POST /graphql" {
            return Answer(404, Value::Null);
        }
        if !is_date(call.header("braintree-version")) {
            return error("VALIDATION", "Braintree-Version must be a date such as 2019-01-01.");
        }
        let keys =
            call.header("authorization").strip_prefix("Basic ").and_then(|text| BASE64_STANDARD.decode(text).ok());
        if keys.as_deref() != Some(format!("{PUBLIC_KEY}:{PRIVATE_KEY}").as_bytes()) {
            return error("AUTHENTICATION", "Authentication credentials are invalid.");
        }
        let Some(Value::Object(body)) = call.json() else { return error("VALIDATION", "Invalid JSON.") };
        if body.keys().any(|name| !["query", "variables", "operationName"].contains(&name.as_str())) {
            return error("VALIDATION", "Unknown key in the request.");
        }
        let query = body.get("query").and_then(Value::as_str).unwrap_or_default();
        if let Some(field) = unknown_field(query) {
            return error("VALIDATION", &format!("Validation error: Field '{field}' is undefined"));
        }
        if self.without_rights && query.contains("viewer") {
            return error("AUTHORIZATION", "You do not have permission to access this field.");
        }
        let merchant = json!({"id": "bWVyY2hhbnRfc3RhbmRpbg", "status": "active"});
        Answer(200, json!({"data": {"ping": "pong", "viewer": {"merchant": merchant}}}))
    }
}

fn is_date(text: &str) -> bool {
    let parts: Vec<&str> = text.split('-').collect();
    parts.iter().map(|part| part.len()).eq([4, 2, 2]) && text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
}

/// A word of the query that is no field, or the query itself where its braces don't match.
fn unknown_field(query: &str) -> Option<&str> {
    let count = |brace| query.matches(brace).count();
    if query.is_empty() || count('{') == 0 || count('{') != count('}') {
        return Some(query);
    }
    let words = query.split(|character: char| !character.is_ascii_alphanumeric()).filter(|word| !word.is_empty());
    words.into_iter().find(|word| !FIELDS.contains(word))
}
