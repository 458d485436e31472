//! Chat Completions, of OpenAI and of the many servers that imitate it.

use serde_json::{Map, Value, json};

use super::{TokenField, arguments};
use crate::copilot::{
    chat::{Author, Block, Choice, End, Fault, Message, Prompt, Reply, Usage},
    sse::Event,
};

const DONE: &str = "[DONE]";

pub fn body(prompt: &Prompt, field: TokenField) -> Value {
    let system = json!({"role": "system", "content": prompt.system});
    let messages: Vec<Value> = [system].into_iter().chain(prompt.messages.iter().flat_map(messages)).collect();
    let mut body = json!({"model": prompt.model, "messages": messages, "stream": prompt.streams});
    let limit = match field {
        TokenField::MaxCompletionTokens => "max_completion_tokens",
        TokenField::MaxTokens => "max_tokens",
    };
    body[limit] = prompt.output_tokens_max.into();
    if prompt.streams {
        body["stream_options"] = json!({"include_usage": true});
    }
    if let Some(first) = prompt.tools.first() {
        let tools = prompt.tools.iter().map(|tool| {
            let function =
                json!({"name": tool.name, "description": tool.description, "parameters": tool.schema, "strict": false});
            json!({"type": "function", "function": function})
        });
        body["tools"] = tools.collect::<Vec<_>>().into();
        body["tool_choice"] = match prompt.choice {
            Choice::Free => "auto".into(),
            Choice::Forced => json!({"type": "function", "function": {"name": first.name}}),
        };
        body["parallel_tool_calls"] = false.into();
    }
    body
}

/// Each result of a tool is a message of its own.
fn messages(message: &Message) -> Vec<Value> {
    let texts: Vec<&str> = message
        .blocks
        .iter()
        .filter_map(|block| match block {
            Block::Text { text } => Some(text.as_str()),
            _ => None,
        })
        .collect();
    let content = texts.join("\n\n");
    if message.author == Author::Model {
        let calls: Vec<Value> = message.blocks.iter().filter_map(call).collect();
        let mut one = json!({"role": "assistant"});
        one["content"] = if content.is_empty() && !calls.is_empty() { Value::Null } else { content.into() };
        if !calls.is_empty() {
            one["tool_calls"] = calls.into();
        }
        return vec![one];
    }
    let results = message.blocks.iter().filter_map(|block| match block {
        Block::Result { id, content, .. } => Some(json!({"role": "tool", "tool_call_id": id, "content": content})),
        _ => None,
    });
    let own = (!content.is_empty()).then(|| json!({"role": "user", "content": content}));
    results.chain(own).collect()
}

fn call(block: &Block) -> Option<Value> {
    let Block::Call { id, name, arguments } = block else { return None };
    let arguments = Value::Object(arguments.clone().unwrap_or_default()).to_string();
    Some(json!({"id": id, "type": "function", "function": {"name": name, "arguments": arguments}}))
}

/// # Errors
/// [`Fault::Unreadable`].
pub fn whole(body: &Value) -> Result<Reply, Fault> {
    let choice = body.pointer("/choices/0").ok_or(Fault::Unreadable)?;
    let mut reader = Reader::default();
    reader.add(&choice["message"]);
    reader.finish(choice["finish_reason"].as_str().unwrap_or("stop"));
    reader.count(&body["usage"]);
    Ok(reader.end())
}

/// A call while it arrives.
#[derive(Debug, Default)]
struct Call {
    index: Option<u64>,
    id: String,
    name: String,
    arguments: String,
}

/// What came so far.
#[derive(Debug, Default)]
pub struct Reader {
    text: String,
    calls: Vec<Call>,
    usage: Option<Usage>,
    end: Option<End>,
}

impl Reader {
    pub(super) fn take(&mut self, event: &Event) -> Result<Option<String>, Fault> {
        if event.data.trim() == DONE {
            self.end.get_or_insert(End::Complete);
            return Ok(None);
        }
        let data: Value = serde_json::from_str(&event.data).map_err(|_| Fault::Unreadable)?;
        if let Some(error) = data.get("error").filter(|error| !error.is_null()) {
            let words = error["message"].as_str().or_else(|| error.as_str()).unwrap_or_default();
            return Err(match error["code"].as_str().or_else(|| error["type"].as_str()) {
                Some("rate_limit_exceeded" | "server_error" | "overloaded_error") => Fault::Busy(None),
                Some("invalid_api_key") => Fault::Credentials,
                _ => Fault::rejected(words),
            });
        }
        self.count(&data["usage"]);
        // The chunk with the usage has no choices.
        let Some(choice) = data.pointer("/choices/0") else { return Ok(None) };
        let added = self.add(&choice["delta"]);
        if let Some(reason) = choice["finish_reason"].as_str() {
            self.finish(reason);
        }
        Ok(added)
    }

