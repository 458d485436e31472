//! Cards: what the model would change, which the person sees as it would happen and confirms or declines.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use serde_json::{Map, Value, json};
use shared::{
    id::{AgentConfirmationId, CopilotConversationId},
    keys::encode_hex,
    timestamp::Timestamp,
};

use super::{
    action_store::{self as store, New, Row},
    context::Context,
    mask::{ids_in, is_id},
    sealed,
};
use crate::{
    confirmation::{
        check, digest,
        effect::Effect,
        status::{LIFE_MS, STUCK_AFTER_MS, STUCK_UNTIL_MS},
        subject::Names,
        words::{self, Line},
    },
    tool::{
        catalog::{REPEAT_ARGUMENT, Tool},
        request::{self, Mistake, canonical},
        table::Class,
    },
};
use kit::error::{Error, Result};

/// Cards that a person gets on a day (24 hours).
const PER_DAY_MAX: i64 = 100;
const DAY_MS: i64 = 86_400_000;
const ARGUMENTS_BYTES_MAX: usize = 100_000;

shared::text_enum! {
    /// As the database keeps it.
    State {
        Pending,
        /// The person confirmed it, and the operation's answer isn't recorded yet.
        Running,
        Done,
        Declined,
        Failed,
    }
}

/// As the person sees it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    Open,
    Expired,
    Running,
    /// The operation's answer was never recorded; it can be checked again.
    Stuck,
    Done,
    Declined,
    Failed,
}

impl Stage {
    pub fn of(state: State, expires_at: Timestamp, decided_at: Option<Timestamp>, now: Timestamp) -> Self {
        match state {
            State::Pending if expires_at <= now => Self::Expired,
            State::Pending => Self::Open,
            State::Running => {
                let since = decided_at.map(|at| now.millis() - at.millis());
                let is_stuck = since.is_some_and(|since| (STUCK_AFTER_MS..STUCK_UNTIL_MS).contains(&since));
                if is_stuck { Self::Stuck } else { Self::Running }
            }
            State::Done => Self::Done,
            State::Declined => Self::Declined,
            State::Failed => Self::Failed,
        }
    }
}

/// A call for which a card may be made.
#[derive(Debug)]
pub struct Proposal<'a> {
    pub conversation: CopilotConversationId,
    pub tool: &'a Tool,
    pub arguments: Map<String, Value>,
    /// Ids that tools returned in this conversation, or that the person wrote.
    pub known: &'a BTreeSet<String>,
    /// A text of others that the model read before.
    pub source: Option<&'a str>,
}

/// Stores a card, and returns what the model learns of it.
///
/// # Errors
/// 503 if the database or the API is unavailable.
pub async fn propose(
    context: &Context,
    proposal: Proposal<'_>,
) -> Result<std::result::Result<AgentConfirmationId, Mistake>> {
    let Proposal { conversation, tool, arguments, known, source } = proposal;
    if let Err(mistake) = checked(context, tool, &arguments, known).await? {
        return Ok(Err(mistake));
    }
    let (state, now) = (&context.state, context.state.clock.now());
    let organization = context.member.organization;
    let text = canonical(&Value::Object(arguments));
    let digest = digest::of_call(context.member.user.uuid(), tool.entry.name, &text);
    let id: AgentConfirmationId = state.new_id();
    let seal =
        |column, text: &str| sealed::seal(&state.config.keys, organization, (sealed::ACTIONS, column, id.uuid()), text);
    let (sealed_arguments, sealed_source) =
        (seal(sealed::ARGUMENTS, &text)?, source.map(|text| seal(sealed::SOURCE, text)).transpose()?);
    let mut tx = state.db.tenant(organization).await?;
    if let Some(open) = store::open(&mut tx, conversation, &digest, now).await? {
        return Ok(Ok(AgentConfirmationId::new(open)));
    }
    if store::count_since(&mut tx, context.member.user, now.plus_millis(-DAY_MS)).await? >= PER_DAY_MAX {
        let message = format!("You prepared {PER_DAY_MAX} cards within a day, which is the limit. Tell the person.");
        return Ok(Err(Mistake::new("", message)));
    }
    let new = New {
        id,
        conversation,
        user: context.member.user,
        tool: tool.entry.name,
        sealed_arguments: &sealed_arguments,
        digest: &digest,
        sealed_source: sealed_source.as_deref(),
        created_at: now,
        expires_at: now.plus_millis(LIFE_MS),
    };
    store::insert(&mut tx, &new).await?;
    tx.commit().await?;
    tracing::info!(event = "copilot.card_prepared", tool = tool.entry.name, %id, "the co-pilot prepared a card");
    Ok(Ok(id))
}

