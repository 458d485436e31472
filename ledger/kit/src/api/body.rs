//! Reads JSON bodies: at most 64 KB by default, and every error names its field.

use axum::{
    body::{Body, Bytes, to_bytes},
    extract::{FromRequest, Request},
    http::{HeaderValue, StatusCode, header::CONTENT_TYPE},
};
use serde::{Deserialize, Deserializer, de::DeserializeOwned};
use serde_json::{Value, error::Category};
use sha2::{Digest, Sha256};
use utoipa::ToSchema;

use crate::error::{Code, Error};

pub const BODY_MAX: usize = 64 * 1024;

/// A [`JsonBody`] that may be left out, which leaves out every field. Clients that always send `Content-Type:
/// application/json` may leave it out too, with nothing after the headers.
#[derive(Debug)]
pub struct OptionalBody<T> {
    pub value: T,
    pub request_digest: [u8; 32],
}

impl<T: DeserializeOwned, S: Send + Sync> FromRequest<S> for OptionalBody<T> {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self, Error> {
        let (mut head, body) = request.into_parts();
        let mut bytes = read::<BODY_MAX>(body).await?;
        if bytes.is_empty() {
            head.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
            bytes = Bytes::from_static(b"{}");
        }
        let request = Request::from_parts(head, Body::from(bytes));
        let JsonBody { value, request_digest } = <JsonBody<T>>::from_request(request, state).await?;
        Ok(Self { value, request_digest })
    }
}

/// An empty body.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Nothing {}

/// Deserializes a field that is present, even if it is null.
pub fn present<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> std::result::Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}

/// Deserializes a field whose null has a meaning, so that it may not be omitted.
///
/// # Errors
/// Those of the value.
pub fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> std::result::Result<T, D::Error> {
    T::deserialize(deserializer)
}

/// A body that reads as a `T`, with what identifies the request when it is sent again.
#[derive(Debug)]
pub struct JsonBody<T, const MAX: usize = BODY_MAX> {
    pub value: T,
    /// SHA-256 over method, path and raw body.
    pub request_digest: [u8; 32],
}

impl<T: DeserializeOwned, S: Send + Sync, const MAX: usize> FromRequest<S> for JsonBody<T, MAX> {
    type Rejection = Error;

    async fn from_request(request: Request, _: &S) -> Result<Self, Error> {
        let kind = request.headers().get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).unwrap_or_default();
        if !is_json(kind) {
            return Err(Error::new(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                Code::UnsupportedMediaType,
                "Send JSON with `Content-Type: application/json`.",
            ));
        }
        let mut digest = Sha256::new();
        digest.update(request.method().as_str());
        digest.update([0]);
        digest.update(request.uri().path());
        digest.update([0]);
        let bytes = read::<MAX>(request.into_body()).await?;
        digest.update(&bytes);
        refuse_nul(&bytes)?;
        Ok(Self { value: parse(&bytes)?, request_digest: digest.finalize().into() })
    }
}

async fn read<const MAX: usize>(body: Body) -> Result<Bytes, Error> {
    to_bytes(body, MAX).await.map_err(|_| {
        let message = format!("The body must be at most {} KB.", MAX / 1024);
        Error::new(StatusCode::PAYLOAD_TOO_LARGE, Code::PayloadTooLarge, message)
    })
}

/// Refuses NUL characters: Postgres can't store them in text. JSON can only write one as an escape.
///
/// # Errors
/// 400 naming the first field that contains one.
fn refuse_nul(bytes: &[u8]) -> Result<(), Error> {
    if !bytes.windows(6).any(|six| six == br"\u0000") {
        return Ok(());
    }
    let Ok(value) = serde_json::from_slice::<Value>(bytes) else { return Ok(()) };
    match nul_in(&value) {
        // The backslash itself was escaped, and the following characters are harmless.
        None => Ok(()),
        Some(path) => Err(Error::field(path.trim_start_matches('.'), "must not contain the character U+0000")),
    }
}

