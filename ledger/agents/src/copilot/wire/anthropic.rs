//! Anthropic's Messages.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::arguments;
use crate::copilot::{
    chat::{Author, Block, Choice, End, Fault, Message, Prompt, Reply, Usage},
    sse::Event,
};

pub fn body(prompt: &Prompt) -> Value {
    let cache = json!({"type": "ephemeral"});
    let mut tools: Vec<Value> = prompt
        .tools
        .iter()
        .map(|tool| json!({"name": tool.name, "description": tool.description, "input_schema": tool.schema}))
        .collect();
    if let Some(last) = tools.last_mut() {
        last["cache_control"] = cache.clone();
    }
    let mut body = json!({
        "model": prompt.model,
        "max_tokens": prompt.output_tokens_max,
        "system": [{"type": "text", "text": prompt.system, "cache_control": cache}],
        "messages": prompt.messages.iter().map(message).collect::<Vec<_>>(),
        "stream": prompt.streams,
    });
    if let Some(first) = prompt.tools.first() {
        body["tool_choice"] = match prompt.choice {
            Choice::Free => json!({"type": "auto", "disable_parallel_tool_use": true}),
            Choice::Forced => json!({"type": "tool", "name": first.name, "disable_parallel_tool_use": true}),
        };
        body["tools"] = tools.into();
    }
    body
}

fn message(message: &Message) -> Value {
    let role = match message.author {
        Author::Person => "user",
        Author::Model => "assistant",
    };
    json!({"role": role, "content": message.blocks.iter().map(block).collect::<Vec<_>>()})
}

fn block(block: &Block) -> Value {
    match block {
        Block::Text { text } => json!({"type": "text", "text": text}),
        Block::Call { id, name, arguments } => {
            json!({"type": "tool_use", "id": id, "name": name, "input": arguments.clone().unwrap_or_default()})
        }
        Block::Result { id, content, failed } => {
            json!({"type": "tool_result", "tool_use_id": id, "content": content, "is_error": failed})
        }
        Block::Own { value } => value.clone(),
    }
}

