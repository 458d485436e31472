//! Answers as the vendors stream them, byte by byte.

use std::convert::Infallible;

use axum::{
    body::{Body, Bytes},
    http::header::CONTENT_TYPE,
    response::{IntoResponse, Response},
};
use futures_util::{Stream, StreamExt, stream};
use serde_json::{Value, json};

use super::{Format, MODEL, Say};

/// What comes after the bytes.
enum After {
    /// The answer is over.
    End,
    /// Nothing more comes, without a word about it.
    Silence,
}

pub(super) fn answer(format: Format, number: usize, say: Say) -> Response {
    if let Say::Whole(text) = say {
        return axum::Json(whole(format, &text)).into_response();
    }
    let (text, after) = match format {
        Format::Anthropic => anthropic(number, say),
        Format::OpenAi => openai(number, say),
    };
    let sent: Body = match after {
        After::End => Body::from_stream(bytes(text)),
        After::Silence => Body::from_stream(bytes(text).chain(stream::pending())),
    };
    ([(CONTENT_TYPE, "text/event-stream; charset=utf-8")], sent).into_response()
}

/// A long answer comes in larger pieces, so that tests end.
fn bytes(text: String) -> impl Stream<Item = Result<Bytes, Infallible>> + Send + 'static {
    let size = if text.len() > 100_000 { 65_536 } else { 1 };
    let pieces: Vec<Bytes> = text.as_bytes().chunks(size).map(Bytes::copy_from_slice).collect();
    stream::iter(pieces.into_iter().map(Ok))
}

