//! The two formats in which models are spoken to: requests, and answers as they arrive.
//!
//! Formats: Anthropic's Messages (docs.anthropic.com/en/api/messages, "Streaming Messages"), and Chat Completions
//! (platform.openai.com/docs/api-reference/chat), which nearly every other server understands. Servers of the latter
//! differ, so its reader accepts more than the reference says. No I/O.

pub mod anthropic;
pub mod openai;

use serde_json::{Map, Value};

use super::{
    chat::{Fault, Prompt, Reply},
    sse::Event,
};

/// A format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Anthropic,
    OpenAi,
}

/// How a server of Chat Completions calls the limit of an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenField {
    MaxCompletionTokens,
    MaxTokens,
}

impl Kind {
    pub const ALL: [Self; 2] = [Self::Anthropic, Self::OpenAi];

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Anthropic => "anthropic",
            Self::OpenAi => "openai",
        }
    }

    /// As pages show it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Anthropic => "Anthropic",
            Self::OpenAi => "OpenAI, or a compatible server",
        }
    }

    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == text)
    }

    /// The address of the vendor's own server.
    pub const fn usual_base(self) -> &'static str {
        match self {
            Self::Anthropic => "https://api.anthropic.com",
            Self::OpenAi => "https://api.openai.com/v1",
        }
    }

    /// Where answers are requested, below the base.
    pub const fn answers_path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/messages",
            Self::OpenAi => "/chat/completions",
        }
    }

    /// Where the models are listed, below the base.
    pub const fn models_path(self) -> &'static str {
        match self {
            Self::Anthropic => "/v1/models?limit=1000",
            Self::OpenAi => "/models",
        }
    }

    /// The headers that a request needs, apart from its content type. Without a key, there are no credentials.
    pub fn headers(self, key: Option<&str>) -> Vec<(&'static str, String)> {
        match self {
            Self::Anthropic => {
                let version = ("anthropic-version", "2023-06-01".to_owned());
                key.map(|key| ("x-api-key", key.to_owned())).into_iter().chain([version]).collect()
            }
            Self::OpenAi => key.map(|key| ("authorization", format!("Bearer {key}"))).into_iter().collect(),
        }
    }

    /// The body of a request.
    pub fn body(self, prompt: &Prompt, field: TokenField) -> Value {
        match self {
            Self::Anthropic => anthropic::body(prompt),
            Self::OpenAi => openai::body(prompt, field),
        }
    }

    /// An answer that came as one JSON document.
    ///
    /// # Errors
    /// [`Fault::Unreadable`].
    pub fn whole(self, body: &Value) -> Result<Reply, Fault> {
        match self {
            Self::Anthropic => anthropic::whole(body),
            Self::OpenAi => openai::whole(body),
        }
    }
}

shared::stored_as_text!(Kind);

/// An answer while it arrives.
#[derive(Debug)]
pub enum Reader {
    Anthropic(anthropic::Reader),
    OpenAi(openai::Reader),
}

impl Reader {
    pub fn new(kind: Kind) -> Self {
        match kind {
            Kind::Anthropic => Self::Anthropic(anthropic::Reader::default()),
            Kind::OpenAi => Self::OpenAi(openai::Reader::default()),
        }
    }

    /// Takes an event, and returns the text that it adds to the answer.
    ///
    /// # Errors
    /// What the server reports in the middle of an answer, or an event that isn't of the format.
    pub fn take(&mut self, event: &Event) -> Result<Option<String>, Fault> {
        match self {
            Self::Anthropic(reader) => reader.take(event),
            Self::OpenAi(reader) => reader.take(event),
        }
    }

    /// Everything that came. If the server didn't end the answer, it is cut.
    pub fn end(self) -> Reply {
        match self {
            Self::Anthropic(reader) => reader.end(),
            Self::OpenAi(reader) => reader.end(),
        }
    }
}

/// The arguments of a call. Nothing means none.
fn arguments(text: &str) -> Option<Map<String, Value>> {
    if text.trim().is_empty() {
        return Some(Map::new());
    }
    match serde_json::from_str(text) {
        Ok(Value::Object(arguments)) => Some(arguments),
        _ => None,
    }
}

/// Why a request got no answer.
pub fn fault(status: u16, retry_after: Option<&str>, body: &[u8]) -> Fault {
    let wait = retry_after.and_then(|text| text.trim().parse().ok());
    match status {
        401 | 403 => Fault::Credentials,
        429 | 500..=599 => Fault::Busy(wait),
        _ => {
            let body: Value = serde_json::from_slice(body).unwrap_or_default();
            let words = body.pointer("/error/message").or_else(|| body.get("error")).or_else(|| body.get("message"));
            Fault::rejected(words.and_then(Value::as_str).unwrap_or_default())
        }
    }
}

/// The names in a list of models.
pub fn models(body: &Value) -> Vec<String> {
    let rows = body["data"].as_array().or_else(|| body["models"].as_array());
    let mut names: Vec<String> = rows
        .into_iter()
        .flatten()
        .filter_map(|row| row["id"].as_str().or_else(|| row["name"].as_str()))
        .filter(|name| !name.is_empty() && name.len() <= 200)
        .map(str::to_owned)
        .collect();
    names.truncate(1_000);
    names
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_refusal_is_told_apart_by_its_status() {
        assert_eq!(fault(401, None, b"{}"), Fault::Credentials);
        assert_eq!(fault(429, Some(" 7 "), b""), Fault::Busy(Some(7)));
        assert_eq!(fault(529, Some("soon"), b""), Fault::Busy(None));
        let body = json!({"type": "error", "error": {"type": "not_found_error", "message": "model: x"}});
        assert_eq!(fault(404, None, body.to_string().as_bytes()), Fault::Rejected("model: x".to_owned()));
        assert_eq!(fault(400, None, b"{\"error\":\"no model\"}"), Fault::Rejected("no model".to_owned()));
        assert_eq!(fault(302, None, b"<html>"), Fault::Rejected(String::new()));
    }

    #[test]
    fn models_are_listed_as_their_server_names_them() {
        assert_eq!(models(&json!({"data": [{"id": "a"}, {"id": ""}, {"id": 7}, {"id": "b"}]})), ["a", "b"]);
        assert_eq!(models(&json!({"models": [{"name": "c"}]})), ["c"]);
        assert!(models(&json!([])).is_empty());
    }

    #[test]
    fn arguments_are_an_object_or_nothing() {
        assert_eq!(arguments(""), Some(Map::new()));
        assert_eq!(arguments("{\"a\":1}").unwrap()["a"], 1);
        assert!(arguments("[1]").is_none() && arguments("{\"a\":").is_none());
    }
}
