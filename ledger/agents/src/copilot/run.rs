//! Answers a message: asks the model, runs the tools that it calls and asks again, until it is done or a limit is reached.

use std::{
    collections::BTreeSet,
    sync::{Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use serde_json::{Map, Value, json};
use tokio::{sync::mpsc::UnboundedSender, time::Instant};

use super::{
    card::{self, Proposal},
    chat::{Author, Block, Choice, End, Fault, Message, Offer, Prompt, Reply},
    context::Context,
    conversation::{self, Draft, Thread},
    history,
    lease::Lease,
    mask::{self, masked},
    provider::{Failed, Provider},
    step::{Progress, SECONDS_MAX, Stop},
    store::Sender,
    system::{self, Setting},
    toolset::{self, Set},
    usage,
};
use crate::tool::{
    call::{self, Call},
    catalog::{REPEAT_ARGUMENT, Tool},
    request::canonical,
    table::Class,
};
use identity::{access::agent::Agent, organization};
use kit::{
    error::{Error, Result},
    page::zone::Zone,
};

/// What an answer may have at most.
const OUTPUT_TOKENS_MAX: u32 = 4_000;
const STOPPED: &str = "Stopped before the answer was complete.";

/// What happens while an answer is written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    Text(String),
    /// A tool begins, by its title.
    Tool(&'static str),
    /// Why the answer isn't whole.
    Problem(String),
}

/// Answers the last message. Ends early once the listener is gone; what came until then is kept. Ends without keeping
/// anything more once the lease is lost.
pub async fn answer(context: Context, lease: Lease, events: UnboundedSender<Event>) {
    let (part, id) = (Mutex::new(Part::default()), lease.conversation);
    let run = Run { context: &context, lease, events: &events, part: &part };
    let outcome = tokio::select! {
        outcome = run.work() => outcome,
        () = events.closed() => cut(&context, lease, &part).await,
        () = context.state.stopped() => cut(&context, lease, &part).await,
        () = Box::pin(lease.lost(&context)) => count_cut(&context, &taken(&part)).await,
    };
    if let Err(error) = outcome {
        tracing::warn!(
            event = "copilot.answer_failed", conversation = %id,
            "an answer of the co-pilot failed: {error:?}"
        );
        drop(events.send(Event::Problem("Something failed on our side. Try again in a moment.".to_owned())));
    }
    if let Err(error) = lease.release(&context).await {
        tracing::warn!(
            event = "copilot.conversation_busy", conversation = %id,
            "a conversation stays busy for a while: {error:?}"
        );
    }
}

/// An answer that is being written: what was requested, unless it's counted already, and the text so far.
#[derive(Default)]
struct Part {
    prompt: Option<Prompt>,
    text: String,
}

fn locked(part: &Mutex<Part>) -> MutexGuard<'_, Part> {
    part.lock().unwrap_or_else(PoisonError::into_inner)
}

fn taken(part: &Mutex<Part>) -> Part {
    std::mem::take(&mut *locked(part))
}

/// Counts a request that ends before its answer does, since its server bills it nevertheless.
async fn count_cut(context: &Context, part: &Part) -> Result<()> {
    let Some(prompt) = &part.prompt else { return Ok(()) };
    let reply = Reply { blocks: vec![Block::Text { text: part.text.clone() }], end: End::Cut, usage: None };
    // That it ends says nothing about the key.
    usage::count(&context.account(), prompt, Some(&reply), Some(&Fault::Silent)).await
}

/// Keeps what was shown, also if it can't be counted.
async fn cut(context: &Context, lease: Lease, part: &Mutex<Part>) -> Result<()> {
    let part = taken(part);
    let counted = count_cut(context, &part).await;
    let text = part.text;
    let blocks: Vec<Block> = (!text.is_empty()).then_some(Block::Text { text }).into_iter().collect();
    keep(context, lease, &blocks, Some(STOPPED)).await?;
    counted
}

pub(super) async fn keep(context: &Context, lease: Lease, blocks: &[Block], note: Option<&str>) -> Result<()> {
    let draft = Draft { from: Sender::Model, blocks, ids: &BTreeSet::new(), source: None, note };
    match conversation::answer(context, lease, &[draft]).await {
        // The person deleted it, or another answer took it over.
        Err(error) if error.status() == axum::http::StatusCode::NOT_FOUND => Ok(()),
        other => other,
    }
}

struct Run<'a> {
    context: &'a Context,
    lease: Lease,
    events: &'a UnboundedSender<Event>,
    part: &'a Mutex<Part>,
}

