//! Tells which generation of the protocol a request speaks, and checks what that generation demands of every request.
//!
//! Source: the specification's pages "Versioning" and "Streamable HTTP" of 2026-07-28, and "Transports" of 2025-11-25.

use axum::http::HeaderMap;
use base64::{Engine, prelude::BASE64_STANDARD};
use serde_json::Value;

use super::{failure::Failure, message::Message};

/// The version whose requests describe themselves.
pub const MODERN: &str = "2026-07-28";
/// Versions that begin with `initialize`, the newest first.
pub const LEGACY: [&str; 3] = ["2025-11-25", "2025-06-18", "2025-03-26"];
pub const SUPPORTED: [&str; 4] = [MODERN, LEGACY[0], LEGACY[1], LEGACY[2]];

const VERSION_HEADER: &str = "mcp-protocol-version";
const VERSION_KEY: &str = "io.modelcontextprotocol/protocolVersion";
const CAPABILITIES_KEY: &str = "io.modelcontextprotocol/clientCapabilities";
/// The methods whose requests name what they are about in a header as well, and the parameter with that name.
const NAMED: [(&str, &str); 3] = [("tools/call", "name"), ("prompts/get", "name"), ("resources/read", "uri")];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Era {
    Modern,
    Legacy,
}

impl Era {
    pub const fn is_modern(self) -> bool {
        matches!(self, Self::Modern)
    }

    /// # Errors
    /// An unsupported version, and for the current version: missing metadata, or headers that differ from the body.
    pub fn of(headers: &HeaderMap, message: &Message) -> Result<Self, Failure> {
        let header = text(headers, VERSION_HEADER);
        let Some(version) = message.meta(VERSION_KEY) else {
            return match header {
                _ if message.method == "initialize" => Ok(Self::Legacy),
                // Clients of before 2025-06-18 don't send the header.
                None => Ok(Self::Legacy),
                Some(version) if LEGACY.contains(&version) => Ok(Self::Legacy),
                Some(MODERN) => Err(Failure::invalid_meta(VERSION_KEY)),
                Some(version) => Err(Failure::unsupported_version(version, &SUPPORTED)),
            };
        };
        let version = version.as_str().ok_or_else(|| Failure::invalid_meta(VERSION_KEY))?;
        if header != Some(version) {
            return Err(Failure::header_mismatch("MCP-Protocol-Version"));
        }
        if LEGACY.contains(&version) {
            return Ok(Self::Legacy);
        }
        if version != MODERN {
            return Err(Failure::unsupported_version(version, &SUPPORTED));
        }
        if !message.meta(CAPABILITIES_KEY).is_some_and(Value::is_object) {
            return Err(Failure::invalid_meta(CAPABILITIES_KEY));
        }
        compare(headers, message)?;
        Ok(Self::Modern)
    }
}

/// What the client can do, as a request of the current version says.
pub fn capabilities(message: &Message) -> Option<&Value> {
    message.meta(CAPABILITIES_KEY)
}

/// The headers repeat parts of the body for proxies, which must not see something else than we do.
fn compare(headers: &HeaderMap, message: &Message) -> Result<(), Failure> {
    if text(headers, "mcp-method") != Some(message.method.as_str()) {
        return Err(Failure::header_mismatch("Mcp-Method"));
    }
    let Some((_, parameter)) = NAMED.iter().find(|(method, _)| *method == message.method) else { return Ok(()) };
    let sent = text(headers, "mcp-name").and_then(decoded);
    if sent.as_deref() != message.text(parameter) {
        return Err(Failure::header_mismatch("Mcp-Name"));
    }
    Ok(())
}

fn text<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    headers.get(name)?.to_str().ok()
}

