//! A model's server in both formats: Anthropic's Messages and OpenAI's Chat Completions. It checks every field of a request
//! against what the vendors publish, plays what a test wrote down, and streams it byte by byte.

mod check;
mod write;

use std::{collections::VecDeque, fmt};

use axum::response::Response;
use serde_json::{Value, json};

use super::{Answer, Call, FakeServer, Vendor};

pub const KEY: &str = "sk-standin-0123456789abcdefghij";
pub const MODEL: &str = "standin-large-1";

/// The format that a call is in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    Anthropic,
    OpenAi,
}

/// What the model says to one request.
pub enum Say {
    Text(String),
    /// Calls these tools, after some text.
    Calls(String, Vec<(String, Value)>),
    /// Calls a tool with arguments that aren't JSON.
    Garbled(String, String),
    /// Says this, and the connection ends.
    Cut(String),
    /// Says this, and reports that it is overloaded.
    Overloaded(String),
    /// Says this, and nothing more for as long as anyone waits.
    Hangs(String),
    /// Declines to answer.
    Refuses,
    /// So many bytes of text.
    Endless(usize),
    /// Answers as one JSON document, although it was asked to stream.
    Whole(String),
    /// What it says depends on the request.
    Then(Box<dyn FnOnce(&Value) -> Say + Send>),
}

impl fmt::Debug for Say {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Say")
    }
}

impl Say {
    pub fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    pub fn call(tool: &str, arguments: Value) -> Self {
        Self::Calls(String::new(), vec![(tool.to_owned(), arguments)])
    }

    pub fn then(say: impl FnOnce(&Value) -> Self + Send + 'static) -> Self {
        Self::Then(Box::new(say))
    }
}

#[derive(Debug, Default)]
pub struct Model {
    script: VecDeque<Say>,
    /// The bodies of all requests for an answer.
    pub requests: Vec<Value>,
    /// What was wrong with requests.
    pub mistakes: Vec<String>,
    answers: usize,
}

pub fn start() -> FakeServer<Model> {
    FakeServer::of(Model::default())
}

impl FakeServer<Model> {
    /// What it says next, in this order. After that it says "Done."
    pub fn say(&self, script: impl IntoIterator<Item = Say>) {
        self.with(|model| model.script.extend(script));
    }

    /// The bodies of the requests since the last time, all of which were as their format says.
    pub fn requests(&self) -> Vec<Value> {
        self.with(|model| {
            assert!(model.mistakes.is_empty(), "{:#?}", model.mistakes);
            std::mem::take(&mut model.requests)
        })
    }
}

impl Model {
    fn next(&mut self, body: &Value) -> Say {
        let mut say = self.script.pop_front().unwrap_or_else(|| Say::text("Done."));
        while let Say::Then(then) = say {
            say = then(body);
        }
        say
    }

    fn list(call: &Call) -> Answer {
        let known = call.bearer() == KEY || call.header("x-api-key") == KEY;
        if !known {
            return Answer(401, json!({"error": {"message": "Invalid key", "type": "authentication_error"}}));
        }
        Answer(200, json!({"data": [{"id": MODEL, "type": "model"}, {"id": "standin-small-1", "type": "model"}]}))
    }
}

impl Vendor for Model {
    fn answer(&mut self, call: &Call) -> Answer {
        match call.line().as_str() {
            "GET /v1/models" | "GET /models" => Self::list(call),
            _ => Answer(404, json!({"error": {"message": "Not found"}})),
        }
    }

    fn respond(&mut self, call: &Call) -> Response {
        let format = match call.line().as_str() {
            "POST /v1/messages" => Format::Anthropic,
            "POST /chat/completions" => Format::OpenAi,
            _ => return super::write(&self.answer(call)),
        };
        let body = call.json().unwrap_or_default();
        let checked = match format {
            Format::Anthropic => check::anthropic(call, &body),
            Format::OpenAi => check::openai(call, &body),
        };
        if let Err((status, why)) = checked {
            if status == 400 {
                self.mistakes.push(format!("{why}: {body}"));
            }
            let error = json!({"type": "error", "error": {"type": "invalid_request_error", "message": why}});
            return super::write(&Answer(status, error));
        }
        self.requests.push(body.clone());
        self.answers += 1;
        let say = self.next(&body);
        write::answer(format, self.answers, say)
    }
}