/// What the calls of an answer led to.
#[derive(Default)]
struct Results {
    blocks: Vec<Block>,
    ids: BTreeSet<String>,
    source: Option<String>,
}

impl Run<'_> {
    async fn work(&self) -> Result<()> {
        let until = Instant::now() + Duration::from_secs(SECONDS_MAX);
        let thread = conversation::load(self.context, self.lease.conversation).await?;
        let mut messages = thread.messages(self.context.connection.changed_at);
        let Thread { set, mut known, .. } = thread;
        let (system, agent) = (self.system().await?, self.context.agent());
        let (mut progress, mut source) = (Progress::default(), None);
        loop {
            if let Some(words) = usage::over_budget(&self.context.account()).await? {
                return self.problem(&[], words).await;
            }
            let Some(reply) = self.ask(&system, set, &messages, &agent, until).await? else { return Ok(()) };
            progress.answered(reply.has_text());
            let calls = reply.calls().len();
            if calls == 0 {
                return keep(self.context, self.lease, &reply.blocks, ending(reply.end)).await;
            }
            let results = self.results(&reply, (set, &messages), &mut progress, (&known, &mut source)).await?;
            self.store(&reply, &results).await?;
            known.extend(results.ids);
            messages.push(Message { author: Author::Model, blocks: reply.blocks });
            messages.push(Message { author: Author::Person, blocks: results.blocks });
            if let Some(words) = progress.stop(calls).and_then(Stop::words) {
                return self.problem(&[], words.to_owned()).await;
            }
            if Instant::now() >= until {
                return self.problem(&[], "Stopped: this took too long.".to_owned()).await;
            }
        }
    }

    /// Says why it ends, and keeps what came.
    async fn problem(&self, blocks: &[Block], words: String) -> Result<()> {
        drop(self.events.send(Event::Problem(words.clone())));
        let note: String = words.chars().take(500).collect();
        keep(self.context, self.lease, blocks, Some(&note)).await
    }

    /// `None` if there is no whole answer, which was said and stored then.
    async fn ask(
        &self,
        system: &str,
        set: Set,
        messages: &[Message],
        agent: &Agent,
        until: Instant,
    ) -> Result<Option<Reply>> {
        let open = toolset::open(set, messages);
        let prompt = Prompt {
            model: self.context.connection.model.clone(),
            system: system.to_owned(),
            messages: history::fit(messages.to_vec(), history::CHARACTERS_MAX),
            tools: self.offers(&open, agent).await?,
            choice: Choice::Free,
            output_tokens_max: OUTPUT_TOKENS_MAX,
            streams: true,
        };
        let connection = &self.context.connection;
        let provider =
            Provider { outbound: self.context.copilot.outbound(&self.context.state, connection), connection };
        *locked(self.part) = Part { prompt: Some(prompt.clone()), text: String::new() };
        let mut shown = |text: &str| {
            locked(self.part).text.push_str(text);
            drop(self.events.send(Event::Text(text.to_owned())));
        };
        let answered = provider.answer(&prompt, until, &mut shown).await;
        let (reply, fault) = match answered {
            Ok(reply) => (Some(reply), None),
            Err(Failed { fault, part }) => (part, Some(fault)),
        };
        locked(self.part).prompt = None;
        let account = self.context.account();
        // It is counted once, although the person leaves meanwhile.
        let counting = async move {
            usage::count(&account, &prompt, reply.as_ref(), fault.as_ref()).await?;
            Ok::<_, Error>((reply, fault))
        };
        let (reply, fault) = tokio::spawn(counting).await.map_err(|error| Error::internal(error))??;
        *locked(self.part) = Part::default();
        match (reply, fault) {
            (Some(reply), None) if reply.end == End::Cut => {
                let words = "The connection to the model\u{2019}s provider broke off.".to_owned();
                self.problem(&reply.without_calls().blocks, words).await.map(|()| None)
            }
            (Some(reply), None) => Ok(Some(reply)),
            (part, fault) => {
                let blocks = part.map(|part| part.without_calls().blocks).unwrap_or_default();
                let words = fault.map(|fault| fault.words()).unwrap_or_default();
                self.problem(&blocks, words).await.map(|()| None)
            }
        }
    }

    async fn system(&self) -> Result<String> {
        let Context { state, member, test_mode, connection, .. } = self.context;
        let mut tx = state.db.tenant(member.organization).await?;
        let profile = organization::store::profile(&mut tx).await?.ok_or_else(Error::not_found)?;
        tx.commit().await?;
        let zone = Zone::named(&profile.time_zone);
        let setting = Setting {
            organization: &profile.name,
            role: member.role.title(),
            time_zone: &profile.time_zone,
            today: &zone.day_of(state.clock.now()).to_string(),
            public_url: &state.config.public_url,
            organization_id: &member.organization.to_string(),
            test_mode: *test_mode,
            level: connection.level,
        };
        Ok(system::text(&setting))
    }

    /// The tools of the open sets that the person's role may use.
    async fn offers(&self, open: &[Set], agent: &Agent) -> Result<Vec<Offer>> {
        let tools = self.context.copilot.server.catalog().await?;
        let listed = tools.listed(agent);
        let own = listed.iter().filter(|tool| tool["name"].as_str().is_some_and(|name| Set::offers(open, name)));
        let mut offers: Vec<Offer> = own.map(offer).collect();
        offers.push(toolset::opener());
        Ok(offers)
    }

    async fn results(
        &self,
        reply: &Reply,
        (set, messages): (Set, &[Message]),
        progress: &mut Progress,
        (known, source): (&BTreeSet<String>, &mut Option<String>),
    ) -> Result<Results> {
        let mut results = Results::default();
        let open = toolset::open(set, messages);
        for (call_id, name, arguments) in reply.calls() {
            let admitted = progress.admit();
            let (value, has_failed) = match (admitted, arguments) {
                (Err(words), _) => (json!({ "error": words }), true),
                (_, None) => (json!({"error": "The arguments aren't a JSON object."}), true),
                (Ok(()), Some(arguments)) => {
                    let known: BTreeSet<String> = known.union(&results.ids).cloned().collect();
                    self.call((name, arguments), &open, &known, (&mut results, source)).await?
                }
            };
            if admitted.is_ok() {
                let key = format!("{name}{}", canonical(&Value::Object(arguments.cloned().unwrap_or_default())));
                progress.ended(&key, has_failed);
            }
            let block = Block::Result { id: call_id.to_owned(), content: value.to_string(), failed: has_failed };
            results.blocks.push(block);
        }
        results.source.clone_from(source);
        Ok(results)
    }

    /// Runs a tool that reads; makes a card of one that changes something.
    async fn call(
        &self,
        (name, arguments): (&str, &Map<String, Value>),
        open: &[Set],
        known: &BTreeSet<String>,
        (results, source): (&mut Results, &mut Option<String>),
    ) -> Result<(Value, bool)> {
        if name == toolset::OPEN {
            let set = arguments.get("set").and_then(Value::as_str).and_then(Set::parse);
            return Ok(match set {
                Some(set) => (json!({"open": set.as_str()}), false),
                None => (json!({"error": "set must be money, people or figures."}), true),
            });
        }
        let agent = self.context.agent();
        let found = self.context.copilot.server.catalog().await?.find(name, &agent).filter(|_| Set::offers(open, name));
        let Some(tool) = found else {
            return Ok((
                json!({"error": "There is no such tool for this person. Open another set, or do without."}),
                true,
            ));
        };
        drop(self.events.send(Event::Tool(tool.entry.title)));
        if tool.entry.class == Class::Read {
            return self.read(tool, &agent, arguments, (results, source)).await;
        }
        let conversation = self.lease.conversation;
        let proposal = Proposal { conversation, tool, arguments: arguments.clone(), known, source: source.as_deref() };
        Ok(match card::propose(self.context, proposal).await? {
            Ok(id) => (card::waiting(id), false),
            Err(mistake) => (json!({"error": mistake.message, "field": mistake.field}), true),
        })
    }

    async fn read(
        &self,
        tool: &Tool,
        agent: &Agent,
        arguments: &Map<String, Value>,
        (results, source): (&mut Results, &mut Option<String>),
    ) -> Result<(Value, bool)> {
        let call = Call { tool, agent, arguments: arguments.clone(), outer: &self.context.parts };
        let api = self.context.copilot.server.api.clone();
        let result = call::run(call, api, &self.context.state, Ok(())).await?;
        let masked = masked(&result["structuredContent"], &tool.untrusted, self.context.connection.level);
        results.ids.extend(masked.ids);
        if source.is_none() {
            *source = masked.others_text;
        }
        Ok((masked.value, result["isError"] == true))
    }

    async fn store(&self, reply: &Reply, results: &Results) -> Result<()> {
        let ids = reply.blocks.iter().filter_map(|block| match block {
            Block::Text { text } => Some(mask::ids_in(text)),
            _ => None,
        });
        // Ids that only the model wrote may not be used, but a person who is erased is found by them.
        let written: BTreeSet<String> = ids.flatten().filter(|id| results.ids.contains(id)).collect();
        let model =
            Draft { from: Sender::Model, blocks: &reply.blocks, ids: &written, source: None, note: ending(reply.end) };
        let tools = Draft {
            from: Sender::Tools,
            blocks: &results.blocks,
            ids: &results.ids,
            source: results.source.as_deref(),
            note: None,
        };
        conversation::answer(self.context, self.lease, &[model, tools]).await
    }
}

