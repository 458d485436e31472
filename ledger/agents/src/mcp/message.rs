//! Reads the one JSON-RPC message of a request.

use serde_json::{Map, Value};

use super::failure::Failure;

#[derive(Debug, Clone, PartialEq)]
pub struct Message {
    /// `None` for a notification, which gets no answer.
    pub id: Option<Value>,
    pub method: String,
    pub params: Map<String, Value>,
}

impl Message {
    /// # Errors
    /// A body that isn't JSON, or isn't one request or notification.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let value: Value = serde_json::from_slice(body).map_err(|_| Failure::unreadable())?;
        let Value::Object(mut fields) = value else {
            return Err(Failure::no_request("Send one JSON-RPC request, not a batch"));
        };
        if fields.get("jsonrpc").and_then(Value::as_str) != Some("2.0") {
            return Err(Failure::no_request("jsonrpc must be \"2.0\""));
        }
        let Some(Value::String(method)) = fields.remove("method") else {
            return Err(Failure::no_request("Send a request: method is missing"));
        };
        let id = fields.remove("id");
        if id.as_ref().is_some_and(|id| !(id.is_string() || id.is_i64() || id.is_u64())) {
            return Err(Failure::no_request("id must be a string or an integer"));
        }
        let params = match fields.remove("params") {
            None => Map::new(),
            Some(Value::Object(params)) => params,
            Some(_) => return Err(Failure::no_request("params must be an object")),
        };
        Ok(Self { id, method, params })
    }

    /// A text among the parameters.
    pub fn text(&self, name: &str) -> Option<&str> {
        self.params.get(name)?.as_str()
    }

    /// What the client says about itself and the request.
    pub fn meta(&self, key: &str) -> Option<&Value> {
        self.params.get("_meta")?.get(key)
    }
}

#[cfg(test)]
mod tests {
    use axum::http::StatusCode;

    use super::*;

    #[test]
    fn a_request_and_a_notification_are_read() {
        let request = Message::parse(br#"{"jsonrpc":"2.0","id":7,"method":"ping","params":{"name":"x"}}"#).unwrap();
        assert_eq!((request.id.as_ref(), request.text("name")), (Some(&Value::from(7)), Some("x")));
        let notification = Message::parse(br#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#).unwrap();
        assert_eq!((notification.id, notification.params.len()), (None, 0));
    }

    #[test]
    fn anything_else_is_refused_with_400() {
        for (body, code) in [
            ("{", -32_700),
            ("", -32_700),
            ("[]", -32_600),
            (r#"[{"jsonrpc":"2.0","id":1,"method":"ping"}]"#, -32_600),
            (r#"{"id":1,"method":"ping"}"#, -32_600),
            (r#"{"jsonrpc":"1.0","id":1,"method":"ping"}"#, -32_600),
            (r#"{"jsonrpc":"2.0","id":1,"result":{}}"#, -32_600),
            (r#"{"jsonrpc":"2.0","id":null,"method":"ping"}"#, -32_600),
            (r#"{"jsonrpc":"2.0","id":1.5,"method":"ping"}"#, -32_600),
            (r#"{"jsonrpc":"2.0","id":1,"method":"ping","params":[]}"#, -32_600),
        ] {
            let failure = Message::parse(body.as_bytes()).unwrap_err();
            assert_eq!((failure.status, failure.code), (StatusCode::BAD_REQUEST, code), "{body}");
        }
    }
}
