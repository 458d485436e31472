//! The two protocols of workerd: what a request to a key-value store or to the queue requests.

use axum::http::{HeaderMap, Method, request::Parts};
use shared::keys::decode_hex;

use super::{plan::DELAY_SECONDS_MAX, refusal::Refusal};

/// Names the binding that a request comes from; `edge/self_hosted/main.mjs` sets it.
pub(super) const STORE_HEADER: &str = "rekomi-store";
pub(super) const METADATA_HEADER: &str = "cf-kv-metadata";
const FORMAT_HEADER: &str = "x-msg-fmt";
const DELAY_HEADER: &str = "x-msg-delay-secs";

/// As Cloudflare's own limits.
const KEY_MAX: usize = 512;
const METADATA_MAX: usize = 1_024;
const LIST_MAX: i64 = 1_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum StoreName {
    Config,
    Dead,
}

impl StoreName {
    /// As in the table `edge_values`.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Config => "CONFIG",
            Self::Dead => "DEAD",
        }
    }
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum Call {
    Value(StoreName, ValueCall),
    Queue(QueueCall),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum ValueCall {
    Get {
        key: String,
    },
    /// The keys are in the body.
    GetMany,
    Put {
        key: String,
        expiry: Option<Expiry>,
        metadata: Option<String>,
    },
    Delete {
        key: String,
    },
    List {
        prefix: String,
        limit: i64,
        cursor: Option<String>,
    },
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Expiry {
    /// In seconds since 1970.
    At(i64),
    InSeconds(i64),
}

#[derive(Debug, PartialEq, Eq)]
pub(super) enum QueueCall {
    Send { delay_seconds: i64 },
    SendBatch { delay_seconds: i64 },
    Metrics,
}

impl Call {
    /// # Errors
    /// What workerd never sends.
    pub(super) fn of(parts: &Parts) -> Result<Self, Refusal> {
        let name = parts.headers.get(STORE_HEADER).and_then(|name| name.to_str().ok());
        match name {
            Some("CONFIG") => ValueCall::of(parts).map(|call| Self::Value(StoreName::Config, call)),
            Some("DEAD") => ValueCall::of(parts).map(|call| Self::Value(StoreName::Dead, call)),
            Some("EVENTS") => QueueCall::of(parts).map(Self::Queue),
            _ => Err(Refusal::Invalid("Rekomi-Store must be CONFIG, DEAD or EVENTS")),
        }
    }
}

impl ValueCall {
    fn of(parts: &Parts) -> Result<Self, Refusal> {
        let path = parts.uri.path().strip_prefix('/').unwrap_or_default();
        let query = parts.uri.query().unwrap_or_default();
        match (&parts.method, path) {
            (&Method::GET, "") => Self::list(query),
            (&Method::POST, "bulk/get") => Ok(Self::GetMany),
            (&Method::GET, _) => Ok(Self::Get { key: key(path, query)? }),
            (&Method::DELETE, _) => Ok(Self::Delete { key: key(path, query)? }),
            (&Method::PUT, _) => {
                Ok(Self::Put { key: key(path, query)?, expiry: expiry(query)?, metadata: metadata(&parts.headers)? })
            }
            _ => Err(Refusal::NotFound),
        }
    }

    fn list(query: &str) -> Result<Self, Refusal> {
        let limit =
            number(parameter(query, "key_count_limit"), 1..=LIST_MAX, "key_count_limit must be from 1 to 1000")?;
        Ok(Self::List {
            prefix: parameter(query, "prefix").unwrap_or_default(),
            limit: limit.unwrap_or(LIST_MAX),
            cursor: parameter(query, "cursor").filter(|cursor| !cursor.is_empty()),
        })
    }
}

impl QueueCall {
    fn of(parts: &Parts) -> Result<Self, Refusal> {
        let delay = parts.headers.get(DELAY_HEADER).map(|value| value.to_str().unwrap_or_default().to_owned());
        let delay_seconds = delay_seconds(delay)?;
        match (&parts.method, parts.uri.path()) {
            (&Method::POST, "/message") => {
                let format = parts.headers.get(FORMAT_HEADER).and_then(|format| format.to_str().ok());
                check_format(format)?;
                Ok(Self::Send { delay_seconds })
            }
            (&Method::POST, "/batch") => Ok(Self::SendBatch { delay_seconds }),
            (&Method::GET, "/metrics") => Ok(Self::Metrics),
            _ => Err(Refusal::NotFound),
        }
    }
}

/// The Worker sends text, and JSON is text. The other two formats only JavaScript could read.
///
/// # Errors
/// For any other format.
pub(super) fn check_format(format: Option<&str>) -> Result<(), Refusal> {
    match format {
        Some("text" | "json") => Ok(()),
        _ => Err(Refusal::Unsupported("the format of a message must be text or json")),
    }
}

fn delay_seconds(text: Option<String>) -> Result<i64, Refusal> {
    let range = 0..=i64::from(DELAY_SECONDS_MAX);
    Ok(number(text, range, "X-Msg-Delay-Secs must be from 0 to 43200")?.unwrap_or(0))
}

fn number(
    text: Option<String>,
    range: std::ops::RangeInclusive<i64>,
    otherwise: &'static str,
) -> Result<Option<i64>, Refusal> {
    let Some(text) = text else { return Ok(None) };
    text.parse().ok().filter(|number| range.contains(number)).map(Some).ok_or(Refusal::Invalid(otherwise))
}

fn parameter(query: &str, name: &str) -> Option<String> {
    url::form_urlencoded::parse(query.as_bytes()).find(|(own, _)| own == name).map(|(_, value)| value.into_owned())
}

fn key(path: &str, query: &str) -> Result<String, Refusal> {
    let key = match parameter(query, "urlencoded").as_deref() {
        Some("true") => decoded(path).ok_or(Refusal::Invalid("the key isn't valid UTF-8"))?,
        _ => path.to_owned(),
    };
    check_key(&key)?;
    Ok(key)
}

/// # Errors
/// For a key that a store can't hold.
pub(super) fn check_key(key: &str) -> Result<(), Refusal> {
    if key.is_empty() || key.len() > KEY_MAX || key.contains('\0') {
        return Err(Refusal::Invalid("a key must have 1 to 512 bytes"));
    }
    Ok(())
}

/// Resolves `%XX`; anything else stays as it is.
fn decoded(path: &str) -> Option<String> {
    let mut rest = path.as_bytes();
    let mut bytes = Vec::with_capacity(rest.len());
    while let Some((&first, others)) = rest.split_first() {
        let escape = others.get(..2).filter(|_| first == b'%').and_then(|pair| std::str::from_utf8(pair).ok());
        match escape.and_then(decode_hex).as_deref() {
            Some(byte) => {
                bytes.extend_from_slice(byte);
                rest = others.get(2..)?;
            }
            None => {
                bytes.push(first);
                rest = others;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

fn expiry(query: &str) -> Result<Option<Expiry>, Refusal> {
    const YEARS: i64 = 100 * 366 * 86_400;
    let of = |name, most, otherwise| number(parameter(query, name), 1..=most, otherwise);
    let in_seconds = of("expiration_ttl", YEARS, "expiration_ttl must be a number of seconds")?.map(Expiry::InSeconds);
    let at = of("expiration", 2 * YEARS, "expiration must be a time in seconds since 1970")?.map(Expiry::At);
    Ok(in_seconds.or(at))
}

fn metadata(headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    let Some(value) = headers.get(METADATA_HEADER) else { return Ok(None) };
    let text = std::str::from_utf8(value.as_bytes()).ok().filter(|text| text.len() <= METADATA_MAX);
    let json = text.filter(|text| serde_json::from_str::<serde::de::IgnoredAny>(text).is_ok());
    json.map(|text| Some(text.to_owned())).ok_or(Refusal::Invalid("CF-KV-Metadata must be JSON of at most 1024 bytes"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    /// `headers`: names and values.
    fn call(method: &str, uri: &str, headers: &[(&str, &str)]) -> Result<Call, Refusal> {
        let request = headers.iter().fold(Request::builder().method(method).uri(uri), |request, (name, value)| {
            request.header(*name, value.as_bytes())
        });
        Call::of(&request.body(()).unwrap().into_parts().0)
    }

    fn value(method: &str, uri: &str) -> ValueCall {
        match call(method, uri, &[(STORE_HEADER, "CONFIG")]) {
            Ok(Call::Value(StoreName::Config, call)) => call,
            other => panic!("{method} {uri}: {other:?}"),
        }
    }

    /// The requests as workerd of October 2026 sends them.
    #[test]
    fn values_as_workerd_requests_them() {
        assert_eq!(
            value("GET", "/link:go.brand.com%2Flauren?urlencoded=true&cache_ttl=60"),
            ValueCall::Get { key: "link:go.brand.com/lauren".into() }
        );
        assert_eq!(
            value("PUT", "/k%20%C3%A9%2F%252F?urlencoded=true&expiration_ttl=300"),
            ValueCall::Put { key: "k é/%2F".into(), expiry: Some(Expiry::InSeconds(300)), metadata: None }
        );
        assert_eq!(
            value("PUT", "/k?urlencoded=true&expiration=1999999999"),
            ValueCall::Put { key: "k".into(), expiry: Some(Expiry::At(1_999_999_999)), metadata: None }
        );
        assert_eq!(value("DELETE", "/k%2F1?urlencoded=true"), ValueCall::Delete { key: "k/1".into() });
        assert_eq!(value("GET", "/bulk/get?urlencoded=true"), ValueCall::Get { key: "bulk/get".into() });
        assert_eq!(value("POST", "/bulk/get"), ValueCall::GetMany);
        assert_eq!(
            value("GET", "/?key_count_limit=3&prefix=a+b%2F&cursor=x%2By"),
            ValueCall::List { prefix: "a b/".into(), limit: 3, cursor: Some("x+y".into()) }
        );
        assert_eq!(value("GET", "/"), ValueCall::List { prefix: String::new(), limit: 1_000, cursor: None });
    }

    #[test]
    fn messages_as_workerd_sends_them() {
        let send =
            |path, headers: &[(&str, &str)]| call("POST", path, &[&[(STORE_HEADER, "EVENTS")][..], headers].concat());
        let delayed = send("/message", &[("X-Msg-Fmt", "json"), ("X-Msg-Delay-Secs", "5")]);
        assert_eq!(delayed.unwrap(), Call::Queue(QueueCall::Send { delay_seconds: 5 }));
        let plain = send("/message", &[("X-Msg-Fmt", "text")]);
        assert_eq!(plain.unwrap(), Call::Queue(QueueCall::Send { delay_seconds: 0 }));
        let batch = send("/batch", &[("CF-Queue-Batch-Count", "2"), ("X-Msg-Delay-Secs", "3")]);
        assert_eq!(batch.unwrap(), Call::Queue(QueueCall::SendBatch { delay_seconds: 3 }));
        assert!(matches!(send("/message", &[("X-Msg-Fmt", "v8")]), Err(Refusal::Unsupported(_))));
        assert!(matches!(send("/message", &[]), Err(Refusal::Unsupported(_))));
        let late = send("/batch", &[("X-Msg-Delay-Secs", "43201")]);
        assert!(matches!(late, Err(Refusal::Invalid(_))));
    }

    #[test]
    fn what_no_store_can_hold_is_refused() {
        let long = format!("/{}?urlencoded=true", "k".repeat(513));
        for (method, uri) in [
            ("PUT", "/?urlencoded=true"),
            ("GET", long.as_str()),
            ("GET", "/%FF?urlencoded=true"),
            ("GET", "/a%00?urlencoded=true"),
            ("PUT", "/k?expiration_ttl=0"),
            ("PUT", "/k?expiration=soon"),
            ("GET", "/?key_count_limit=1001"),
        ] {
            assert!(matches!(call(method, uri, &[(STORE_HEADER, "DEAD")]), Err(Refusal::Invalid(_))), "{method} {uri}");
        }
        let metadata = |text: &str| call("PUT", "/k", &[(STORE_HEADER, "DEAD"), (METADATA_HEADER, text)]);
        assert!(metadata(r#"{"a":"ü"}"#).is_ok());
        assert!(matches!(metadata("{"), Err(Refusal::Invalid(_))));
        assert!(matches!(metadata(&format!("\"{}\"", "x".repeat(1_023))), Err(Refusal::Invalid(_))));
        assert!(matches!(call("GET", "/k", &[]), Err(Refusal::Invalid(_))));
        assert!(matches!(call("PATCH", "/k", &[(STORE_HEADER, "CONFIG")]), Err(Refusal::NotFound)));
    }
}
