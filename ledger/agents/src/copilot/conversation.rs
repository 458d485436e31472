//! Conversations: who sees them, how they begin, and what is added to them.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use shared::{
    id::{CopilotConversationId, CopilotMessage},
    timestamp::Timestamp,
};

use super::{
    chat::{Author, Block, Message},
    context::Context,
    lease::Lease,
    mask::ids_in,
    sealed,
    store::{self, Sender},
    toolset::Set,
};
use kit::{
    error::{Code, Error, Result},
    limit::{self, Limit},
};

/// What a person may write at once.
pub const MESSAGE_MAX: usize = 8_000;
const TITLE_MAX: usize = 80;
/// Answers to one person at once.
const AT_ONCE: i64 = 3;

/// A stored message, opened.
#[derive(Debug)]
pub struct Entry {
    pub from: Sender,
    pub blocks: Vec<Block>,
    pub note: Option<String>,
    pub at: Timestamp,
}

/// A message to store.
#[derive(Debug)]
pub struct Draft<'a> {
    pub from: Sender,
    pub blocks: &'a [Block],
    pub ids: &'a BTreeSet<String>,
    pub source: Option<&'a str>,
    pub note: Option<&'a str>,
}

/// A conversation with all its messages.
#[derive(Debug)]
pub struct Thread {
    pub id: CopilotConversationId,
    pub title: String,
    pub set: Set,
    pub is_busy: bool,
    pub entries: Vec<Entry>,
    /// Ids that the model may name in calls.
    pub known: BTreeSet<String>,
}

/// # Errors
/// 404 if it isn't the person's.
pub async fn load(context: &Context, id: CopilotConversationId) -> Result<Thread> {
    let (state, organization) = (&context.state, context.member.organization);
    let mut tx = state.db.tenant(organization).await?;
    let row = store::read(&mut tx, id, context.member.user).await?.ok_or_else(Error::not_found)?;
    let messages = store::messages(&mut tx, row.id).await?;
    tx.commit().await?;
    let open = |at, text: &str| sealed::open(&state.config.keys, organization, at, text);
    let title = open((sealed::CONVERSATIONS, sealed::TITLE, row.id), &row.sealed_title)?;
    let (mut entries, mut known) = (Vec::with_capacity(messages.len()), BTreeSet::new());
    for message in messages {
        let text = open((sealed::MESSAGES, sealed::BLOCKS, message.id), &message.sealed_blocks)?;
        let blocks = serde_json::from_str(&text).map_err(|error| Error::internal(error))?;
        known.extend(message.ids);
        entries.push(Entry { from: message.author, blocks, note: message.note, at: message.at });
    }
    Ok(Thread { id, title, set: row.tool_set, is_busy: row.is_busy, entries, known })
}

impl Thread {
    /// The messages as models see them. What the server itself wrote before the connection changed stays here.
    pub fn messages(&self, connected_at: Timestamp) -> Vec<Message> {
        let messages = self.entries.iter().map(|entry| {
            let author = if entry.from == Sender::Model { Author::Model } else { Author::Person };
            let may_return = |block: &&Block| !matches!(block, Block::Own { .. }) || entry.at >= connected_at;
            Message { author, blocks: entry.blocks.iter().filter(may_return).cloned().collect() }
        });
        messages.collect()
    }
}

/// Begins a conversation, which its first message names.
///
/// # Errors
/// 503 if the database is unavailable.
pub async fn begin(context: &Context, first: &str, set: Set) -> Result<CopilotConversationId> {
    let (state, organization) = (&context.state, context.member.organization);
    let id: CopilotConversationId = state.new_id();
    let line = first.split_whitespace().collect::<Vec<_>>().join(" ");
    let title: String = line.chars().take(TITLE_MAX).collect();
    let at = (sealed::CONVERSATIONS, sealed::TITLE, id.uuid());
    let title = sealed::seal(&state.config.keys, organization, at, &title)?;
    let mut tx = state.db.tenant(organization).await?;
    store::insert(&mut tx, id, context.member.user, (&title, set), state.clock.now()).await?;
    tx.commit().await?;
    Ok(id)
}

