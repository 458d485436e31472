//! Why a request isn't answered: a JSON-RPC error, with the HTTP status that the protocol prescribes. What a tool refuses
//! isn't one, but a result that the model reads.

use axum::{
    Json,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

const PARSE_ERROR: i32 = -32_700;
const INVALID_REQUEST: i32 = -32_600;
const METHOD_NOT_FOUND: i32 = -32_601;
const INVALID_PARAMS: i32 = -32_602;
const INTERNAL_ERROR: i32 = -32_603;
/// Of versions before 2026-07-28, which has no code of its own for it.
const RESOURCE_NOT_FOUND: i32 = -32_002;
const HEADER_MISMATCH: i32 = -32_020;
const UNSUPPORTED_VERSION: i32 = -32_022;

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    pub status: StatusCode,
    pub code: i32,
    message: String,
    data: Option<Value>,
}

impl Failure {
    fn new(status: StatusCode, code: i32, message: impl Into<String>) -> Self {
        Self { status, code, message: message.into(), data: None }
    }

    /// The body isn't JSON.
    pub fn unreadable() -> Self {
        Self::new(StatusCode::BAD_REQUEST, PARSE_ERROR, "The body isn't valid JSON")
    }

    /// The body is JSON, but not one request or notification.
    pub fn no_request(message: &str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, INVALID_REQUEST, message)
    }

    pub fn too_large(max: usize) -> Self {
        let message = format!("The body must be at most {max} bytes");
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, INVALID_REQUEST, message)
    }

    /// Newer clients tell this from a wrong address by the code; older ones expect an answer with status 200.
    pub fn unknown_method(method: &str, is_modern: bool) -> Self {
        let status = if is_modern { StatusCode::NOT_FOUND } else { StatusCode::OK };
        Self::new(status, METHOD_NOT_FOUND, format!("Method not found: {method}"))
    }

    /// A parameter of the method is missing or wrong.
    pub fn invalid_params(message: impl Into<String>) -> Self {
        Self::new(StatusCode::OK, INVALID_PARAMS, message)
    }

    /// The assistant can read nothing at this address.
    pub fn no_resource(address: &str, is_modern: bool) -> Self {
        let code = if is_modern { INVALID_PARAMS } else { RESOURCE_NOT_FOUND };
        let failure = Self::new(StatusCode::OK, code, "Resource not found");
        Self { data: Some(json!({ "uri": address })), ..failure }
    }

    /// It can't be answered now.
    pub fn unavailable(message: &str) -> Self {
        Self::new(StatusCode::OK, INTERNAL_ERROR, message)
    }

    /// `_meta` lacks what every request of the current version has.
    pub fn invalid_meta(key: &str) -> Self {
        let message = format!("params._meta must have {key}");
        Self::new(StatusCode::BAD_REQUEST, INVALID_PARAMS, message)
    }

    /// A header is missing, or says something else than the body.
    pub fn header_mismatch(header: &str) -> Self {
        let message = format!("Header mismatch: {header} must be sent, with the value that the body has");
        Self::new(StatusCode::BAD_REQUEST, HEADER_MISMATCH, message)
    }

    pub fn unsupported_version(requested: &str, supported: &[&str]) -> Self {
        let data = json!({"supported": supported, "requested": requested});
        let failure = Self::new(StatusCode::BAD_REQUEST, UNSUPPORTED_VERSION, "Unsupported protocol version");
        Self { data: Some(data), ..failure }
    }

    /// The answer to the request with this id. A request whose id couldn't be read is answered without one.
    pub fn answer(self, id: Option<&Value>) -> Response {
        let mut error = json!({"code": self.code, "message": self.message});
        if let Some(data) = self.data {
            error["data"] = data;
        }
        let mut body = json!({"jsonrpc": "2.0", "error": error});
        if let Some(id) = id {
            body["id"] = id.clone();
        }
        (self.status, Json(body)).into_response()
    }
}