fn nul_in(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => text.contains('\0').then(String::new),
        Value::Array(list) => list.iter().enumerate().find_map(|(at, value)| Some(format!("[{at}]{}", nul_in(value)?))),
        Value::Object(map) => map.iter().find_map(|(key, value)| {
            if key.contains('\0') {
                return Some(format!(".{}", key.replace('\0', "\\u0000")));
            }
            Some(format!(".{key}{}", nul_in(value)?))
        }),
        Value::Null | Value::Bool(_) | Value::Number(_) => None,
    }
}

fn is_json(content_type: &str) -> bool {
    let essence = content_type.split(';').next().unwrap_or_default().trim();
    essence.eq_ignore_ascii_case("application/json")
}

/// Parses a body.
///
/// # Errors
/// 400 `malformed_json`, or `validation_failed` naming the field.
fn parse<T: DeserializeOwned>(bytes: &[u8]) -> Result<T, Error> {
    let mut reader = serde_json::Deserializer::from_slice(bytes);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, &error.into_inner())
    })?;
    reader.end().map_err(|error| explain(".", &error))?;
    Ok(value)
}

/// Converts JSON that was already parsed: for a body whose fields depend on one of them.
///
/// # Errors
/// 400 `validation_failed` naming the field.
pub fn of_value<T: DeserializeOwned>(value: Value) -> Result<T, Error> {
    serde_path_to_error::deserialize(value).map_err(|error| {
        let path = error.path().to_string();
        explain(&path, &error.into_inner())
    })
}