/// A tool of the list that assistants get, without the argument that a card's own id replaces.
fn offer(tool: &Value) -> Offer {
    let text = |name: &str| tool[name].as_str().unwrap_or_default().to_owned();
    let mut schema = tool["inputSchema"].clone();
    if let Some(properties) = schema["properties"].as_object_mut() {
        properties.remove(REPEAT_ARGUMENT);
    }
    Offer { name: text("name"), description: text("description"), schema }
}

const fn ending(end: End) -> Option<&'static str> {
    match end {
        End::Complete => None,
        End::Length => Some("The answer reached its maximum length."),
        End::Refused => Some("The model declined to answer."),
        End::Cut => Some(STOPPED),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tool_is_offered_without_what_a_card_replaces() {
        let tool = json!({"name": "create_link", "description": "Creates.", "inputSchema": {
            "type": "object", "properties": {"slug": {"type": "string"}, REPEAT_ARGUMENT: {"type": "string"}}}});
        let offer = offer(&tool);
        assert_eq!((offer.name.as_str(), offer.schema["properties"].as_object().unwrap().len()), ("create_link", 1));
    }

    #[test]
    fn an_answer_that_is_not_whole_says_so() {
        assert_eq!(ending(End::Complete), None);
        assert!([End::Length, End::Refused, End::Cut].into_iter().all(|end| ending(end).is_some()));
    }
}
