//! Tries a connection: the list of models, a short answer, and a call of a tool. Each step says what is wrong.

use std::time::Duration;

use serde_json::json;
use tokio::time::Instant;

use super::{
    chat::{Author, Choice, Message, Offer, Prompt},
    provider::{Failed, Provider},
};

/// How long one step may take. No request may take longer than half a minute.
const STEP_WITHIN: Duration = Duration::from_secs(12);
const TOOL: &str = "report_number";
const ANSWER_TOKENS: u32 = 16;
const CALL_TOKENS: u32 = 200;

/// A step and what came of it, in words.
#[derive(Debug)]
pub struct Step {
    pub name: &'static str,
    pub ok: bool,
    pub message: String,
}

/// The steps in order, and the models that the server listed.
#[derive(Debug)]
pub struct Probe {
    pub steps: Vec<Step>,
    pub models: Vec<String>,
}

impl Probe {
    /// Whether the co-pilot can work with it. Some servers don't list their models.
    pub fn is_usable(&self) -> bool {
        self.steps.iter().filter(|step| step.name != "models").all(|step| step.ok)
    }

    /// Whether the server refused the key.
    pub fn refuses_key(&self) -> bool {
        let words = super::chat::Fault::Credentials.words();
        self.steps.iter().any(|step| step.message == words)
    }
}

fn listed_models(count: usize) -> String {
    if count == 1 { "The server lists 1 model.".to_owned() } else { format!("The server lists {count} models.") }
}

pub async fn run(provider: Provider<'_>) -> Probe {
    let (listed, second) = tokio::join!(provider.models(), answer(provider));
    let models = listed.clone().unwrap_or_default();
    let model = &provider.connection.model;
    let first = match listed {
        Err(fault) => Step { name: "models", ok: false, message: fault.words() },
        Ok(models) if models.is_empty() || models.contains(model) => {
            Step { name: "models", ok: true, message: listed_models(models.len()) }
        }
        Ok(_) => Step { name: "models", ok: false, message: format!("The server doesn\u{2019}t list {model}.") },
    };
    let third = if second.ok { call(provider).await } else { not_tried() };
    Probe { steps: vec![first, second, third], models }
}

fn not_tried() -> Step {
    Step { name: "tools", ok: false, message: "Not tried, because there was no answer.".to_owned() }
}

async fn answer(provider: Provider<'_>) -> Step {
    let step = |ok, message: String| Step { name: "answer", ok, message };
    let prompt = prompt(provider, "Answer with one word: ready", Vec::new(), Choice::Free, ANSWER_TOKENS);
    match provider.answer(&prompt, Instant::now() + STEP_WITHIN, &mut |_: &str| {}).await {
        Ok(_) => step(true, format!("{} answered.", provider.connection.model)),
        Err(Failed { fault, .. }) => step(false, fault.words()),
    }
}

async fn call(provider: Provider<'_>) -> Step {
    let step = |ok, message: &str| Step { name: "tools", ok, message: message.to_owned() };
    let tool = Offer {
        name: TOOL.to_owned(),
        description: "Reports a number.".to_owned(),
        schema: json!({
            "type": "object", "properties": {"number": {"type": "integer"}}, "required": ["number"],
            "additionalProperties": false,
        }),
    };
    let prompt = prompt(provider, "Report the number 7 with the tool.", vec![tool], Choice::Forced, CALL_TOKENS);
    match provider.answer(&prompt, Instant::now() + STEP_WITHIN, &mut |_: &str| {}).await {
        Ok(reply) if reply.calls().iter().any(|(_, name, arguments)| *name == TOOL && arguments.is_some()) => {
            step(true, "It can use tools.")
        }
        Ok(_) => step(false, "It answered, but didn\u{2019}t use a tool. The co-pilot needs a model that can."),
        Err(Failed { fault, .. }) => step(false, &fault.words()),
    }
}

fn prompt(provider: Provider<'_>, text: &str, tools: Vec<Offer>, choice: Choice, output_tokens_max: u32) -> Prompt {
    Prompt {
        model: provider.connection.model.clone(),
        system: "You are being tested for use as an assistant.".to_owned(),
        messages: vec![Message::text(Author::Person, text)],
        tools,
        choice,
        output_tokens_max,
        streams: true,
    }
}
