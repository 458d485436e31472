//! `GET /mcp`: says what is at this address, for people and monitors without a token.

use axum::{
    Json,
    extract::State,
    http::{
        HeaderMap, HeaderValue, StatusCode,
        header::{ACCEPT, ALLOW},
    },
    response::{IntoResponse, Response},
};
use serde_json::json;

use kit::{
    error::{Code, Error},
    state::AppState,
};

/// `GET /mcp`. A client that wants a stream of events gets 405, as the protocol requires of a server without streams.
pub async fn show(State(state): State<AppState>, headers: HeaderMap) -> Response {
    if wants_stream(&headers) {
        let message = "There are no streams of events here. Send your messages with POST.";
        let error = Error::new(StatusCode::METHOD_NOT_ALLOWED, Code::MethodNotAllowed, message);
        let mut response = error.into_response();
        response.headers_mut().insert(ALLOW, HeaderValue::from_static("POST"));
        return response;
    }
    let docs = state.config.docs.as_ref().map(|_| format!("{}/docs/api/mcp.html", state.config.public_url));
    Json(json!({
        "name": "rekomi",
        "version": env!("CARGO_PKG_VERSION"),
        "transport": "streamable-http",
        "docs": docs,
    }))
    .into_response()
}

fn wants_stream(headers: &HeaderMap) -> bool {
    let accepted = headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok());
    accepted.flat_map(|value| value.split(',')).any(|kind| {
        let kind = kind.split(';').next().unwrap_or_default();
        kind.trim().eq_ignore_ascii_case("text/event-stream")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_a_client_that_names_a_stream_wants_one() {
        let wants =
            |accept: &'static str| wants_stream(&HeaderMap::from_iter([(ACCEPT, HeaderValue::from_static(accept))]));
        assert!(wants("text/event-stream") && wants("application/json, Text/Event-Stream;q=0.9"));
        assert!(!wants("*/*") && !wants("application/json") && !wants_stream(&HeaderMap::new()));
    }
}