    fn finish(&mut self, reason: &str) {
        self.end = Some(match reason {
            "length" => End::Length,
            "content_filter" => End::Refused,
            // Servers also say `stop` when there are calls.
            _ => End::Complete,
        });
    }

    fn count(&mut self, usage: &Value) {
        let Some(prompt) = usage["prompt_tokens"].as_u64() else { return };
        let cached = usage.pointer("/prompt_tokens_details/cached_tokens").and_then(Value::as_u64).unwrap_or(0);
        let output = usage["completion_tokens"].as_u64().unwrap_or(0);
        self.usage = Some(Usage { input: prompt.saturating_sub(cached), cached, output });
    }

    fn add(&mut self, delta: &Value) -> Option<String> {
        for (position, call) in delta["tool_calls"].as_array().into_iter().flatten().enumerate() {
            self.add_call(position, call);
        }
        let more = delta["content"].as_str().or_else(|| delta["refusal"].as_str()).filter(|text| !text.is_empty())?;
        self.text.push_str(more);
        Some(more.to_owned())
    }

    /// A piece of a call belongs to the one with its index, else to the one with its id, else to the last one.
    fn add_call(&mut self, position: usize, piece: &Value) {
        let (index, id) = (piece["index"].as_u64(), piece["id"].as_str().unwrap_or_default());
        let name = piece.pointer("/function/name").and_then(Value::as_str).unwrap_or_default();
        let known = self.calls.iter().rposition(|call| match (index, call.index) {
            (Some(index), Some(own)) => index == own,
            _ if !id.is_empty() => call.id == id,
            _ => name.is_empty(),
        });
        let at = known.unwrap_or_else(|| {
            let index = index.or_else(|| u64::try_from(position).ok().filter(|_| id.is_empty()));
            self.calls.push(Call { index, ..Call::default() });
            self.calls.len() - 1
        });
        let Some(call) = self.calls.get_mut(at) else { return };
        if call.id.is_empty() {
            id.clone_into(&mut call.id);
        }
        if call.name.is_empty() {
            name.clone_into(&mut call.name);
        }
        match piece.pointer("/function/arguments") {
            Some(Value::String(text)) => call.arguments.push_str(text),
            Some(whole @ Value::Object(_)) => call.arguments = whole.to_string(),
            _ => {}
        }
    }

