//! What the vendors' references say about a request: "Messages" of Anthropic, and "Create chat completion" of OpenAI.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{super::Call, KEY};

type Checked = Result<(), (u16, String)>;

const ANTHROPIC: [&str; 7] = ["model", "max_tokens", "system", "messages", "tools", "tool_choice", "stream"];
const OPENAI: [&str; 9] = [
    "model",
    "messages",
    "tools",
    "tool_choice",
    "parallel_tool_calls",
    "stream",
    "stream_options",
    "max_completion_tokens",
    "max_tokens",
];

fn wrong<T>(why: impl Into<String>) -> Result<T, (u16, String)> {
    Err((400, why.into()))
}

fn ensure(holds: bool, why: &str) -> Checked {
    if holds { Ok(()) } else { wrong(why) }
}

fn keys(value: &Value, allowed: &[&str], what: &str) -> Checked {
    let Some(fields) = value.as_object() else { return wrong(format!("{what} is no object")) };
    match fields.keys().find(|name| !allowed.contains(&name.as_str())) {
        Some(name) => wrong(format!("{what}.{name}: Extra inputs are not permitted")),
        None => Ok(()),
    }
}

fn list<'v>(value: &'v Value, what: &str) -> Result<&'v Vec<Value>, (u16, String)> {
    value.as_array().filter(|list| !list.is_empty()).ok_or_else(|| (400, format!("{what} must be a list with entries")))
}

fn is_name(name: &Value) -> bool {
    let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"_-".contains(&byte);
    name.as_str().is_some_and(|name| (1..=64).contains(&name.len()) && name.bytes().all(allowed))
}

fn is_schema(schema: &Value) -> bool {
    schema["type"] == "object" && !schema.to_string().contains("\"$ref\"")
}

pub(super) fn anthropic(call: &Call, body: &Value) -> Checked {
    if call.header("x-api-key") != KEY {
        return Err((401, "invalid x-api-key".to_owned()));
    }
    ensure(call.header("anthropic-version") == "2023-06-01", "anthropic-version: header is required")?;
    keys(body, &ANTHROPIC, "body")?;
    ensure(
        body["model"].is_string() && body["max_tokens"].as_u64().is_some_and(|most| most > 0),
        "max_tokens: Field required",
    )?;
    ensure(body["stream"].is_boolean(), "stream: Input should be a valid boolean")?;
    for block in list(&body["system"], "system")? {
        keys(block, &["type", "text", "cache_control"], "system")?;
        ensure(block["type"] == "text" && block["text"].as_str().is_some_and(|text| !text.is_empty()), "system.text")?;
    }
    if let Some(tools) = body.get("tools") {
        let mut names = BTreeSet::new();
        for tool in list(tools, "tools")? {
            keys(tool, &["name", "description", "input_schema", "cache_control"], "tools")?;
            ensure(is_name(&tool["name"]) && is_schema(&tool["input_schema"]), "tools.input_schema")?;
            ensure(names.insert(tool["name"].to_string()), "tools: Tool names must be unique.")?;
        }
        keys(&body["tool_choice"], &["type", "name", "disable_parallel_tool_use"], "tool_choice")?;
    }
    anthropic_messages(list(&body["messages"], "messages")?)
}