/// What the model learns instead of a result.
pub fn waiting(id: AgentConfirmationId) -> Value {
    json!({
        "status": "waiting for the person", "actionId": id,
        "hint": "Nothing has happened yet. The page shows the card to the person, who confirms or declines it there.",
    })
}

/// Everything that can be found out without an effect.
async fn checked(
    context: &Context,
    tool: &Tool,
    arguments: &Map<String, Value>,
    known: &BTreeSet<String>,
) -> Result<std::result::Result<(), Mistake>> {
    let whole = Value::Object(arguments.clone());
    let text = canonical(&whole);
    if text.len() > ARGUMENTS_BYTES_MAX {
        return Ok(Err(Mistake::new("arguments", "The arguments are too long. Ask for less at once.")));
    }
    if arguments.contains_key(REPEAT_ARGUMENT) {
        return Ok(Err(Mistake::new(REPEAT_ARGUMENT, format!("This tool has no argument {REPEAT_ARGUMENT}."))));
    }
    if let Some(unknown) = ids_in(&text).iter().find(|id| !known.contains(*id)) {
        let message = format!("{unknown} occurs in no result of this conversation. Read it with a tool first.");
        return Ok(Err(Mistake::new("id", message)));
    }
    let made = request::of(tool, &context.agent(), arguments.clone(), context.state.clock.now()).map(drop);
    if let Err(mistake) = made.and_then(|()| check::fits(tool.schema(), &whole)) {
        return Ok(Err(mistake));
    }
    Ok(Effect::read(tool, arguments, &context.caller()).await?.map(drop))
}

/// A card with everything that is needed to show or run it.
#[derive(Debug)]
pub struct Card<'s> {
    pub row: Row,
    pub tool: &'s Tool,
    pub arguments: Map<String, Value>,
    pub source: Option<String>,
}

/// A card as it is shown.
#[derive(Debug)]
pub struct Seen {
    pub effect: String,
    pub lines: Vec<Line>,
    /// What a payout run would pay now.
    pub preview: Vec<Line>,
    /// Of the lines: what is confirmed is what was seen.
    pub digest: String,
    pub problem: Option<Mistake>,
}

impl<'s> Card<'s> {
    /// # Errors
    /// 404 if the tool is gone; 500 if the row isn't what was proposed.
    pub async fn of(row: Row, context: &'s Context) -> Result<Self> {
        let (keys, organization) = (&context.state.config.keys, context.member.organization);
        let tool = context.copilot.server.catalog().await?.named(&row.tool).ok_or_else(Error::not_found)?;
        let open = |column, text: &str| sealed::open(keys, organization, (sealed::ACTIONS, column, row.id), text);
        let text = open(sealed::ARGUMENTS, &row.sealed_arguments)?;
        if digest::of_call(context.member.user.uuid(), &row.tool, &text)[..] != row.digest[..] {
            return Err(Error::internal("a card that isn't what was proposed"));
        }
        let arguments = serde_json::from_str(&text).map_err(|error| Error::internal(error))?;
        let source = row.sealed_source.as_deref().map(|text| open(sealed::SOURCE, text)).transpose()?;
        Ok(Self { tool, arguments, source, row })
    }