    pub(super) fn end(self) -> Reply {
        let text = (!self.text.is_empty()).then_some(Block::Text { text: self.text });
        let calls = self.calls.into_iter().enumerate().map(|(position, call)| {
            let id = if call.id.is_empty() { format!("call_{position}") } else { call.id };
            let arguments: Option<Map<String, Value>> = arguments(&call.arguments);
            Block::Call { id, name: call.name, arguments }
        });
        let blocks = text.into_iter().chain(calls).collect();
        Reply { blocks, end: self.end.unwrap_or(End::Cut), usage: self.usage }
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

    const STREAM: &str = "data: {\"id\":\"c1\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,\"delta\":{\"role\":\"assistant\",\"content\":\"\"},\"finish_reason\":null}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"Zwölf \"},\"finish_reason\":null}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"content\":\"🎉\",\"reasoning_content\":\"Hm.\"},\"finish_reason\":null}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"call_a\",\"type\":\"function\",\"function\":{\"name\":\"list_links\",\"arguments\":\"\"}}]}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"{\\\"perPa\"}}]}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{\"tool_calls\":[{\"index\":0,\"function\":{\"arguments\":\"ge\\\":5}\"}}]}}]}\n\n\
data: {\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"tool_calls\"}]}\n\n\
data: {\"choices\":[],\"usage\":{\"prompt_tokens\":925,\"completion_tokens\":15,\"prompt_tokens_details\":{\"cached_tokens\":900}}}\n\n\
data: [DONE]\n\n";

    fn read(stream: &[u8], sizes: &[usize]) -> (Reply, String) {
        let (mut parser, mut reader, mut shown) = (sse::Parser::default(), Reader::new(Kind::OpenAi), String::new());
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
        assert_eq!(shown, "Zwölf 🎉");
        assert_eq!(whole.usage, Some(Usage { input: 25, cached: 900, output: 15 }));
        let (id, name, arguments) = whole.calls()[0];
        assert_eq!((id, name, arguments.unwrap()["perPage"].as_u64()), ("call_a", "list_links", Some(5)));
        for at in 0..STREAM.len() {
            assert_eq!(read(STREAM.as_bytes(), &[at, STREAM.len()]), (whole.clone(), shown.clone()), "{at}");
        }
    }

    #[test]
    fn an_answer_that_breaks_off_calls_nothing() {
        for at in 1..STREAM.find("\"finish_reason\":\"tool_calls\"").unwrap() {
            let (cut, _) = read(&STREAM.as_bytes()[..at], &[at]);
            assert!(cut.end == End::Cut && cut.calls().is_empty(), "{at}");
        }
    }

    type Called = (String, String, Option<Map<String, Value>>);

    /// The calls in an answer of these deltas.
    fn calls(deltas: &[Value], reason: &str) -> Vec<Called> {
        let mut reader = Reader::new(Kind::OpenAi);
        for delta in deltas {
            let data = json!({"choices": [{"delta": delta, "finish_reason": null}]}).to_string();
            reader.take(&Event { name: String::new(), data }).unwrap();
        }
        let data = json!({"choices": [{"delta": {}, "finish_reason": reason}], "more": 1}).to_string();
        reader.take(&Event { name: String::new(), data }).unwrap();
        let reply = reader.end();
        let calls = reply.calls();
        calls.into_iter().map(|(id, name, own)| (id.to_owned(), name.to_owned(), own.cloned())).collect()
    }

    #[test]
    fn servers_differ_and_are_understood() {
        let whole = |call: Value| calls(&[json!({"tool_calls": [call]})], "stop");
        let read = whole(json!({"id": "a", "function": {"name": "n", "arguments": {"x": 1}}}));
        assert_eq!(read[0].2.as_ref().unwrap()["x"], 1, "arguments as an object, and `stop`");
        let read = whole(json!({"function": {"name": "n", "arguments": ""}}));
        assert_eq!((read[0].0.as_str(), read[0].2.as_ref().unwrap().len()), ("call_0", 0), "no id");
        let split = [
            json!({"tool_calls": [{"id": "a", "function": {"name": "n", "arguments": "{\"x\""}}]}),
            json!({"tool_calls": [{"id": "a", "function": {"arguments": ":1}"}}]}),
            json!({"tool_calls": [{"id": "b", "function": {"name": "m", "arguments": "{"}}]}),
            json!({"tool_calls": [{"function": {"arguments": "}"}}]}),
        ];
        let read = calls(&split, "tool_calls");
        assert_eq!(
            (read.len(), &read[0].2.as_ref().unwrap()["x"], read[1].1.as_str()),
            (2, &json!(1), "m"),
            "no index"
        );
        let read = calls(
            &[json!({"tool_calls": [{"index": 0, "id": "a", "function": {"name": "n", "arguments": "{oops"}}]})],
            "stop",
        );
        assert_eq!(read[0].2, None);
    }

    proptest! {
        #[test]
        fn pieces_of_any_size_are_the_same(sizes in prop::collection::vec(1_usize..40, 1..20)) {
            prop_assert_eq!(read(STREAM.as_bytes(), &sizes), read(STREAM.as_bytes(), &[STREAM.len()]));
        }

        #[test]
        fn no_event_makes_it_panic(data in "\\PC{0,60}") {
            let mut reader = Reader::new(Kind::OpenAi);
            drop(reader.take(&Event { name: String::new(), data }));
            drop(reader.end());
        }
    }

    #[test]
    fn a_request_is_as_the_format_says() {
        let call = Block::Call { id: "a".to_owned(), name: "search".to_owned(), arguments: None };
        let result = Block::Result { id: "a".to_owned(), content: "{}".to_owned(), failed: false };
        let offer =
            Offer { name: "search".to_owned(), description: "Finds.".to_owned(), schema: json!({"type": "object"}) };
        let note = Block::Text { text: "And?".to_owned() };
        let prompt = Prompt {
            model: "m".to_owned(),
            system: "Be brief.".to_owned(),
            messages: vec![
                Message::text(Author::Person, "Hi"),
                Message { author: Author::Model, blocks: vec![call] },
                Message { author: Author::Person, blocks: vec![result, note] },
            ],
            tools: vec![offer],
            choice: Choice::Forced,
            output_tokens_max: 100,
            streams: true,
        };
        let sent = body(&prompt, TokenField::MaxTokens);
        let roles: Vec<&str> =
            sent["messages"].as_array().unwrap().iter().filter_map(|one| one["role"].as_str()).collect();
        assert_eq!(roles, ["system", "user", "assistant", "tool", "user"]);
        assert!(
            sent["messages"][2]["content"].is_null()
                && sent["messages"][2]["tool_calls"][0]["function"]["arguments"] == "{}"
        );
        assert_eq!((&sent["max_tokens"], &sent["parallel_tool_calls"]), (&json!(100), &json!(false)));
        assert_eq!(sent["tool_choice"]["function"]["name"], "search");
        let newer = body(&Prompt { streams: false, ..prompt }, TokenField::MaxCompletionTokens);
        assert!(newer["max_completion_tokens"] == 100 && newer.get("stream_options").is_none());
    }

    #[test]
    fn an_answer_in_one_piece_is_read_as_well() {
        let body = json!({"choices": [{"message": {"content": "Hi"}, "finish_reason": "length"}]});
        let reply = whole(&body).unwrap();
        assert_eq!((reply.end, reply.has_text(), reply.usage), (End::Length, true, None));
        assert_eq!(whole(&json!({"choices": []})), Err(Fault::Unreadable));
    }
}