fn explain(path: &str, error: &serde_json::Error) -> Error {
    if error.classify() != Category::Data {
        let message = format!("The body isn't valid JSON: {error}.");
        return Error::new(StatusCode::BAD_REQUEST, Code::MalformedJson, message);
    }
    let text = error.to_string();
    let text = text.rsplit_once(" at line ").map_or(text.as_str(), |(what, _)| what);
    // The path of "missing field `a`" is the object's; that of "unknown field `a`" is the field's or the object's.
    let at_object = |start: &str| text.strip_prefix(start)?.split('`').next().filter(|field| !path.ends_with(*field));
    // A type's error about a field within it: see `commission::plan`.
    let (named, text) = match text.strip_prefix("invalid field `").and_then(|rest| rest.split_once("`: ")) {
        Some((field, what)) => (Some(field), what),
        None => (["missing field `", "unknown field `"].into_iter().find_map(at_object), text),
    };
    let field = match (path, named) {
        (".", Some(field)) => field.to_owned(),
        (path, Some(field)) if field.starts_with('[') => format!("{path}{field}"),
        (path, Some(field)) => format!("{path}.{field}"),
        (".", None) => {
            return Error::new(StatusCode::BAD_REQUEST, Code::ValidationFailed, text);
        }
        (path, None) => path.to_owned(),
    };
    Error::field(&field, text)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Order {
        amount_cents: i64,
        buyer: Option<Buyer>,
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    #[expect(dead_code, reason = "only parsed")]
    struct Buyer {
        email: String,
    }

    fn refusal(body: &str) -> (String, Option<String>) {
        let body = parse::<Order>(body.as_bytes()).unwrap_err().body().clone();
        (body.code.as_str().to_owned(), body.field)
    }

    #[test]
    fn each_mistake_names_its_field() {
        for (body, field) in [
            (r#"{"amountCents":"5"}"#, "amountCents"),
            (r#"{"amountCents":1.5}"#, "amountCents"),
            (r"{}", "amountCents"),
            (r#"{"amountCents":1,"amount":2}"#, "amount"),
            (r#"{"amountCents":1,"buyer":{}}"#, "buyer.email"),
            (r#"{"amountCents":1,"buyer":{"email":3}}"#, "buyer.email"),
            (r#"{"amountCents":1,"buyer":{"email":"a","mail":"b"}}"#, "buyer.mail"),
        ] {
            assert_eq!(refusal(body), ("validation_failed".to_owned(), Some(field.to_owned())), "{body}");
        }
    }

    #[test]
    fn what_is_no_json_is_called_so() {
        for body in ["", "{", "{\"amountCents\":1}x", "amountCents=1", "{\"amountCents\":01}"] {
            assert_eq!(refusal(body), ("malformed_json".to_owned(), None), "{body}");
        }
        assert_eq!(refusal("[]").0, "validation_failed");
    }

    #[test]
    fn what_was_parsed_already_is_refused_alike() {
        for body in
            [r#"{"amountCents":"5"}"#, "{}", r#"{"amountCents":1,"amount":2}"#, r#"{"amountCents":1,"buyer":{}}"#]
        {
            let value = serde_json::from_str(body).unwrap();
            let refused = of_value::<Order>(value).unwrap_err().body().clone();
            assert_eq!((refused.code.as_str().to_owned(), refused.field), refusal(body), "{body}");
        }
    }

    #[derive(Debug, Deserialize)]
    #[serde(rename_all = "camelCase", deny_unknown_fields)]
    struct Note {
        text: Option<String>,
    }

    #[tokio::test]
    async fn an_empty_body_is_no_body_whatever_its_type() {
        let sent = async |kind: Option<&str>, body: Body| {
            let request = Request::post("/notes").body(body).unwrap();
            let (mut head, body) = request.into_parts();
            if let Some(kind) = kind {
                head.headers.insert(CONTENT_TYPE, HeaderValue::from_str(kind).unwrap());
            }
            <OptionalBody<Note>>::from_request(Request::from_parts(head, body), &()).await
        };
        let nothing = sent(None, Body::empty()).await.unwrap().request_digest;
        for kind in [None, Some("application/json"), Some("application/json; charset=utf-8"), Some("text/plain")] {
            for body in [Body::empty(), Body::from("")] {
                let read = sent(kind, body).await.unwrap();
                assert_eq!((read.value.text, read.request_digest), (None, nothing), "{kind:?}");
            }
        }
        assert_eq!(sent(Some("application/json"), Body::from("{}")).await.unwrap().request_digest, nothing);
        let json = sent(Some("application/json"), Body::from(r#"{"text":"a"}"#)).await.unwrap();
        assert_eq!(json.value.text.as_deref(), Some("a"));
        for (kind, body, code) in [
            (None, "{}", "unsupported_media_type"),
            (Some("text/plain"), "{}", "unsupported_media_type"),
            (Some("application/json"), " ", "malformed_json"),
        ] {
            assert_eq!(sent(kind, Body::from(body)).await.unwrap_err().body().code.as_str(), code, "{kind:?} {body}");
        }
    }

    #[test]
    fn a_field_within_is_named_by_the_type_that_refuses_it() {
        #[derive(Debug, Deserialize)]
        #[expect(dead_code, reason = "only parsed")]
        struct Plan {
            #[serde(deserialize_with = "rules::commission::plan::components")]
            components: Vec<rules::commission::plan::Component>,
        }
        let body =
            r#"{"components":[{"type":"percentage","ratePercent":"5"},{"type":"percentage","ratePercent":"5,5"}]}"#;
        let refused = parse::<Plan>(body.as_bytes()).unwrap_err().body().clone();
        assert_eq!(refused.field.as_deref(), Some("components[1].ratePercent"));
        assert!(refused.message.contains("`ratePercent` must be a decimal string"), "{}", refused.message);
        let refused = parse::<Plan>(br#"{"components":[]}"#).unwrap_err().body().clone();
        assert_eq!(refused.field.as_deref(), Some("components"));
    }

    #[test]
    fn only_json_is_json() {
        assert!(is_json("application/json") && is_json("Application/JSON; charset=utf-8"));
        assert!(!is_json("") && !is_json("text/plain") && !is_json("application/x-www-form-urlencoded"));
    }

    #[test]
    fn a_nul_is_refused_wherever_it_stands() {
        for (body, field) in [
            (r#"{"name":"a\u0000"}"#, "name"),
            (r#"{"list":["a",{"deep":"\u0000"}]}"#, "list[1].deep"),
            (r#"{"a\u0000b":1}"#, r"a\u0000b"),
        ] {
            let refused = refuse_nul(body.as_bytes()).unwrap_err();
            assert_eq!(refused.body().field.as_deref(), Some(field), "{body}");
        }
        for fine in [r#"{"name":"a\\u0000"}"#, r#"{"name":"\u0001"}"#, "{"] {
            assert!(refuse_nul(fine.as_bytes()).is_ok(), "{fine}");
        }
    }

    proptest! {
        #[test]
        fn no_body_panics(bytes: Vec<u8>) {
            let _ = parse::<Order>(&bytes);
        }
    }
}