/// # Errors
/// [`Fault::Unreadable`].
pub fn whole(body: &Value) -> Result<Reply, Fault> {
    let content = body["content"].as_array().ok_or(Fault::Unreadable)?;
    let blocks = content.iter().map(|block| match block["type"].as_str() {
        Some("text") => Block::Text { text: text(&block["text"]) },
        Some("tool_use") => Block::Call {
            id: text(&block["id"]),
            name: text(&block["name"]),
            arguments: block["input"].as_object().cloned(),
        },
        _ => Block::Own { value: block.clone() },
    });
    let usage = body.get("usage").map(|usage| read_usage(usage, Usage::default()));
    Ok(Reply { blocks: blocks.collect(), end: end(body["stop_reason"].as_str()), usage })
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn end(reason: Option<&str>) -> End {
    match reason {
        Some("max_tokens" | "model_context_window_exceeded") => End::Length,
        Some("refusal") => End::Refused,
        _ => End::Complete,
    }
}

fn read_usage(usage: &Value, before: Usage) -> Usage {
    let count = |name: &str, before: u64| usage[name].as_u64().unwrap_or(before);
    Usage {
        input: count("input_tokens", before.input)
            .saturating_add(usage["cache_creation_input_tokens"].as_u64().unwrap_or(0)),
        cached: count("cache_read_input_tokens", before.cached),
        output: count("output_tokens", before.output),
    }
}

/// A block while it arrives.
#[derive(Debug, Default)]
struct Part {
    start: Value,
    text: String,
    signature: String,
}

/// What came so far, by the index of the block.
#[derive(Debug, Default)]
pub struct Reader {
    parts: BTreeMap<u64, Part>,
    usage: Option<Usage>,
    reason: Option<String>,
    is_over: bool,
}

impl Reader {
    pub(super) fn take(&mut self, event: &Event) -> Result<Option<String>, Fault> {
        let data: Value = serde_json::from_str(&event.data).map_err(|_| Fault::Unreadable)?;
        // The event's name is repeated in its data.
        match data["type"].as_str().unwrap_or(&event.name) {
            "message_start" => self.count(&data["message"]["usage"]),
            "content_block_start" => {
                let part = Part { start: data["content_block"].clone(), ..Part::default() };
                let begun = text(&part.start["text"]);
                self.parts.insert(data["index"].as_u64().unwrap_or_default(), part);
                return Ok(Some(begun).filter(|text| !text.is_empty()));
            }
            "content_block_delta" => return Ok(self.add(&data)),
            "message_delta" => {
                self.reason = data["delta"]["stop_reason"].as_str().map(str::to_owned);
                self.count(&data["usage"]);
            }
            "message_stop" => self.is_over = true,
            "error" => {
                return Err(match data["error"]["type"].as_str() {
                    Some("overloaded_error" | "rate_limit_error" | "api_error") => Fault::Busy(None),
                    Some("authentication_error" | "permission_error") => Fault::Credentials,
                    _ => Fault::rejected(data["error"]["message"].as_str().unwrap_or_default()),
                });
            }
            // A ping, the end of a block, or something new.
            _ => {}
        }
        Ok(None)
    }

    fn count(&mut self, usage: &Value) {
        if usage.is_object() {
            self.usage = Some(read_usage(usage, self.usage.unwrap_or_default()));
        }
    }

    fn add(&mut self, data: &Value) -> Option<String> {
        let part = self.parts.get_mut(&data["index"].as_u64().unwrap_or_default())?;
        let delta = &data["delta"];
        match delta["type"].as_str()? {
            "text_delta" => {
                let more = delta["text"].as_str()?;
                part.text.push_str(more);
                Some(more.to_owned())
            }
            "input_json_delta" => {
                part.text.push_str(delta["partial_json"].as_str()?);
                None
            }
            "thinking_delta" => {
                part.text.push_str(delta["thinking"].as_str()?);
                None
            }
            "signature_delta" => {
                part.signature.push_str(delta["signature"].as_str()?);
                None
            }
            _ => None,
        }
    }

    pub(super) fn end(self) -> Reply {
        let end = if self.is_over { end(self.reason.as_deref()) } else { End::Cut };
        let blocks = self.parts.into_values().filter_map(|part| match part.start["type"].as_str() {
            Some("text") => {
                let text = text(&part.start["text"]) + &part.text;
                (!text.is_empty()).then_some(Block::Text { text })
            }
            Some("tool_use") => Some(Block::Call {
                id: text(&part.start["id"]),
                name: text(&part.start["name"]),
                arguments: arguments(&part.text),
            }),
            // Without its signature, the server wouldn't take it back.
            Some("thinking") if end == End::Cut => None,
            Some("thinking") => {
                let mut value = part.start;
                value["thinking"] = part.text.into();
                value["signature"] = part.signature.into();
                Some(Block::Own { value })
            }
            _ => Some(Block::Own { value: part.start }),
        });
        Reply { blocks: blocks.collect(), end, usage: self.usage }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::copilot::{
        chat::Offer,
        sse,
        wire::{Kind, Reader},
    };

    /// As recorded, shortened: thinking, text and a call.
    const STREAM: &str = r#"event: message_start
data: {"type":"message_start","message":{"id":"msg_1","type":"message","role":"assistant","content":[],"model":"m","stop_reason":null,"usage":{"input_tokens":25,"cache_read_input_tokens":900,"output_tokens":1}}}

event: content_block_start
data: {"type":"content_block_start","index":0,"content_block":{"type":"thinking","thinking":"","signature":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"thinking_delta","thinking":"Hm."}}

event: content_block_delta
data: {"type":"content_block_delta","index":0,"delta":{"type":"signature_delta","signature":"c2ln"}}

event: content_block_stop
data: {"type":"content_block_stop","index":0}

event: ping
data: {"type":"ping"}

event: content_block_start
data: {"type":"content_block_start","index":1,"content_block":{"type":"text","text":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Zwölf "}}

event: content_block_delta
data: {"type":"content_block_delta","index":1,"delta":{"type":"text_delta","text":"Verkäufe 🎉"}}

event: content_block_stop
data: {"type":"content_block_stop","index":1}

event: content_block_start
data: {"type":"content_block_start","index":2,"content_block":{"type":"tool_use","id":"toolu_1","name":"list_links","input":{}}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":""}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"{\"perPa"}}

event: content_block_delta
data: {"type":"content_block_delta","index":2,"delta":{"type":"input_json_delta","partial_json":"ge\":5}"}}

event: content_block_stop
data: {"type":"content_block_stop","index":2}

event: message_delta
data: {"type":"message_delta","delta":{"stop_reason":"tool_use","stop_sequence":null},"usage":{"output_tokens":15}}

event: message_stop
data: {"type":"message_stop"}

"#;

    /// The answer in pieces of these sizes, and its text as it arrived.
    fn read(stream: &[u8], sizes: &[usize]) -> (Reply, String) {
        let (mut parser, mut reader, mut shown) = (sse::Parser::default(), Reader::new(Kind::Anthropic), String::new());
        let (mut rest, mut sizes) = (stream, sizes.iter().cycle());
        while !rest.is_empty() {
            let (now, later) = rest.split_at((*sizes.next().unwrap()).clamp(1, rest.len()));
            for event in parser.push(now).unwrap() {
                shown.extend(reader.take(&event).unwrap());
            }
            rest = later;
        }
        (reader.end(), shown)
    }

    #[test]
    fn an_answer_is_the_same_split_at_every_byte() {
        let (whole, shown) = read(STREAM.as_bytes(), &[STREAM.len()]);
        assert_eq!(shown, "Zwölf Verkäufe 🎉");
        assert_eq!(whole.usage, Some(Usage { input: 25, cached: 900, output: 15 }));
        let thinking = json!({"type": "thinking", "thinking": "Hm.", "signature": "c2ln"});
        assert_eq!(whole.blocks[0], Block::Own { value: thinking });
        let (id, name, arguments) = whole.calls()[0];
        assert_eq!((id, name, arguments.unwrap()["perPage"].as_u64()), ("toolu_1", "list_links", Some(5)));
        assert_eq!(whole.end, End::Complete);
        for at in 0..STREAM.len() {
            assert_eq!(read(STREAM.as_bytes(), &[at, STREAM.len()]), (whole.clone(), shown.clone()), "{at}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_anywhere_calls_nothing() {
        let bytes = STREAM.as_bytes();
        let last = STREAM.find("event: message_stop").unwrap();
        for at in 1..last {
            let (cut, _) = read(&bytes[..at], &[at]);
            assert!(cut.end == End::Cut && cut.calls().is_empty(), "{at}");
            assert!(!cut.blocks.iter().any(|block| matches!(block, Block::Own { .. })), "{at}");
        }
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_are_the_same(sizes in prop::collection::vec(1_usize..40, 1..20)) {
            prop_assert_eq!(read(STREAM.as_bytes(), &sizes), read(STREAM.as_bytes(), &[STREAM.len()]));
        }

        #[test]
        fn no_event_makes_it_panic(name in ".{0,10}", data in "\\PC{0,60}") {
            let mut reader = Reader::new(Kind::Anthropic);
            drop(reader.take(&Event { name, data }));
            drop(reader.end());
        }
    }

    #[test]
    fn an_error_in_the_middle_is_what_it_says() {
        let event = |kind: &str| {
            let data = json!({"type": "error", "error": {"type": kind, "message": "No."}}).to_string();
            Reader::new(Kind::Anthropic).take(&Event { name: "error".to_owned(), data }).unwrap_err()
        };
        assert_eq!(event("overloaded_error"), Fault::Busy(None));
        assert_eq!(event("invalid_request_error"), Fault::Rejected("No.".to_owned()));
    }

    #[test]
    fn a_request_is_as_the_format_says() {
        let call = Block::Call { id: "toolu_1".to_owned(), name: "search".to_owned(), arguments: None };
        let result = Block::Result { id: "toolu_1".to_owned(), content: "{}".to_owned(), failed: true };
        let offer =
            Offer { name: "search".to_owned(), description: "Finds.".to_owned(), schema: json!({"type": "object"}) };
        let prompt = Prompt {
            model: "m".to_owned(),
            system: "Be brief.".to_owned(),
            messages: vec![
                Message::text(Author::Person, "Hi"),
                Message { author: Author::Model, blocks: vec![call] },
                Message { author: Author::Person, blocks: vec![result] },
            ],
            tools: vec![offer],
            choice: Choice::Free,
            output_tokens_max: 100,
            streams: true,
        };
        let sent = body(&prompt);
        assert_eq!(
            sent["messages"][1]["content"][0],
            json!({"type": "tool_use", "id": "toolu_1", "name": "search", "input": {}})
        );
        assert_eq!(sent["messages"][2]["role"], "user");
        assert_eq!(sent["tool_choice"], json!({"type": "auto", "disable_parallel_tool_use": true}));
        assert!(sent["tools"][0]["cache_control"].is_object() && sent["system"][0]["cache_control"].is_object());
        let forced = body(&Prompt { choice: Choice::Forced, ..prompt.clone() });
        assert_eq!(forced["tool_choice"]["name"], "search");
        let bare = body(&Prompt { tools: Vec::new(), ..prompt });
        assert!(bare.get("tools").is_none() && bare.get("tool_choice").is_none());
    }

    #[test]
    fn an_answer_in_one_piece_is_read_as_well() {
        let body = json!({"content": [{"type": "text", "text": "Hi"}, {"type": "tool_use", "id": "t", "name": "n", "input": {"a": 1}}],
            "stop_reason": "max_tokens", "usage": {"input_tokens": 3, "output_tokens": 2}});
        let reply = whole(&body).unwrap();
        assert_eq!((reply.end, reply.calls().len(), reply.has_text()), (End::Length, 1, true));
        assert_eq!(whole(&json!({})), Err(Fault::Unreadable));
    }
}