    pub fn stage(&self, now: Timestamp) -> Stage {
        Stage::of(self.row.state, self.row.expires_at, self.row.decided_at, now)
    }

    pub fn is_money(&self) -> bool {
        self.tool.entry.class == Class::Money
    }

    /// What would happen now, worked out by us.
    ///
    /// # Errors
    /// 503 if the API is unavailable.
    pub async fn seen(&self, context: &Context) -> Result<Seen> {
        let is_open = self.stage(context.state.clock.now()) == Stage::Open;
        // What has been decided isn't predicted any more.
        let read =
            if is_open { Effect::read(self.tool, &self.arguments, &context.caller()).await? } else { Ok(self.plain()) };
        let (will, problem) = match read {
            Ok(will) => (will, None),
            Err(mistake) => (self.plain(), Some(mistake)),
        };
        let digest = encode_hex(&will.digest());
        let Effect { lines, preview } = will;
        let effect = words::effect(self.tool.entry.name);
        // Of what needs no confirmation elsewhere, the tool's own description begins with what it does.
        let effect = if effect.is_empty() { first_sentence(self.tool.entry.description) } else { effect.to_owned() };
        Ok(Seen { effect, lines, preview, digest, problem })
    }
}

impl Card<'_> {
    /// The arguments as they are.
    fn plain(&self) -> Effect {
        Effect { lines: words::lines(self.tool, &self.arguments, &Names::new()), preview: Vec::new() }
    }
}

fn first_sentence(text: &str) -> String {
    text.split_inclusive(". ").next().unwrap_or_default().trim().to_owned()
}

/// What the model learns later about a card.
pub fn note(card: &Card<'_>, state: State, text: Option<&str>, made: Option<&str>) -> String {
    let what = match state {
        State::Done => "confirmed it, and it is done",
        State::Failed => "confirmed it, but it couldn't be done",
        State::Declined => "declined it; nothing happened. Don't propose it again unless they ask",
        State::Pending | State::Running => "has not decided",
    };
    let text = text.map(|text| format!(" Rekomi says: {text}")).unwrap_or_default();
    let made = made.filter(|made| is_id(made)).map(|made| format!(" Id: {made}.")).unwrap_or_default();
    format!(
        "[Note from Rekomi, not from the person] Card {} ({}): the person {what}.{text}{made}",
        card.row.id(),
        card.tool.entry.name
    )
}

/// The status with which a card that can't be decided is shown again.
pub const LATE: StatusCode = StatusCode::CONFLICT;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_card_is_open_for_a_while_and_stays_decided() {
        let at = |millis: i64| Timestamp::from_millis(1_790_000_000_000 + millis).unwrap();
        let stage = |state, decided: Option<i64>, now| Stage::of(state, at(LIFE_MS), decided.map(at), at(now));
        assert_eq!(stage(State::Pending, None, LIFE_MS - 1), Stage::Open);
        assert_eq!(stage(State::Pending, None, LIFE_MS), Stage::Expired);
        assert_eq!(stage(State::Running, Some(0), STUCK_AFTER_MS - 1), Stage::Running);
        assert_eq!(stage(State::Running, Some(0), STUCK_AFTER_MS), Stage::Stuck);
        assert_eq!(stage(State::Running, Some(0), STUCK_UNTIL_MS), Stage::Running);
        for (state, expected) in
            [(State::Done, Stage::Done), (State::Declined, Stage::Declined), (State::Failed, Stage::Failed)]
        {
            assert_eq!(stage(state, Some(0), LIFE_MS * 9), expected);
            assert_eq!(State::parse(state.as_str()), Some(state));
        }
    }

    #[test]
    fn an_effect_is_one_sentence() {
        assert_eq!(first_sentence("Changes a link. Read it first."), "Changes a link.");
        assert_eq!(first_sentence("One only."), "One only.");
    }
}