fn whole(format: Format, text: &str) -> Value {
    match format {
        Format::Anthropic => json!({
            "type": "message", "role": "assistant", "model": MODEL, "content": [{"type": "text", "text": text}],
            "stop_reason": "end_turn", "usage": {"input_tokens": 10, "output_tokens": 5},
        }),
        Format::OpenAi => json!({
            "choices": [{"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 10, "completion_tokens": 5},
        }),
    }
}

/// The text, the calls with their arguments as they are streamed, and how the answer ends.
fn parts(say: Say) -> (String, Vec<(String, String)>, Ending) {
    match say {
        Say::Text(text) | Say::Whole(text) => (text, Vec::new(), Ending::Whole),
        Say::Calls(text, calls) => {
            let calls = calls.into_iter().map(|(name, arguments)| (name, arguments.to_string()));
            (text, calls.collect(), Ending::Whole)
        }
        Say::Garbled(name, arguments) => (String::new(), vec![(name, arguments)], Ending::Whole),
        Say::Cut(text) => (text, Vec::new(), Ending::Cut),
        Say::Overloaded(text) => (text, Vec::new(), Ending::Overloaded),
        Say::Hangs(text) => (text, Vec::new(), Ending::Silence),
        Say::Refuses => (String::new(), Vec::new(), Ending::Refused),
        Say::Endless(size) => ("Lorem ipsum. ".repeat(size / 13), Vec::new(), Ending::Whole),
        Say::Then(_) => unreachable!("it was resolved"),
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ending {
    Whole,
    Cut,
    Overloaded,
    Silence,
    Refused,
}

impl Ending {
    const fn after(self) -> After {
        if matches!(self, Self::Silence) { After::Silence } else { After::End }
    }
}

/// Pieces of a text, none of them whole words.
fn pieces(text: &str) -> Vec<String> {
    let signs: Vec<char> = text.chars().collect();
    let size = if signs.len() > 10_000 { 4_096 } else { 5 };
    signs.chunks(size).map(|piece| piece.iter().collect()).collect()
}

fn anthropic(number: usize, say: Say) -> (String, After) {
    let (text, calls, ending) = parts(say);
    let mut out = String::new();
    let mut event = |name: &str, mut data: Value| {
        data["type"] = name.into();
        out.push_str(&format!("event: {name}\ndata: {data}\n\n"));
    };
    let usage = json!({"input_tokens": 100, "cache_read_input_tokens": 50, "cache_creation_input_tokens": 0, "output_tokens": 1});
    event(
        "message_start",
        json!({"message": {"id": format!("msg_{number}"), "role": "assistant", "content": [], "model": MODEL, "usage": usage}}),
    );
    event(
        "content_block_start",
        json!({"index": 0, "content_block": {"type": "thinking", "thinking": "", "signature": ""}}),
    );
    event("content_block_delta", json!({"index": 0, "delta": {"type": "thinking_delta", "thinking": "Let me see."}}));
    event("content_block_delta", json!({"index": 0, "delta": {"type": "signature_delta", "signature": "c2lnbmVk"}}));
    event("content_block_stop", json!({"index": 0}));
    event("ping", json!({}));
    let mut index = 1;
    if !text.is_empty() {
        event("content_block_start", json!({"index": index, "content_block": {"type": "text", "text": ""}}));
        for piece in pieces(&text) {
            event("content_block_delta", json!({"index": index, "delta": {"type": "text_delta", "text": piece}}));
        }
        if ending == Ending::Whole {
            event("content_block_stop", json!({"index": index}));
        }
        index += 1;
    }
    for (place, (name, arguments)) in calls.iter().enumerate() {
        let block = json!({"type": "tool_use", "id": format!("toolu_{number}_{place}"), "name": name, "input": {}});
        event("content_block_start", json!({"index": index, "content_block": block}));
        for piece in pieces(arguments) {
            event(
                "content_block_delta",
                json!({"index": index, "delta": {"type": "input_json_delta", "partial_json": piece}}),
            );
        }
        event("content_block_stop", json!({"index": index}));
        index += 1;
    }
    let reason = match (ending, calls.is_empty()) {
        (Ending::Refused, _) => "refusal",
        (_, true) => "end_turn",
        (_, false) => "tool_use",
    };
    match ending {
        Ending::Cut | Ending::Silence => {}
        Ending::Overloaded => event("error", json!({"error": {"type": "overloaded_error", "message": "Overloaded"}})),
        Ending::Whole | Ending::Refused => {
            event(
                "message_delta",
                json!({"delta": {"stop_reason": reason, "stop_sequence": null}, "usage": {"output_tokens": 20}}),
            );
            event("message_stop", json!({}));
        }
    }
    (out, ending.after())
}

fn openai(number: usize, say: Say) -> (String, After) {
    let (text, calls, ending) = parts(say);
    let mut out = String::new();
    let mut chunk = |delta: Value, reason: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": reason});
        let data = json!({"id": format!("chatcmpl-{number}"), "object": "chat.completion.chunk", "model": MODEL, "choices": [choice], "usage": null});
        out.push_str(&format!("data: {data}\n\n"));
    };
    chunk(json!({"role": "assistant", "content": ""}), None);
    for piece in pieces(&text) {
        chunk(json!({"content": piece}), None);
    }
    for (index, (name, arguments)) in calls.iter().enumerate() {
        let id = format!("call_{number}_{index}");
        let function = json!({"name": name, "arguments": ""});
        chunk(json!({"tool_calls": [{"index": index, "id": id, "type": "function", "function": function}]}), None);
        for piece in pieces(arguments) {
            chunk(json!({"tool_calls": [{"index": index, "function": {"arguments": piece}}]}), None);
        }
    }
    match ending {
        Ending::Cut | Ending::Silence => {}
        Ending::Overloaded => {
            let error = json!({"error": {"message": "Overloaded", "type": "server_error", "code": null}});
            out.push_str(&format!("data: {error}\n\n"));
        }
        Ending::Whole | Ending::Refused => {
            let reason = match (ending, calls.is_empty()) {
                (Ending::Refused, _) => "content_filter",
                (_, true) => "stop",
                (_, false) => "tool_calls",
            };
            chunk(json!({}), Some(reason));
            let usage =
                json!({"prompt_tokens": 150, "completion_tokens": 20, "prompt_tokens_details": {"cached_tokens": 50}});
            out.push_str(&format!("data: {}\n\n", json!({"choices": [], "usage": usage})));
            out.push_str("data: [DONE]\n\n");
        }
    }
    (out, ending.after())
}