/// Checks a message of the person.
///
/// # Errors
/// 400 `message`.
pub fn checked(text: &str) -> Result<&str> {
    let text = text.trim();
    let length = text.chars().count();
    if length == 0 || length > MESSAGE_MAX || text.contains('\0') {
        return Err(Error::field("message", format!("Write 1 to {MESSAGE_MAX} characters.")));
    }
    Ok(text)
}

/// Takes the lease of the conversation for an answer, and stores the person's message.
///
/// # Errors
/// 429 if the person writes too often or too many of their answers are running; 409 if this conversation is being answered.
pub async fn take(context: &Context, id: CopilotConversationId, text: &str) -> Result<Lease> {
    let (state, user) = (&context.state, context.member.user);
    if !limit::admit(state, &Limit::CopilotMessage(user)).await? {
        return Err(too_many("You\u{2019}re sending messages too fast. Wait a minute, then try again."));
    }
    let (lease, now) = (Lease::new(id), state.clock.now());
    let mut tx = state.db.tenant(context.member.organization).await?;
    if store::count_busy(&mut tx, user).await? >= AT_ONCE {
        return Err(too_many("Other answers are still in progress. Wait for one to finish."));
    }
    if !store::take(&mut tx, lease, now).await? {
        let message = "This conversation is still being answered. Wait a moment.";
        return Err(Error::new(StatusCode::CONFLICT, Code::RequestUnderWay, message).with_field("message"));
    }
    store::count(&mut tx, user, now.date(), (1, super::chat::Usage::default())).await?;
    tx.commit().await?;
    let blocks = [Block::Text { text: text.to_owned() }];
    let draft = Draft { from: Sender::Person, blocks: &blocks, ids: &ids_in(text), source: None, note: None };
    answer(context, lease, &[draft]).await?;
    Ok(lease)
}

fn too_many(message: &str) -> Error {
    Error::new(StatusCode::TOO_MANY_REQUESTS, Code::TooManyRequests, message).with_field("message").retry_after(60)
}

/// Adds messages of an answer in one transaction, so that calls and their results are stored together.
///
/// # Errors
/// 404 if the person deleted the conversation in the meantime, or another answer took it over.
pub async fn answer(context: &Context, lease: Lease, drafts: &[Draft<'_>]) -> Result<()> {
    add(context, lease.conversation, Some(lease), drafts).await
}

/// Adds messages that belong to no answer.
///
/// # Errors
/// 404 if the person deleted the conversation in the meantime.
pub async fn append(context: &Context, id: CopilotConversationId, drafts: &[Draft<'_>]) -> Result<()> {
    add(context, id, None, drafts).await
}

async fn add(context: &Context, id: CopilotConversationId, lease: Option<Lease>, drafts: &[Draft<'_>]) -> Result<()> {
    let (state, organization) = (&context.state, context.member.organization);
    let mut tx = state.db.tenant(organization).await?;
    for draft in drafts {
        let row = state.new_id::<CopilotMessage>().uuid();
        let seal =
            |column, text: &str| sealed::seal(&state.config.keys, organization, (sealed::MESSAGES, column, row), text);
        let blocks = serde_json::to_string(draft.blocks).map_err(|error| Error::internal(error))?;
        let message = store::Message {
            id: row,
            position: 0,
            author: draft.from,
            sealed_blocks: seal(sealed::BLOCKS, &blocks)?,
            ids: draft.ids.iter().cloned().collect(),
            sealed_source: draft.source.map(|text| seal(sealed::SOURCE, text)).transpose()?,
            note: draft.note.map(str::to_owned),
            at: state.clock.now(),
        };
        store::append(&mut tx, id, lease, &message).await?.ok_or_else(Error::not_found)?;
    }
    Ok(tx.commit().await?)
}