/// A value that isn't plain ASCII is sent as `=?base64?…?=`.
fn decoded(value: &str) -> Option<String> {
    match value.strip_prefix("=?base64?").and_then(|rest| rest.strip_suffix("?=")) {
        None => Some(value.to_owned()),
        Some(encoded) => String::from_utf8(BASE64_STANDARD.decode(encoded).ok()?).ok(),
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderName, StatusCode};
    use serde_json::json;

    use super::*;

    fn headers(pairs: &[(&'static str, &str)]) -> HeaderMap {
        pairs.iter().map(|(name, value)| (HeaderName::from_static(name), value.parse().unwrap())).collect()
    }

    fn call(version: &str) -> Message {
        message(
            "tools/call",
            json!({
                "name": "list_links",
                "_meta": {VERSION_KEY: version, CAPABILITIES_KEY: {}},
            }),
        )
    }

    fn message(method: &str, params: Value) -> Message {
        let body = json!({"jsonrpc": "2.0", "id": 1, "method": method, "params": params});
        Message::parse(body.to_string().as_bytes()).unwrap()
    }

    fn refused(headers: &HeaderMap, message: &Message) -> (StatusCode, i32) {
        let failure = Era::of(headers, message).unwrap_err();
        (failure.status, failure.code)
    }

    const ALL: [(&str, &str); 3] =
        [("mcp-protocol-version", MODERN), ("mcp-method", "tools/call"), ("mcp-name", "list_links")];

    #[test]
    fn a_request_that_describes_itself_is_modern() {
        assert_eq!(Era::of(&headers(&ALL), &call(MODERN)), Ok(Era::Modern));
        let encoded = [ALL[0], ALL[1], ("mcp-name", "=?base64?bGlzdF9saW5rcw==?=")];
        assert_eq!(Era::of(&headers(&encoded), &call(MODERN)), Ok(Era::Modern));
    }

    #[test]
    fn headers_must_be_there_and_agree_with_the_body() {
        for left_out in 0..ALL.len() {
            let mut some = ALL.to_vec();
            some.remove(left_out);
            assert_eq!(refused(&headers(&some), &call(MODERN)), (StatusCode::BAD_REQUEST, -32_020), "{some:?}");
        }
        for wrong in [("mcp-protocol-version", LEGACY[0]), ("mcp-method", "tools/list"), ("mcp-name", "list_coupons")] {
            let sent: Vec<_> = ALL.iter().map(|pair| if pair.0 == wrong.0 { wrong } else { *pair }).collect();
            assert_eq!(refused(&headers(&sent), &call(MODERN)), (StatusCode::BAD_REQUEST, -32_020), "{wrong:?}");
        }
        let broken = [ALL[0], ALL[1], ("mcp-name", "=?base64?***?=")];
        assert_eq!(refused(&headers(&broken), &call(MODERN)).1, -32_020);
    }

    #[test]
    fn metadata_must_be_whole() {
        let without = |key: &str| {
            let mut params = json!({"name": "list_links", "_meta": {VERSION_KEY: MODERN, CAPABILITIES_KEY: {}}});
            params["_meta"].as_object_mut().unwrap().remove(key);
            message("tools/call", params)
        };
        for key in [VERSION_KEY, CAPABILITIES_KEY] {
            assert_eq!(refused(&headers(&ALL), &without(key)), (StatusCode::BAD_REQUEST, -32_602), "{key}");
        }
    }

    #[test]
    fn a_version_of_nobody_is_refused() {
        let sent = [("mcp-protocol-version", "1900-01-01"), ALL[1], ALL[2]];
        assert_eq!(refused(&headers(&sent), &call("1900-01-01")), (StatusCode::BAD_REQUEST, -32_022));
        assert_eq!(refused(&headers(&sent), &message("tools/list", json!({}))), (StatusCode::BAD_REQUEST, -32_022));
    }

    #[test]
    fn older_clients_send_less() {
        let list = message("tools/list", json!({}));
        assert_eq!(Era::of(&headers(&[]), &list), Ok(Era::Legacy));
        for version in LEGACY {
            assert_eq!(Era::of(&headers(&[("mcp-protocol-version", version)]), &list), Ok(Era::Legacy));
        }
        let initialize = message("initialize", json!({"protocolVersion": "2024-11-05"}));
        assert_eq!(Era::of(&headers(&[("mcp-protocol-version", "2024-11-05")]), &initialize), Ok(Era::Legacy));
    }
}