fn anthropic_messages(messages: &[Value]) -> Checked {
    ensure(messages[0]["role"] == "user", "messages: first message must use the \"user\" role")?;
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for message in messages {
        keys(message, &["role", "content"], "messages")?;
        let is_user = match message["role"].as_str() {
            Some("user") => true,
            Some("assistant") => false,
            _ => return wrong("messages.role"),
        };
        let mut open = std::mem::take(&mut waiting);
        ensure(is_user || open.is_empty(), "`tool_use` ids were found without `tool_result` blocks immediately after")?;
        for block in list(&message["content"], "messages.content")? {
            match block["type"].as_str() {
                Some("text") => {
                    keys(block, &["type", "text"], "text")?;
                    ensure(
                        block["text"].as_str().is_some_and(|text| !text.is_empty()),
                        "text content blocks must be non-empty",
                    )?;
                    ensure(open.is_empty(), "tool_result blocks must come first")?;
                }
                Some("tool_use") => {
                    keys(block, &["type", "id", "name", "input"], "tool_use")?;
                    ensure(!is_user && is_name(&block["name"]) && block["input"].is_object(), "tool_use.input")?;
                    waiting.insert(block["id"].to_string());
                }
                Some("tool_result") => {
                    keys(block, &["type", "tool_use_id", "content", "is_error"], "tool_result")?;
                    ensure(block["content"].is_string() && block["is_error"].is_boolean(), "tool_result.content")?;
                    ensure(
                        open.remove(&block["tool_use_id"].to_string()),
                        "unexpected `tool_use_id` found in `tool_result`",
                    )?;
                }
                Some("thinking") => {
                    keys(block, &["type", "thinking", "signature"], "thinking")?;
                    ensure(!is_user && block["signature"] == "c2lnbmVk", "Invalid `signature` in `thinking` block")?;
                }
                _ => return wrong("messages.content.type"),
            }
        }
        ensure(open.is_empty(), "`tool_use` ids were found without `tool_result` blocks immediately after")?;
    }
    ensure(waiting.is_empty(), "`tool_use` ids were found without `tool_result` blocks immediately after")
}

pub(super) fn openai(call: &Call, body: &Value) -> Checked {
    if call.bearer() != KEY {
        return Err((401, "Incorrect API key provided".to_owned()));
    }
    keys(body, &OPENAI, "body")?;
    let limits = ["max_tokens", "max_completion_tokens"].iter().filter(|name| body[**name].as_u64().is_some()).count();
    ensure(body["model"].is_string() && limits == 1, "exactly one of max_tokens and max_completion_tokens")?;
    if body["stream"] == true {
        ensure(body["stream_options"]["include_usage"] == true, "stream_options")?;
    } else {
        ensure(body.get("stream_options").is_none(), "stream_options is only allowed when stream is enabled")?;
    }
    if let Some(tools) = body.get("tools") {
        for tool in list(tools, "tools")? {
            keys(tool, &["type", "function"], "tools")?;
            keys(&tool["function"], &["name", "description", "parameters", "strict"], "tools.function")?;
            let function = &tool["function"];
            ensure(
                tool["type"] == "function" && is_name(&function["name"]) && is_schema(&function["parameters"]),
                "tools",
            )?;
        }
    } else {
        ensure(
            body.get("parallel_tool_calls").is_none() && body.get("tool_choice").is_none(),
            "only allowed when tools are specified",
        )?;
    }
    openai_messages(list(&body["messages"], "messages")?)
}

fn openai_messages(messages: &[Value]) -> Checked {
    let mut waiting: BTreeSet<String> = BTreeSet::new();
    for message in messages {
        match message["role"].as_str() {
            Some("system" | "user") => {
                keys(message, &["role", "content"], "messages")?;
                ensure(message["content"].as_str().is_some_and(|text| !text.is_empty()), "messages.content")?;
                ensure(waiting.is_empty(), "tool_call_ids did not have response messages")?;
            }
            Some("assistant") => {
                keys(message, &["role", "content", "tool_calls"], "messages")?;
                ensure(waiting.is_empty(), "tool_call_ids did not have response messages")?;
                ensure(message["content"].is_string() || message["tool_calls"].is_array(), "assistant content")?;
                for call in message["tool_calls"].as_array().into_iter().flatten() {
                    keys(call, &["id", "type", "function"], "tool_calls")?;
                    let arguments = call["function"]["arguments"].as_str().unwrap_or_default();
                    let parsed: Result<Value, _> = serde_json::from_str(arguments);
                    ensure(parsed.is_ok_and(|parsed| parsed.is_object()), "function.arguments must be JSON")?;
                    waiting.insert(call["id"].to_string());
                }
            }
            Some("tool") => {
                keys(message, &["role", "tool_call_id", "content"], "messages")?;
                ensure(waiting.remove(&message["tool_call_id"].to_string()), "tool must be a response to tool_calls")?;
            }
            _ => return wrong("messages.role"),
        }
    }
    ensure(waiting.is_empty(), "tool_call_ids did not have response messages")
}
